import fc from 'fast-check';
import { findGoneGroups } from '../../../src/view/gone-groups';
import { buildTable, type Table, type TableColumn } from '../../../src/view/table';
import { makeDigest } from '../../helpers/make-digest';
import { arbitraryDigest, KEYS } from './arbitrary-digest';

const isSum = ({ kind }: TableColumn) => kind === 'sum';
const isKey = ({ kind }: TableColumn) => kind !== 'sum' && kind !== 'seconds';
/** The keys of the rows without *Other*, as texts. */
const namesOf = ({ columns, rowCount, otherRow }: Table): string[] =>
  Array.from({ length: otherRow ?? rowCount }, (_, row) =>
    columns
      .filter(isKey)
      .map(({ values }) => values[row] ?? '-')
      .join(' '),
  );

describe('groups that are gone', () => {
  const before = makeDigest({ keys: ['srcaddr', 'dstport'] }, [
    { srcaddr: '10.0.0.1', dstport: 443, bytes: 100 },
    { srcaddr: '10.0.0.2', dstport: 443, bytes: 300 },
    { srcaddr: '10.0.0.3', dstport: 22, bytes: 200 },
    { srcaddr: 'fd00::1', dstport: '-', bytes: 50 },
  ]);
  // Numbers of its own for the same names: other addresses come before those.
  const now = makeDigest({ keys: ['srcaddr', 'dstport'] }, [
    { srcaddr: '10.0.0.0', dstport: 1, bytes: 1 },
    { srcaddr: '10.0.0.3', dstport: 22, bytes: 1 },
    { srcaddr: '10.0.0.2', dstport: 22, bytes: 900 },
  ]);
  const query = { keys: ['srcaddr', 'dstport'], measures: ['bytes'], distinct: [], top: 10 } as const;

  test('are those that have no row now, largest first, each with 0', () => {
    expect(findGoneGroups(before, now, query)).toEqual({
      columns: [
        { kind: 'address', name: 'srcaddr', values: ['10.0.0.2', '10.0.0.1', 'fd00::1'] },
        { kind: 'integer', name: 'dstport', values: [443, 443, null] },
        { kind: 'sum', name: 'bytes', values: [0, 0, 0] },
      ],
      rowCount: 3,
      otherRow: undefined,
      foldedGroups: 0,
      groupCount: 3,
    });
  });

  test('are of the groups that the table before had rows for', () => {
    expect(namesOf(findGoneGroups(before, now, { ...query, top: 2 }))).toEqual(['10.0.0.2 443']);
    expect(namesOf(findGoneGroups(before, now, { ...query, keys: ['srcaddr'], top: 3 }))).toEqual(['10.0.0.1']);
  });

  test('are ranked by distinct values where the table is: the scanner before who only talks a lot', () => {
    const chatty = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((srcaddr) => ({ srcaddr, dstport: 443, flows: 900 }));
    const scanner = Array.from({ length: 30 }, (_, i) => ({ srcaddr: '10.0.0.9', dstport: i + 1, flows: 1 }));
    const scanned = makeDigest({ keys: ['srcaddr', 'dstport'] }, [...chatty, ...scanner]);
    const quiet = makeDigest({ keys: ['srcaddr', 'dstport'] }, []);
    const counting = { keys: ['srcaddr'], distinct: ['dstport'], measures: ['flows'], top: 2 } as const;
    const gone = findGoneGroups(scanned, quiet, counting);
    expect(namesOf(gone)).toEqual(['10.0.0.9', '10.0.0.1']);
    expect(gone.columns.filter(isSum)).toEqual([{ kind: 'sum', name: 'distinct dstport', values: [0, 0] }]);
  });
});

test('gone and still there together are the table before, in its order', () => {
  fc.assert(
    fc.property(
      arbitraryDigest(false),
      arbitraryDigest(false),
      fc.subarray(KEYS, { minLength: 1 }),
      fc.subarray(KEYS),
      fc.integer({ min: 1, max: 9 }),
      (before, now, keys, distinct, top) => {
        const query = { keys, distinct, measures: ['packets'], top } as const;
        const stillThere = new Set(namesOf(buildTable(now, { ...query, top: Infinity })));
        const expected = namesOf(buildTable(before, query)).filter((name) => !stillThere.has(name));
        expect(namesOf(findGoneGroups(before, now, query))).toEqual(expected);
      },
    ),
  );
});
