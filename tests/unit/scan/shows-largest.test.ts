/** A command shows the largest groups, so the kernel hands over no more than these and the sums of all others. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { foldGroups, mergeFolds } from '../../../src/digest/fold-groups';
import { createDigester, type Digester } from '../../../src/digest/digester';
import type { Digest } from '../../../src/digest/digest';
import { runScan, type ScanOptions, type ScanResult } from '../../../src/scan/run-scan';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import { buildTable } from '../../../src/view/table';
import { digestBounds, digestTotals } from '../../../src/view/totals';
import { asDigest, bytesOf, planOf } from '../digest/digest-text';
import { makeQuery } from './flow-logs';
import { createInProcessPool } from './in-process-worker';
import { createMemoryStore } from './memory-store';

const KEYS = ['interface-id', 'srcaddr', 'dstaddr', 'dstport', 'start'];
const HEADER = 'interface-id srcaddr dstaddr dstport packets bytes start end action log-status';

/** Few sizes, so that many groups are equal and stand in the order of their keys. */
const line = fc
  .tuple(
    fc.constantFrom('eni-b', 'eni-a', 'eni-c', '-'),
    fc.constantFrom('10.0.0.9', '10.0.0.10', '2001:db8::2', '2001:db8::1', '9.0.0.1', '-'),
    fc.constantFrom('10.0.0.9', '2001:db8::1', '2001:db8::3', '0.0.0.1', '-'),
    fc.constantFrom('443', '22', '8080', '-'),
    fc.constantFrom('1', '2', '50'),
    fc.constantFrom('1700000060', '1700000000', '999999999', '-'),
  )
  .map(
    ([eni, source, target, port, bytes, start]) =>
      `${eni} ${source} ${target} ${port} 1 ${bytes} ${start} 1700000099 ACCEPT OK`,
  );
const objects = fc.array(fc.array(line, { maxLength: 40 }), { minLength: 1, maxLength: 6 });
const keyLists = fc.subarray(KEYS, { minLength: 1 });
const tops = fc.integer({ min: 1, max: 12 });
const measures = ['bytes', 'packets', 'flows'] as const;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'largest-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const textOf = (lines: readonly string[]): string => [HEADER, ...lines, ''].join('\n');

function digestOf({ answer }: ScanResult): Digest {
  return asDigest(answer);
}

describe.each([0, 1, 3])('with %i workers', (size) => {
  const { pool, workers } = createInProcessPool(size);
  const INLINE = createWorkerPool({
    size: 0,
    createWorker: () => {
      throw new Error('no worker is needed');
    },
  });

  function scan(all: readonly string[][], query: object, options: Partial<ScanOptions>): Promise<ScanResult> {
    // Of unknown size, so that each comes in chunks, to whichever worker has least to do.
    const entries = all.map((lines, i) => [`o/${i}`, { bytes: bytesOf(textOf(lines)), listedBytes: -1 }] as const);
    const store = createMemoryStore(Object.fromEntries(entries));
    const source = { store, prefix: '', keys: 'any' } as const;
    return runScan(makeQuery({ view: 'table', ...query }), [source], { pool: INLINE, ...options });
  }

  test.each(['as-logged', 'once'])('a table is the same, counting %s', async (counting) => {
    let folded = 0;
    const before = workers.map(({ requests }) => requests.length);
    await fc.assert(
      fc.asyncProperty(objects, keyLists, tops, fc.constantFrom(...measures), async (all, keys, top, measure) => {
        const asked = { keys, top, measures: [measure, ...measures] as const };
        const query = { ...asked, counting };
        const whole = digestOf(await scan(all, query, {}));
        const largest = digestOf(await scan(all, query, { pool, showsLargest: true, spill: { folder } }));
        expect(whole.folded).toBeUndefined();
        folded += largest.folded ? 1 : 0;
        expect(buildTable(largest, asked)).toEqual(buildTable(whole, asked));
        expect(largest.tallies).toEqual(whole.tallies);
        expect(digestTotals(largest, measures)).toEqual(digestTotals(whole, measures));
        expect(digestBounds(largest)).toEqual(digestBounds(whole));
        if (counting === 'as-logged') {
          expect(largest.rowCount).toBeLessThanOrEqual(top + 1);
        }
      }),
      { numRuns: 40 },
    );
    // Which rows are copies is known at the end only, so all of them are needed until then.
    expect(folded > 0).toBe(counting === 'as-logged');
    const givers = workers.filter(({ requests }, i) => requests.slice(before[i]).includes('give'));
    expect(givers.length > 1).toBe(size === 3 && counting === 'as-logged');
  });
});

test.each(['give', 'fold'] as const)('a thread that dies when it is to %s its rows fails the scan', async (type) => {
  const { pool, workers } = createInProcessPool(2, {
    intercept(request, worker) {
      if (request.type === type) {
        worker.die(new Error('out of luck'));
      }
      return undefined;
    },
  });
  const texts = ['1', '2', '3', '4'].map((i) => textOf([`eni-a 10.0.0.${i} 10.0.0.9 22 1 9 1 2 ACCEPT OK`]));
  // Of unknown size, so that each comes in chunks, to whichever worker has least to do.
  const entries = texts.map((text, i) => [`o/${i}`, { bytes: bytesOf(text), listedBytes: -1 }] as const);
  const source = { store: createMemoryStore(Object.fromEntries(entries)), prefix: '', keys: 'any' } as const;
  const query = makeQuery({ view: 'table', keys: ['srcaddr'], counting: 'as-logged' });
  await expect(runScan(query, [source], { pool, showsLargest: true, spill: { folder } })).rejects.toMatchObject({
    code: 'internal',
    message: 'cannot digest: a worker thread failed: out of luck',
  });
  expect(workers.map(({ requests }) => requests.includes('stream'))).toEqual([true, true]);
  expect(workers.some(({ requests }) => requests.includes(type))).toBe(true);
});

