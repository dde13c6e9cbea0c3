/** Shortest ways from literal text to a digest. */
import type { Digest } from '../../../src/digest/digest';
import { createDigester, type Answer, type ObjectFacts } from '../../../src/digest/digester';
import { compilePlan, type Plan } from '../../../src/digest/plan';
import type { RecordSet } from '../../../src/digest/records';
import { normaliseQuery } from '../../../src/query/normalise';
import { readDigest } from '../../helpers/reference-digester';

/** The plan of a query; a digest where no `view` is named. */
export function planOf(query: Readonly<Record<string, unknown>> = {}): Plan {
  return compilePlan(normaliseQuery({ view: 'digest', ...query }, { nowMs: Date.UTC(2026, 0, 1) }));
}

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

/** The answer to a plan over one object. */
export function answerOf(plan: Plan, text: string | Uint8Array, facts: ObjectFacts = {}): Answer {
  const digester = createDigester(plan);
  const bytes = typeof text === 'string' ? bytesOf(text) : text;
  digester.begin(facts);
  digester.addBlock(bytes);
  digester.end({ storedBytes: bytes.length, textBytes: bytes.length });
  return digester.finish();
}

export function digestOf(plan: Plan, text: string | Uint8Array, facts?: ObjectFacts): Digest {
  return asDigest(answerOf(plan, text, facts));
}

export function asDigest(answer: Answer): Digest {
  if (answer.kind !== 'digest') {
    throw new Error(`not a digest: ${answer.kind}`);
  }
  return answer.digest;
}

export function asRecords(answer: Answer): RecordSet {
  if (answer.kind !== 'records') {
    throw new Error(`not records: ${answer.kind}`);
  }
  return answer.records;
}

/** The rows of a digest as arrays: keys, then flows, packets and bytes. */
export function rowsOf(digest: Digest): (number | string | null)[][] {
  return readDigest(digest).rows.map(({ keys, flows, sums }) => [...keys, flows, sums['packets']!, sums['bytes']!]);
}

/** The tallies that are not zero, without those of objects and bytes. */
export function talliesOf(digest: Digest): Record<string, unknown> {
  const { missingFields, ...counts } = readDigest(digest).tallies;
  return {
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)),
    ...(Object.keys(missingFields).length > 0 ? { missingFields } : {}),
  };
}
