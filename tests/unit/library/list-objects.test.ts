import { FlowError } from '../../../src/errors';
import { digestRows } from '../../../src/library/digest-rows';
import { listObjects } from '../../../src/library/list-objects';
import { readRecords } from '../../../src/library/read-records';
import { readDigest, readSeries, readTable } from '../../../src/library/read-views';
import { logBytes, logKey } from '../scan/flow-logs';
import { createMemoryStore } from '../scan/memory-store';

const KEYS = ['fl-0000000a', 'fl-0000000b', 'fl-0000000c'].map((flowLogId) =>
  logKey('2026-01-15T10:00:00Z', { flowLogId }),
);
const from = (objects: Parameters<typeof createMemoryStore>[0]) => ({
  sources: [{ store: createMemoryStore(objects), prefix: '', keys: 'aws' as const }],
});
const opened = () => from(Object.fromEntries(KEYS.map((key, i) => [key, logBytes({ bytes: 10 ** i })])));
const isNotB = ({ parsed }: { parsed?: { flowLogId: string } }): boolean => parsed?.flowLogId !== 'fl-0000000b';

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
  }
  return all;
};

test('a condition of the program holds for objects, records and sums', async () => {
  const objects = listObjects(opened(), {}, { where: isNotB });
  expect((await collect(objects)).map(({ key }) => key).sort()).toEqual([KEYS[0], KEYS[2]]);
  expect(objects.selection()).toMatchObject({ selectedObjects: 2 });
  const records = await collect(readRecords(opened(), {}, { where: isNotB }));
  expect(records.map(({ bytes }) => bytes)).toEqual([1, 100]);
  const { digest } = await readDigest(opened(), { keys: [] }, { where: isNotB });
  expect([...digestRows(digest)]).toEqual([
    {
      ...{ keys: {}, sums: { packets: 2, bytes: 101 }, flows: 2 },
      ...{ startSec: Date.parse('2026-01-15T10:00:00Z') / 1000, endSec: Date.parse('2026-01-15T10:00:59Z') / 1000 },
    },
  ]);
});

test('tables and series are of the query, with its defaults', async () => {
  const { table } = await readTable(opened(), { keys: ['interface-id'], measures: ['bytes'] });
  expect(table.columns.map(({ name, values }) => [name, values[0]])).toEqual(
    expect.arrayContaining([
      ['interface-id', 'eni-0a'],
      ['bytes', 111],
    ]),
  );
  const range = { from: '2026-01-15T10:00:00Z', to: '2026-01-15T10:10:00Z' };
  const { series } = await readSeries(opened(), { range, keys: [], bucketSec: '5m', counting: 'as-logged' });
  expect(series.series[0]?.measures[0]?.values).toEqual([111, 0]);
  await expect(readTable(opened(), { keys: ['nothing'] })).rejects.toMatchObject({ code: 'bad-query' });
});

test('what cannot be read fails at the end, or is noted', async () => {
  const broken = () =>
    from({
      [KEYS[0]!]: { bytes: logBytes(), failure: new FlowError('access-denied', 'not for you') },
      [KEYS[1]!]: logBytes({ bytes: 5 }),
      [KEYS[2]!]: { bytes: logBytes(), isArchived: true },
    });
  const seen: unknown[] = [];
  const read = async (): Promise<void> => {
    for await (const { bytes } of readRecords(broken())) {
      seen.push(bytes);
    }
  };
  await expect(read()).rejects.toMatchObject({ code: 'access-denied', message: `cannot read ${KEYS[0]}: not for you` });
  expect(seen).toEqual([5]);
  await expect(readDigest(broken())).rejects.toMatchObject({ code: 'access-denied' });
  const { digest, problems, selection } = await readDigest(broken(), {}, { onMissing: 'note' });
  expect([digest.rowCount, problems.count, selection.archivedObjects]).toEqual([1, 1, 1]);
  await expect(collect(listObjects(broken()))).rejects.toThrow(
    'cannot read 1 objects: they are in an archive storage class',
  );
});
