/** Digests that are added up before all is known: settled in part, they come to the same answer in the end. */
import fc from 'fast-check';
import type { Digest } from '../../../src/digest/digest';
import { compilePlan } from '../../../src/digest/plan';
import { createDigestSession } from '../../../src/scan/digest-session';
import { makeQuery } from './flow-logs';

const encoder = new TextEncoder();
const PLAIN = 'interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';
const DIRECTED = `${PLAIN} flow-direction`;

/** Interfaces with one address and with several, seen from both ends and by two flow logs. */
const record = fc.record({
  eni: fc.constantFrom('eni-0a', 'eni-0b', 'eni-0c', '-'),
  src: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '203.0.113.1', '2001:db8::1', '2001:db8::2'),
  dst: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '198.51.100.1', '2001:db8::1'),
  bytes: fc.nat(1000),
  action: fc.constantFrom('ACCEPT', 'ACCEPT', 'ACCEPT', 'REJECT', '-'),
  direction: fc.constantFrom('egress', 'ingress', '-'),
});
const object = fc.record({
  isDirected: fc.boolean(),
  flowLogId: fc.constantFrom('fl-0a', 'fl-0b'),
  records: fc.array(record, { minLength: 1, maxLength: 6 }),
  /** The part that it is added up in. */
  part: fc.integer({ min: 0, max: 3 }),
});

function textOf({
  isDirected,
  records,
}: {
  isDirected: boolean;
  records: readonly Record<string, unknown>[];
}): Uint8Array {
  const lines = records.map(
    ({ eni, src, dst, bytes, action, direction }) =>
      `${String(eni)} ${String(src)} ${String(dst)} 50000 443 6 1 ${String(bytes)} 1768471200 1768471259 ${String(action)} OK` +
      (isDirected ? ` ${String(direction)}` : ''),
  );
  return encoder.encode([isDirected ? DIRECTED : PLAIN, ...lines, ''].join('\n'));
}

const comparable = (answer: unknown): string =>
  JSON.stringify(
    answer,
    (_, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Uint8Array, String) : value),
    1,
  );

test('parts come to the answer of the whole, whichever objects are in which', async () => {
  let dropped = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(object, { minLength: 2, maxLength: 10 }),
      fc.constantFrom(
        { keys: ['srcaddr', 'dstaddr'] },
        { keys: [], filter: 'action = ACCEPT' },
        { keys: ['dstaddr'], bucketSec: 300, hops: ['eni-0c'] },
        { keys: ['interface-id', 'srcaddr'] },
        { keys: ['srcaddr'], counting: 'as-logged' },
      ),
      async (objects, query) => {
        const plan = compilePlan(makeQuery({ counting: 'once', ...query }));
        const limits = { maxObjectTextBytes: 1e6 };
        const whole = createDigestSession(plan, limits);
        const parts = new Map<number, Digest[]>();
        for (const [i, one] of objects.entries()) {
          const facts = { flowLogId: one.flowLogId, stampSec: 1768471200 + 300 * i };
          const own = await whole.addAlone(facts, textOf(one));
          parts.set(one.part, [...(parts.get(one.part) ?? []), own!.digest]);
        }
        const added = createDigestSession(plan, limits);
        for (const digests of parts.values()) {
          const part = createDigestSession(plan, { ...limits, isPartOfMore: true });
          part.addDigests(digests);
          const answer = part.finish();
          if (answer.kind !== 'digest') {
            throw new Error('expected a digest');
          }
          const rows = (some: readonly Digest[]): number => some.reduce((sum, { tallies }) => sum + tallies.copies, 0);
          dropped += rows([answer.digest]) - rows(digests);
          added.addDigests([answer.digest]);
        }
        expect(comparable(added.finish())).toBe(comparable(whole.finish()));
      },
    ),
    { numRuns: 60 },
  );
  // Something could be told before the end.
  expect(dropped).toBeGreaterThan(5);
}, 60_000);
