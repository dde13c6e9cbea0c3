/** Shortest ways from literal text to a digest. */
import type { Digest } from '../../../src/digest/digest';
import { createDigester, type Answer, type Digester, type FinishOptions } from '../../../src/digest/digester';
import { compilePlan, type Plan } from '../../../src/digest/plan';
import type { ObjectFacts } from '../../../src/digest/read-objects';
import type { RecordSet } from '../../../src/digest/records';
import { normaliseScanQuery } from '../../../src/query/normalise';
import { readDigest } from '../../helpers/reference-digester';

/** The plan of a query; a digest where no `view` is named. */
export function planOf(query: Readonly<Record<string, unknown>> = {}): Plan {
  return compilePlan(normaliseScanQuery({ view: 'digest', ...query }, { nowMs: Date.UTC(2026, 0, 1) }));
}

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

/** What both engines answer: they must agree cell for cell, and on errors. */
export function answerOfBoth(plan: Plan, read: (digester: Digester) => void, options?: FinishOptions): Answer {
  const [byKernel, byScanner] = (['kernel', 'scanner'] as const).map((engine): (() => Answer) => {
    const digester = createDigester(plan, { engine });
    try {
      read(digester);
    } catch (error) {
      return () => {
        throw error;
      };
    }
    const answer = digester.finish(options);
    return () => answer;
  }) as [() => Answer, () => Answer];
  const outcome = (answer: () => Answer): unknown => {
    try {
      return answer();
    } catch (error) {
      return { error: String(error) };
    }
  };
  expect(outcome(byKernel)).toEqual(outcome(byScanner));
  return byKernel();
}

/** The answer to a plan over one object. */
export function answerOf(plan: Plan, text: string | Uint8Array, facts: ObjectFacts = {}): Answer {
  const bytes = typeof text === 'string' ? bytesOf(text) : text;
  return answerOfBoth(plan, (digester) => {
    digester.begin(facts);
    digester.addBlock(bytes);
    digester.end({ storedBytes: bytes.length, textBytes: bytes.length });
  });
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
