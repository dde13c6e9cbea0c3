import { serialize } from 'node:v8';
import fc from 'fast-check';
import type { Digest } from '../../../src/digest/digest';
import {
  createDigester,
  mergeAnswers,
  type Answer,
  type Digester,
  type FinishOptions,
} from '../../../src/digest/digester';
import { mergeDigests } from '../../../src/digest/merge';
import { compilePlan, type Plan } from '../../../src/digest/plan';
import { settleDigest } from '../../../src/digest/settle-digest';
import { digestByReference, readDigest, type ReferenceObject } from '../../helpers/reference-digester';
import { arbitraryDigestQuery, arbitraryObject } from './arbitrary-log';
import { answerOf, answerOfBoth, asDigest, bytesOf, digestOf, planOf, rowsOf, talliesOf } from './digest-text';

/** A worked example of go-vpcflow's README, under "Digesting multiple log files". */
const GO_VPCFLOW = `2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20641 80 6 20 1000 1418530010 1418530070 ACCEPT OK
2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20541 80 6 20 1000 1518530010 1518530070 ACCEPT OK
2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20441 80 6 20 1000 1618530010 1618530070 ACCEPT OK
2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20341 80 6 20 1000 1718530010 1718530070 REJECT OK
2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20241 80 6 20 1000 1818530010 1818530070 ACCEPT OK
`;

