/**
 * The answer to a question, kept for the next time: to the same question over the same objects, or over these and some that
 * have come since, of which only the new ones are added up then.
 */
import type { Digest } from '../digest/digest';
import type { DigestPlan } from '../digest/plan';
import type { ScanQuery } from '../query/model';
import { objectName, planIdentity, type ObjectDigest } from './digest-cache';
import type { SelectedObject, Source } from './select-objects';

/** A digest within the range, and each object that it is of. */
export interface CountedDigest {
  readonly digest: Digest;
  /** Of its objects, by `partName`. */
  readonly names: readonly string[];
}

/** What names an object's part of an answer: all of its records, or none. */
export function partName(object: SelectedObject, isInside: boolean): string {
  return `${objectName(object)} ${isInside}`;
}

/**
 * Where the answer is kept: in the place of the last question that began about then and went over about as long, since a
 * range that ends now is longer each time, and one that moves must not leave an answer behind with each step.
 */
export function answerKey(
  { accounts, regions, range }: ScanQuery,
  plan: DigestPlan,
  sources: readonly Source[],
): string {
  const places = sources.map(({ store, reader, prefix, keys, columns }) => [store.name, reader, prefix, keys, columns]);
  const about = range && [Math.floor(range.fromMs / ABOUT_MS), Math.round(Math.log2(range.toMs - range.fromMs))];
  return `answer ${JSON.stringify([places, accounts, regions, about])}\n${planIdentity(plan)}`;
}

const ABOUT_MS = 6 * 3_600_000;

/** What is missing to a kept answer. */
export interface Missing {
  /** To be added up with it. */
  readonly added: readonly CountedDigest[];
  /** Those that are in it. */
  readonly known: readonly CountedDigest[];
}

/** The digests that an answer over all of them lacks; `undefined` if it is of anything else as well, or of parts of one. */
export function findMissing({ parts }: ObjectDigest, all: readonly CountedDigest[]): Missing | undefined {
  const added: CountedDigest[] = [];
  const known: CountedDigest[] = [];
  let count = 0;
  for (const one of all) {
    const inside = parts ? one.names.reduce((sum, name) => sum + (parts.has(name) ? 1 : 0), 0) : 0;
    if (inside > 0 && inside < one.names.length) {
      return undefined;
    }
    (inside > 0 ? known : added).push(one);
    count += inside;
  }
  return parts && count === parts.size ? { added, known } : undefined;
}
