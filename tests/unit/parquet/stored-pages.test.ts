/**
 * Pages of whatever widths, runs, levels and sizes, dictionaries that end in plain values, blocks that begin amid pages: the
 * kernel, which reads them as they are stored, the scanner, which has them unpacked, and lines of text agree.
 */
import fc from 'fast-check';
import type { CellBlock, CellPage } from '../../../src/digest/cells';
import { readColumnPages } from '../../../src/parquet/column-pages';
import type { ParquetColumn } from '../../../src/parquet/footer';
import { readDigest } from '../../helpers/reference-digester';
import { createRandom, type Random } from '../../../tools/random';
import { answerOf, answerOfBoth, asDigest, planOf } from '../digest/digest-text';
import {
  PLAIN,
  PLAIN_DICTIONARY,
  dataPage,
  dictionaryPage,
  encodeRuns,
  int32,
  int64,
  lengthBefore,
  texts,
  type Run,
} from './make-pages';

/** A column of the test: its values as they are stored, `null` for none, and how a line of text has each. */
interface TestColumn {
  readonly name: string;
  readonly type: 'INT32' | 'INT64' | 'BYTE_ARRAY';
  readonly values: readonly (readonly [value: string | null, token: string])[];
  readonly parts?: Partial<ParquetColumn>;
}

const same = (...values: string[]): (readonly [string, string])[] => values.map((value) => [value, value]);
const MISSING = [null, '-'] as const;
const long = 'a-text-of-more-than-sixteen-bytes-and-more-than-forty-five';

/** The last value of each is one that only some files have. */
const COLUMNS: readonly TestColumn[] = [
  {
    name: 'srcaddr',
    type: 'BYTE_ARRAY',
    values: [
      ...same('10.0.0.1', '192.168.100.200', '2001:db8::1', '::ffff:10.0.0.9', '-', 'fe80:0:0:0:0:0:0:1'),
      ...[MISSING, ['no address', 'no%20address'] as const],
    ],
  },
  {
    name: 'instance-id',
    type: 'BYTE_ARRAY',
    values: [...same('i-1', 'i-2', long, `${long}-too`, 'sixteen-bytes-it'), MISSING, ['', '-']],
  },
  { name: 'vpc-id', type: 'BYTE_ARRAY', values: [...same('vpc-1', 'vpc-2'), MISSING, ['b c', 'b%20c']] },
  { name: 'protocol', type: 'INT32', values: [...same('6', '17', '0', '255'), MISSING, ['-1', '-'], ['-7', 'x']] },
  { name: 'dstport', type: 'INT64', values: [...same('443', '65535', '0'), MISSING, ['65536', 'x']] },
  { name: 'srcport', type: 'BYTE_ARRAY', values: [...same('1', '22', '-'), MISSING, ['x', 'x']] },
  {
    name: 'account-id',
    type: 'INT64',
    values: [['12', '000000000012'], ['123456789012', '123456789012'], MISSING],
    parts: { minDigits: 12 },
  },
  {
    name: 'packets',
    type: 'INT32',
    values: [...same('0', '1', '4000000000'), MISSING],
    parts: { isUnsigned: true },
  },
  { name: 'bytes', type: 'INT64', values: [...same('0', '1', '9007199254740991'), MISSING, ['-2', 'x']] },
  {
    name: 'start',
    type: 'INT64',
    values: [
      ['1700000000000', '1700000000'],
      ['1700000123999', '1700000123'],
    ],
    parts: { divisor: 1000 },
  },
  { name: 'end', type: 'INT64', values: [...same('1700000200', '1700000300'), MISSING] },
  { name: 'log-status', type: 'BYTE_ARRAY', values: [...same('OK', 'OK', 'OK', 'NODATA', 'SKIPDATA', '-')] },
];

const plan = planOf({
  keys: ['account-id', 'srcaddr', 'instance-id', 'vpc-id', 'srcport', 'dstport', 'protocol'],
  filter: 'end >= 0 or bytes >= 0 or action = ACCEPT or protocol != 250',
});

function columnOf({ name, type, parts }: TestColumn): ParquetColumn {
  return { name, type, isOptional: true, isUnsigned: false, divisor: 1, minDigits: 1, ...parts };
}

function encodeValues(type: TestColumn['type'], values: readonly string[]): Uint8Array {
  return type === 'BYTE_ARRAY'
    ? texts(...values)
    : type === 'INT32'
      ? int32(...values.map(Number))
      : int64(...values.map(BigInt));
}