/** Texts as blocks of whole lines, cut where `cuts` (any numbers) say. */
function cutBlocks(text: string, cuts: readonly number[]): Uint8Array[] {
  const lines = text.split(/(?<=\n)/);
  const places = [...new Set(cuts.map((cut) => cut % (lines.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, i) => bytesOf(lines.slice(from, places[i] ?? lines.length).join('')));
}

function digestObjects(
  plan: Plan,
  objects: readonly ReferenceObject[],
  cuts: readonly number[] = [],
  options?: FinishOptions,
): Answer {
  return answerOfBoth(plan, (digester) => readObjects(digester, objects, cuts), options);
}

function readObjects(digester: Digester, objects: readonly ReferenceObject[], cuts: readonly number[] = []): void {
  for (const { text, ...facts } of objects) {
    digester.begin(facts);
    for (const block of cutBlocks(text, cuts)) {
      // A block may be overwritten once it has been read.
      const copy = block.slice();
      digester.addBlock(copy);
      copy.fill(120);
    }
    const { length } = Buffer.from(text);
    digester.end({ storedBytes: length, textBytes: length });
  }
}

/** Merges in any order and association. */
function mergeAnyhow(answers: readonly Answer[], picks: readonly number[], plan: Plan): Answer {
  const open = [...answers];
  for (let i = 0; open.length > 1; i++) {
    const pick = picks[i % picks.length]!;
    const [a] = open.splice(pick % open.length, 1);
    const [b] = open.splice((pick >>> 8) % open.length, 1);
    // Copies are told when all is there.
    const merged: Answer =
      plan.kind === 'digest'
        ? { kind: 'digest', digest: mergeDigests([asDigest(a!), asDigest(b!)]) }
        : mergeAnswers([a!, b!], plan);
    open.push(merged);
  }
  return mergeAnswers(open, plan);
}

function expectWellFormed(digest: Digest): void {
  for (const column of digest.keys) {
    if (column.kind === 'text') {
      expect(column.dictionary).toEqual([...new Set(column.dictionary)].sort());
      expect(new Set(column.codes).size - Number(column.codes.includes(0xffffffff))).toBe(column.dictionary.length);
    }
    if (column.kind === 'address') {
      const texts = Array.from({ length: column.v6.length / 16 }, (_, i) =>
        Buffer.from(column.v6.subarray(i * 16, i * 16 + 16)).toString('hex'),
      );
      expect(texts).toEqual([...new Set(texts)].sort());
      expect(new Set(column.words.filter((_, row) => column.families[row] === 6)).size).toBe(texts.length);
    }
  }
}

const objects = fc.array(arbitraryObject, { maxLength: 4 });
const cuts = fc.array(fc.nat(60), { maxLength: 4 });

describe('createDigester', () => {
  it('digests as the reference does, cell for cell and tally for tally', () => {
    fc.assert(
      fc.property(arbitraryDigestQuery, objects, cuts, (query, logs, places) => {
        const digest = asDigest(digestObjects(compilePlan(query), logs, places));
        expect(readDigest(digest)).toEqual(digestByReference(query, logs));
        expectWellFormed(digest);
        const lineCount = logs
          .map(({ text }) => text.split('\n').length - (text === '' || text.endsWith('\n') ? 1 : 0))
          .reduce((sum, count) => sum + count, 0);
        const { tallies } = digest;
        expect(tallies.lines).toBe(lineCount);
        expect(tallies.objects).toBe(logs.length);
        const judged = [
          ...[tallies.headerLines, tallies.blankLines, tallies.flows, tallies.noData, tallies.skipData],
          ...[tallies.otherTime, tallies.filtered],
          ...[
            tallies.otherType,
            tallies.copies,
            tallies.tooFewFields,
            tallies.tooManyFields,
            tallies.badValue,
            tallies.badStatus,
          ],
        ];
        expect(judged.reduce((sum, count) => sum + count, 0)).toBe(lineCount);
        Object.values(tallies.missingFields).forEach((count) => expect(count).toBeLessThanOrEqual(logs.length));
      }),
      { numRuns: 800 },
    );
  });

  it('gives the same bytes however the text is cut, shared out and merged', () => {
    fc.assert(
      fc.property(
        arbitraryDigestQuery,
        fc.array(fc.tuple(arbitraryObject, fc.nat(3), cuts), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(65535), { minLength: 1, maxLength: 8 }),
        (query, shared, picks) => {
          const plan = compilePlan(query);
          const whole = digestObjects(
            plan,
            shared.map(([object]) => object),
          );
          const shares = [0, 1, 2, 3].map((share) => {
            const mine = shared.filter(([, to]) => to === share);
            return digestObjects(
              plan,
              mine.map(([object]) => object),
              mine[0]?.[2],
              { settled: false },
            );
          });
          const merged = mergeAnyhow(shares, picks, plan);
          expect(asDigest(merged)).toEqual(asDigest(whole));
          expect(asDigest(mergeAnswers(shares, plan))).toEqual(asDigest(whole));
          expect(settleDigest(mergeDigests(shares.map(asDigest), { engine: 'scanner' }))).toEqual(asDigest(whole));
          expectWellFormed(asDigest(merged));
        },
      ),
      { numRuns: 400 },
    );
  });

  it.each(['kernel', 'scanner'] as const)(
    'the %s gives the same bytes when it takes in answers that are unsorted',
    (engine) => {
      fc.assert(
        fc.property(
          arbitraryDigestQuery,
          fc.array(fc.tuple(arbitraryObject, fc.boolean()), { maxLength: 5 }),
          (query, choices) => {
            const plan = compilePlan(query);
            const objects = choices.map(([object]) => object);
            const digester = createDigester(plan, { engine });
            for (const [object, isOwn] of choices) {
              if (isOwn) {
                readObjects(digester, [object]);
                continue;
              }
              const other = createDigester(plan, { engine });
              readObjects(other, [object]);
              digester.absorb(other.finish({ sorted: false }));
            }
            const rows = digester.countRows();
            const digest = asDigest(digester.finish());
            expect(digest).toEqual(asDigest(digestObjects(plan, objects)));
            expect(rows).toBeGreaterThanOrEqual(engine === 'kernel' ? digest.rowCount : 0);
            // Copies are told apart until the end.
            expect(engine === 'kernel' && query.counting !== 'once' ? rows : digest.rowCount).toBe(digest.rowCount);
          },
        ),
        { numRuns: 200 },
      );
    },
  );

  it.each(['kernel', 'scanner'] as const)('the %s starts over after an answer was taken', (engine) => {
    fc.assert(
      fc.property(arbitraryDigestQuery, fc.array(arbitraryObject, { maxLength: 5 }), (query, objects) => {
        const plan = compilePlan(query);
        const digester = createDigester(plan, { engine });
        for (const object of objects) {
          readObjects(digester, [object]);
          const span = digester.span();
          const alone = createDigester(plan, { engine: 'scanner' });
          readObjects(alone, [object]);
          expect(span).toEqual(alone.span());
          expect(asDigest(digester.take())).toEqual(asDigest(alone.finish()));
        }
        expect(digester.finish()).toEqual(createDigester(plan, { engine }).finish());
      }),
      { numRuns: 200 },
    );
  });

  it('reads filters of more fields than the kernel has slots for', () => {
    const filter = Array.from({ length: 300 }, (_, i) => `\`c${i}\` = hit`).join(' or ');
    const plan = planOf({ keys: ['c299'].map((name) => `\`${name}\``), filter });
    const digest = digestOf(plan, 'c299 log-status\nhit OK\nother OK\n', { columns: ['c299', 'log-status'] });
    expect(digest.tallies).toMatchObject({ flows: 1, filtered: 1 });
  });

  it('takes limits of keys beyond 32 bits for no limit', () => {
    for (const maxKeys of [2 ** 32, 2 ** 32 + 5, 1e12]) {
      const digest = digestOf(
        planOf({ keys: ['interface-id'], limits: { maxKeys } }),
        'interface-id log-status\na OK\nb OK\n',
      );
      expect(digest.rowCount).toBe(2);
    }
  });

  it('finds its way where headers and what looks like one follow each other', () => {
    const line = (i: number): string =>
      i % 3 === 0 ? 'start end' : i % 3 === 1 ? 'end start' : i % 2 ? 'start foo' : `${i} ${i + 1}`;
    const text = Array.from({ length: 30_000 }, (_, i) => line(i)).join('\n');
    expect(digestOf(planOf({ keys: ['start'] }), `start end\n${text}\n`).tallies.headerLines).toBeGreaterThan(10_000);
  });

  it('starts over with tables of its own once it has met many texts', () => {
    const plan = planOf({ keys: ['interface-id'] });
    const digester = createDigester(plan);
    const lines = (from: number, count: number): string =>
      Array.from({ length: count }, (_, i) => `eni-${from + i} OK\n`).join('');
    for (const [from, count] of [
      [0, 20_000],
      [0, 3],
      [5, 6000],
      [1, 2],
    ] as const) {
      digester.begin({ columns: ['interface-id', 'log-status'] });
      digester.addBlock(bytesOf(lines(from, count)));
      const { rowCount, keys, flows } = asDigest(digester.take());
      expect(rowCount).toBe(count);
      expect(keys[0]).toMatchObject({ dictionary: Array.from({ length: count }, (_, i) => `eni-${from + i}`).sort() });
      expect(flows.every((value) => value === 1)).toBe(true);
    }
  });

  it('gives the same rows when the lines of one object go to several digesters', () => {
    fc.assert(
      fc.property(arbitraryDigestQuery, arbitraryObject, fc.nat(30), (query, object, cut) => {
        // Whose address is whose is learned from an object.
        fc.pre(object.columns !== undefined && query.counting !== 'once');
        const plan = compilePlan(query);
        const whole = asDigest(digestObjects(plan, [object]));
        // Only an object whose columns are known from outside and never change can be cut so.
        fc.pre(whole.tallies.headerLines === 0);
        const parts = cutBlocks(object.text, [cut]).map((block) =>
          asDigest(digestObjects(plan, [{ ...object, text: Buffer.from(block).toString() }])),
        );
        const merged = mergeDigests(parts);
        // Each part is an object of its own.
        const { objects, missingFields } = whole.tallies;
        expect({ ...merged, tallies: { ...merged.tallies, objects, missingFields } }).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  it("answers go-vpcflow's worked example with its two rows", () => {
    const digest = digestOf(planOf(), GO_VPCFLOW);
    const row = ['172.31.16.139', '172.31.16.21', 0, 80, 6];
    expect(readDigest(digest).rows).toEqual([
      {
        bucketStartSec: undefined,
        keys: [2, '123456789010', 'eni-abc123de', ...row, 'ACCEPT', 'OK'],
        flows: 4,
        // The README's 8000 contradicts its own lines (and its test): 4 × 1000.
        sums: { packets: 80, bytes: 4000 },
        minStartSec: 1418530010,
        maxEndSec: 1818530070,
      },
      {
        bucketStartSec: undefined,
        keys: [2, '123456789010', 'eni-abc123de', ...row, 'REJECT', 'OK'],
        flows: 1,
        sums: { packets: 20, bytes: 1000 },
        minStartSec: 1718530010,
        maxEndSec: 1718530070,
      },
    ]);
    expect(talliesOf(digest)).toEqual({ lines: 5, flows: 5 });
    expect(digest.tallies).toMatchObject({ objects: 1, storedBytes: GO_VPCFLOW.length, textBytes: GO_VPCFLOW.length });
  });

  it('counts an object that lacks a field once, however often its header changes', () => {
    const text = 'srcaddr bytes\n10.0.0.1 5\nsrcaddr packets\n10.0.0.1 2\nsrcaddr bytes\n10.0.0.1 5\n';
    const digest = digestOf(planOf({ keys: ['srcaddr', 'action'] }), text);
    expect(digest.tallies.missingFields).toEqual({ action: 1, packets: 1, bytes: 1 });
    expect(rowsOf(digest)).toEqual([['10.0.0.1', null, 3, 2, 10]]);
  });

  it.each([
    [
      'log-status in (NODATA, SKIPDATA)',
      [
        ['NODATA', 1, 0, 0],
        ['SKIPDATA', 2, 0, 0],
      ],
      { filtered: 1 },
    ],
    ['log-status = SKIPDATA and srcaddr = -', [['SKIPDATA', 2, 0, 0]], { filtered: 1, noData: 1 }],
    ['bytes < 9', [['OK', 1, 1, 5]], { noData: 1, skipData: 2 }],
  ])('counts lines without traffic only for who asks for their status: %s', (filter, rows, others) => {
    const text = [
      'srcaddr packets bytes log-status',
      '10.0.0.1 1 5 OK',
      '- - - NODATA',
      '- - - SKIPDATA',
      '- - - SKIPDATA',
    ].join('\n');
    const digest = digestOf(planOf({ keys: ['log-status'], filter }), `${text}\n`);
    expect(rowsOf(digest)).toEqual(rows);
    const flows = rows.reduce((sum, [, count]) => sum + Number(count), 0);
    expect(talliesOf(digest)).toEqual({ lines: 5, headerLines: 1, flows, ...others });
  });

  it('leaves no trace of an object that is refused by its first line', () => {
    const plan = planOf({ keys: ['action'] });
    const digester = createDigester(plan);
    const good = bytesOf(GO_VPCFLOW);
    digester.begin({});
    digester.addBlock(good);
    digester.end({ storedBytes: 1, textBytes: good.length });
    digester.begin({});
    digester.addBlock(bytesOf('\n \n'));
    expect(() => digester.addBlock(bytesOf('\r\nhello world\n'))).toThrow('not a flow log');
    digester.begin({});
    digester.addBlock(good);
    digester.end({ storedBytes: 1, textBytes: good.length });
    const digest = asDigest(digester.finish());
    expect(talliesOf(digest)).toEqual({ lines: 10, flows: 10 });
    expect(digest.tallies.objects).toBe(2);
  });

  it('forgets the columns of the object before', () => {
    const digester = createDigester(planOf({ keys: ['srcport'] }));
    digester.begin({});
    digester.addBlock(bytesOf('srcport bytes\n1 2\n'));
    digester.begin({});
    expect(() => digester.addBlock(bytesOf('1 2\n'))).toThrow('not a flow log');
    digester.begin({ columns: ['bytes', 'srcport'] });
    digester.addBlock(bytesOf('7 1\n'));
    expect(rowsOf(asDigest(digester.finish()))).toEqual([[1, 2, 0, 9]]);
  });
});

describe('mergeAnswers', () => {
  it('takes the empty answer as nothing', () => {
    const plan = planOf();
    const answer = answerOf(plan, GO_VPCFLOW);
    expect(mergeAnswers([createDigester(plan).finish(), answer], plan)).toEqual(answer);
    expect(mergeAnswers([answer, createDigester(plan).finish()], plan)).toEqual(answer);
    expect(mergeAnswers([createDigester(plan).finish()], plan)).toEqual(createDigester(plan).finish());
  });

  it('does not change what it is given', () => {
    const plan = planOf();
    const [a, b] = [answerOf(plan, GO_VPCFLOW), answerOf(plan, GO_VPCFLOW)];
    const before = serialize([a, b]);
    const merged = asDigest(mergeAnswers([a, b], plan));
    expect(serialize([a, b])).toEqual(before);
    expect(merged.flows).toEqual(Float64Array.of(8, 2));
  });

  it('survives postMessage', () => {
    const digest = digestOf(planOf({ keys: ['srcaddr', 'action', 'bytes'], bucketSec: 60 }), GO_VPCFLOW);
    const received = structuredClone(digest);
    expect(readDigest(received)).toEqual(readDigest(digest));
  });

  it('refuses nothing to merge, and digests of different plans', () => {
    expect(() => mergeDigests([])).toThrow('BUG');
    const [a, b] = [['srcaddr'], ['srcport']].map((keys) => digestOf(planOf({ keys }), GO_VPCFLOW));
    expect(() => mergeDigests([a!, b!])).toThrow('BUG: digests of different plans');
  });
});
