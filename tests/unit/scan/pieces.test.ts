/** Sources without objects, which are asked for pieces. */
import { answerTallies } from '../../../src/digest/digester';
import { FlowError } from '../../../src/errors';
import { measureCompleteness } from '../../../src/scan/measure-completeness';
import { runScan } from '../../../src/scan/run-scan';
import { findNewestObject } from '../../../src/scan/find-newest-object';
import type { Piece, PiecesAsked, Source } from '../../../src/scan/select-objects';
import { DEFAULT_FORMAT } from '../../../src/flow/fields';
import { digestTotals } from '../../../src/view/totals';
import { ACCOUNT, logBytes, logKey, makeQuery, NOW_MS, recordLine, REGION } from './flow-logs';
import { createInProcessPool } from './in-process-worker';
import { createMemoryStore } from './memory-store';

const { pool } = createInProcessPool(2);
afterAll(() => pool.close());

type Text = string | FlowError;

/** A source whose pieces have these texts; chunks are of one line each. */
function createPieces(
  texts: Readonly<Record<string, Text>>,
  more: Partial<Piece> = {},
): Source & { asked: PiecesAsked[] } {
  const asked: PiecesAsked[] = [];
  const pieceOf = (key: string): Piece => ({
    ...{ key, sizeBytes: -1, etag: '', lastModifiedMs: NOW_MS, isArchived: false, region: REGION, accountId: ACCOUNT },
    ...more,
  });
  return {
    asked,
    prefix: '',
    keys: 'any',
    columns: DEFAULT_FORMAT,
    pieces: {
      select: (what) => {
        asked.push(what);
        what.note('the pieces are made up');
        return Promise.resolve(Object.keys(texts).map(pieceOf));
      },
      findNewest: () => Promise.resolve(pieceOf(Object.keys(texts).at(-1)!)),
    },
    store: {
      name: 'logs://eu-west-1/flow',
      list: () => {
        throw new Error('there is nothing to list');
      },
      async *read(key) {
        for (const line of `${texts[key]}`.match(/.*\n/g) ?? []) {
          yield Buffer.from(line);
        }
        if (texts[key] instanceof FlowError) {
          throw texts[key];
        }
      },
      close: () => undefined,
    },
  };
}

const linesOf = (count: number, bytes = 1): string => `${recordLine({ bytes })}\n`.repeat(count);
const scan = (sources: readonly Source[], query: object = {}, limits = {}) =>
  runScan(makeQuery({ keys: [], ...query }, limits), sources, { pool });

test('pieces count as objects, beside those of other sources', async () => {
  const bucket: Source = {
    store: createMemoryStore({ [logKey('2026-01-15T10:00:00Z')]: logBytes({ bytes: 100 }) }),
    prefix: '',
    keys: 'aws',
  };
  const source = createPieces({ a: linesOf(2), b: linesOf(3), empty: '' });
  const range = { from: '2026-01-15T00:00:00Z', to: '2026-01-16T00:00:00Z' };
  const { answer, selection, problems } = await scan([source, bucket], { range, filter: 'bytes > 0' });
  expect(problems.count).toBe(0);
  expect(answerTallies(answer)).toMatchObject({ flows: 6, objects: 4 });
  expect(answer.kind === 'digest' && digestTotals(answer.digest, ['bytes']).bytes).toBe(105);
  expect(selection).toMatchObject({
    ...{ listedObjects: 4, selectedObjects: 4, unsizedObjects: 3, accounts: [ACCOUNT], regions: [REGION] },
    notes: ['the pieces are made up'],
  });
  // They know what the question is.
  expect(source.asked).toMatchObject([{ filter: { type: 'test', field: 'bytes' }, range: expect.anything() }]);
});

test.each([
  ['accounts', '999999999999', {}],
  ['regions', 'us-east-1', {}],
  ['accounts', ACCOUNT, { accountId: undefined }],
])('%s %s: those of others are counted as such', async (member, name, more) => {
  const { answer, selection } = await scan([createPieces({ a: linesOf(1) }, more)], { [member]: [name] });
  expect(answerTallies(answer).flows).toBe(0);
  expect(selection).toMatchObject({ listedObjects: 1, selectedObjects: 0, otherAccountObjects: 1 });
});

test('the region of records that do not say it', async () => {
  const { answer } = await scan([createPieces({ a: linesOf(2) })], { keys: ['region'] });
  expect(answer.kind === 'digest' && answer.digest.keys.find(({ name }) => name === 'region')).toMatchObject({
    dictionary: [REGION],
  });
});

test('a piece that is more than is held is counted all the same', async () => {
  const count = 100_000;
  const { answer } = await scan([createPieces({ large: linesOf(count, 2), small: linesOf(1, 2) })]);
  expect(answerTallies(answer)).toMatchObject({ flows: count + 1, objects: 2 });
});

test('one that cannot be read to its end is left out as a whole, and said to be', async () => {
  const failure = new FlowError('unavailable', 'cannot read b: no connection');
  const { answer, problems } = await scan([createPieces({ a: linesOf(2), b: failure, c: linesOf(4) })]);
  expect(answerTallies(answer).flows).toBe(6);
  expect(problems.first).toEqual([{ key: 'b', code: 'unavailable', message: failure.message }]);
});

test('a source that fails is a problem beside others, and the failure if it is alone', async () => {
  const refused = new FlowError('access-denied', 'cannot find the group');
  const failing: Source = {
    ...createPieces({}),
    pieces: { select: () => Promise.reject(refused), findNewest: () => Promise.reject(refused) },
  };
  await expect(scan([failing])).rejects.toBe(refused);
  const { answer, problems } = await scan([failing, createPieces({ a: linesOf(1) })]);
  expect(answerTallies(answer).flows).toBe(1);
  expect(problems.first).toEqual([{ key: 'logs://eu-west-1/flow', code: 'access-denied', message: refused.message }]);
});

test('limits hold: of pieces before they are read, of bytes while they are', async () => {
  const source = createPieces({ a: linesOf(50), b: linesOf(50) });
  await expect(scan([source], {}, { maxObjects: 1 })).rejects.toMatchObject({ fields: { limit: 'maxObjects' } });
  await expect(scan([source], {}, { maxBytes: 5000 })).rejects.toMatchObject({ fields: { limit: 'maxBytes' } });
});

test('the newest one is asked for; completeness is not known', async () => {
  const source = createPieces({ a: linesOf(1), b: linesOf(1) });
  await expect(findNewestObject(source)).resolves.toMatchObject({
    ...{ newest: { object: { key: 'b' } }, accounts: [ACCOUNT], regions: [REGION], isSample: true },
  });
  const query = { accounts: [], regions: [], limits: { maxSec: 60 } };
  await expect(measureCompleteness(query, [source], { nowMs: NOW_MS })).rejects.toMatchObject({ code: 'bad-query' });
  const bucket: Source = { store: createMemoryStore({}), prefix: '', keys: 'aws' };
  const { problems } = await measureCompleteness(query, [source, bucket], { nowMs: NOW_MS });
  expect(problems.first).toMatchObject([{ key: 'logs://eu-west-1/flow', code: 'bad-query' }]);
});