/** Cuts numbers into runs where they repeat and packs others, with empty runs between; the last group may be cut off. */
function randomRuns(random: Random, numbers: readonly number[], width: number): Uint8Array {
  const runs: Run[] = [];
  let packedLast = 0;
  for (let at = 0; at < numbers.length;) {
    let same = 1;
    while (numbers[at + same] === numbers[at] && random.chance(98)) {
      same++;
    }
    if (same > 7 || random.chance(30)) {
      runs.push({ value: numbers[at]!, count: same });
      at += same;
      packedLast = 0;
    } else {
      const packed = numbers.slice(at, at + 8 * random.between(1, 5));
      packedLast = packed.length % 8;
      runs.push({ packed: [...packed, ...new Array<number>((8 - packedLast) % 8).fill(0)] });
      at += packed.length;
    }
    if (random.chance(5)) {
      runs.push(random.chance(50) ? { packed: [] } : { value: 0, count: 0 });
      packedLast = 0;
    }
  }
  const bytes = encodeRuns(runs, width);
  const cut = packedLast === 0 ? 0 : width - Math.ceil((packedLast * width) / 8);
  return random.chance(50) ? bytes.subarray(0, bytes.length - cut) : bytes;
}

/** The column's pages: `picks` says which value each row has. */
function makeColumn(random: Random, { type, values }: TestColumn, picks: readonly number[]): Uint8Array {
  const distinct = [...new Set(values.flatMap(([value]) => (value === null ? [] : [value])))];
  const pages = [dictionaryPage(distinct.length, encodeValues(type, distinct))];
  let isPlain = random.chance(20);
  for (let at = 0; at < picks.length;) {
    const rows = picks.slice(at, at + random.pick([1, 7, 130, 300, picks.length])).map((pick) => values[pick]![0]);
    at += rows.length;
    const present = rows.filter((value) => value !== null);
    const levels = lengthBefore(
      randomRuns(
        random,
        rows.map((value) => (value === null ? 0 : 1)),
        1,
      ),
    );
    isPlain ||= random.chance(20);
    if (isPlain) {
      pages.push(dataPage(rows.length, PLAIN, Buffer.concat([levels, encodeValues(type, present)])));
    } else {
      const width = random.between(Math.ceil(Math.log2(distinct.length)), random.pick([6, 24]));
      const codes = present.map((value) => distinct.indexOf(value));
      const bytes = Buffer.concat([levels, Uint8Array.of(width), randomRuns(random, codes, width)]);
      pages.push(dataPage(rows.length, PLAIN_DICTIONARY, bytes));
    }
  }
  return Buffer.concat(pages);
}

/** Rows `[from, to)` of columns in blocks of random size. */
function* blocksOf(
  random: Random,
  columns: readonly (readonly CellPage[])[],
  from: number,
  to: number,
): Generator<CellBlock> {
  const placeOf = (pages: readonly CellPage[], row: number) => {
    let first = 0;
    const page = pages.find(({ rowCount }) => row < first + rowCount || ((first += rowCount), false))!;
    return { page, firstRow: row - first };
  };
  for (let row = from; row < to;) {
    const places = columns.map((pages) => placeOf(pages, row));
    const ahead = Math.min(to - row, ...places.map(({ page, firstRow }) => page.rowCount - firstRow));
    const rowCount = random.chance(50) ? ahead : random.between(1, ahead);
    yield { rowCount, columns: places };
    row += rowCount;
  }
}

test('kernel, scanner and text agree', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 700 }), fc.nat(3), (seed, rowCount, kind) => {
      const random = createRandom(seed);
      const chosen = COLUMNS.filter(() => random.chance(85));
      const columns = chosen.length > 0 ? chosen : COLUMNS;
      const tables = columns.map((column) => {
        // Of some files all columns have all their values, of others they have those that logs have, or one.
        const last = kind === 0 ? column.values.length : kind === 1 ? 1 : Math.max(1, column.values.length - 1);
        const sticky = random.pick([0, 50, 99]);
        let pick = 0;
        const picks = Array.from(
          { length: rowCount },
          () => (pick = random.chance(sticky) ? pick : random.below(last)),
        );
        const own = { ...column, values: column.values.slice(0, last) };
        const stored = makeColumn(random, own, picks);
        const host = { note: () => undefined, leave: () => undefined };
        const pages = [...readColumnPages(columnOf(column), stored, { codec: 'GZIP' as const }, host)];
        return { pages, tokens: picks.map((pick) => own.values[pick]![1]) };
      });
      const from = random.chance(50) ? 0 : random.below(rowCount);
      const names = columns.map(({ name }) => name);
      const cells = asDigest(
        answerOfBoth(plan, (digester) => {
          const cuts = createRandom(seed);
          digester.begin({ columns: names });
          for (const block of blocksOf(
            cuts,
            tables.map(({ pages }) => pages),
            from,
            rowCount,
          )) {
            digester.addCells(block);
          }
          digester.end({ storedBytes: 0, textBytes: 0 });
        }),
      );
      const lines = Array.from({ length: rowCount - from }, (_, row) =>
        tables.map(({ tokens }) => tokens[from + row]!).join(' '),
      );
      const expected = asDigest(answerOf(plan, `${lines.join('\n')}\n`, { columns: names }));
      const withoutBytes = ({ tallies, ...rest }: ReturnType<typeof readDigest>) => ({
        ...rest,
        tallies: { ...tallies, storedBytes: 0, textBytes: 0 },
      });
      expect(withoutBytes(readDigest(cells))).toEqual(withoutBytes(readDigest(expected)));
    }),
    { numRuns: 300 },
  );
}, 120_000);