test('distinct values of a key are counted as ever', async () => {
  const source = {
    store: createMemoryStore({ a: bytesOf(textOf([`eni-a 10.0.0.1 10.0.0.2 22 1 9 1 2 ACCEPT OK`])) }),
    prefix: '',
  };
  const query = makeQuery({ view: 'table', keys: ['srcaddr'], distinct: ['srcaddr'], counting: 'as-logged' });
  const { pool } = createInProcessPool(1);
  const result = await runScan(query, [{ ...source, keys: 'any' }], { pool, showsLargest: true, spill: { folder } });
  const { columns } = buildTable(digestOf(result), {
    ...{ keys: ['srcaddr'], distinct: ['srcaddr'], top: 1, measures: ['bytes'] },
  });
  expect(columns.slice(0, 3)).toMatchObject([
    { name: 'srcaddr', values: ['10.0.0.1'] },
    { name: 'distinct srcaddr', values: [1] },
    { name: 'bytes', values: [9] },
  ]);
});

describe('the kernel', () => {
  const fold = { keys: KEYS, rank: 'bytes', top: 3 };
  const digesterOf = (lines: readonly string[]): Digester => {
    const digester = createDigester(planOf({ view: 'table', keys: KEYS, counting: 'as-logged' }));
    digester.begin({});
    digester.addBlock(bytesOf(textOf(lines)));
    return digester;
  };

  test('folds as `foldGroups` does', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.constantFrom(...measures), (lines, rank) => {
        const { folded } = digesterOf(lines).fold({ ...fold, rank });
        const exact = mergeFolds([folded], { ...fold, rank });
        const whole = asDigest(digesterOf(lines).finish());
        expect(exact).toEqual(foldGroups(whole, { ...fold, rank }));
      }),
      { numRuns: 60 },
    );
  });

  test('hands on no more than is asked for where many are equally large', () => {
    const lines = Array.from(
      { length: 50 },
      (_, i) => `eni-a 10.0.0.${i} 10.0.0.9 22 1 40 1700000000 1700000099 REJECT OK`,
    );
    const { folded } = digesterOf(lines).fold({ ...fold, rank: 'flows' });
    expect([folded.kept.rowCount, folded.restGroups]).toEqual([3, 47]);
    expect(folded).toEqual(foldGroups(asDigest(digesterOf(lines).finish()), { ...fold, rank: 'flows' }));
  });

  test('gives others the rows of their parts, whatever each has met before', () => {
    const all = 1000;
    let given = 0;
    fc.assert(
      fc.property(
        fc.array(fc.array(line, { maxLength: 40 }), { minLength: 2, maxLength: 4 }),
        fc.constantFrom(...measures),
        fc.constantFrom(2, all),
        (lineLists, rank, top) => {
          const digesters = lineLists.map(digesterOf);
          const gifts = digesters.map((digester, number) => digester.giveRows({ number, of: digesters.length }));
          const folds = digesters.map((digester, i) => {
            expect(gifts[i]![i]).toBeUndefined();
            const mine = gifts.flatMap((ofOne) => ofOne[i] ?? []);
            mine.forEach(digester.takeRows);
            given += mine.length;
            return digester.fold({ ...fold, rank, top }).folded;
          });
          const whole = asDigest(digesterOf(lineLists.flat()).finish());
          expect(mergeFolds(folds, { ...fold, rank, top })).toEqual(foldGroups(whole, { ...fold, rank, top }));
          if (top === all) {
            // No group is in two parts.
            expect(folds.reduce((sum, { kept }) => sum + kept.rowCount, 0)).toBe(whole.rowCount);
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(given).toBeGreaterThan(50);
  });

  // Memory grows at one step or another of that, which depends on how many they are.
  test.each([3000, 5000, 8000, 12_000, 20_000, 40_000])('gives and takes rows of %i records', (count) => {
    const linesOf = (first: number): string[] =>
      Array.from({ length: count }, (_, i) => {
        const number = first + i;
        const source =
          number % 5 === 0 ? `2001:db8::${(number % 4000).toString(16)}` : `10.${number % 7}.0.${number % 200}`;
        const target = number % 3 === 0 ? `2001:db8:1::${(number % 900).toString(16)}` : `10.9.0.${number % 250}`;
        return `eni-${number % 3000} ${source} ${target} ${number % 60} 1 ${number % 900} ${1700000000 + (number % 3)} 1700000099 REJECT OK`;
      });
    const lineLists = [linesOf(0), linesOf(count / 2)];
    const digesters = lineLists.map(digesterOf);
    const gifts = digesters.map((digester, number) => digester.giveRows({ number, of: 2 }));
    const folds = digesters.map((digester, i) => {
      const gift = gifts[1 - i]![i]!;
      digester.takeRows(gift);
      return digester.fold({ ...fold, rank: 'bytes', top: 9 }).folded;
    });
    const whole = asDigest(digesterOf(lineLists.flat()).finish());
    expect(mergeFolds(folds, { ...fold, top: 9 })).toEqual(foldGroups(whole, { ...fold, top: 9 }));
  });
});
