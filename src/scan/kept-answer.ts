/**
 * The answer to a question, kept for the next time: to the same question over the same objects, or over these and some that
 * have come since, of which only the new ones are added up then.
 */
import type { Digest } from '../digest/digest';
import type { DigestPlan } from '../digest/plan';
import { digestBytes } from '../digest/share-digest';
import type { ScanQuery } from '../query/model';
import { objectName, planIdentity, type ObjectDigest } from './digest-cache';
import type { SelectedObject, Source } from './select-objects';
import type { ScanSession } from './worker-pool';

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
interface Missing {
  /** To be added up with it. */
  readonly added: readonly CountedDigest[];
  /** Those that are in it. */
  readonly known: readonly CountedDigest[];
}

/** The digests that an answer over all of them lacks; `undefined` if it is of anything else as well, or of parts of one. */
function findMissing({ parts }: ObjectDigest, all: readonly CountedDigest[]): Missing | undefined {
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

/** What a scan has to add up. */
export interface ToCount {
  /** Digests that were kept, which are yet to be counted. */
  readonly known: readonly CountedDigest[];
  /** Those of objects that were read, which the session has counted. */
  readonly read: readonly CountedDigest[];
  readonly session: ScanSession;
  /** Another session of the same scan. */
  readonly openSession: () => ScanSession;
  /** Whether rows of the session have been put aside. */
  readonly isSpilled: () => boolean;
}

/**
 * Counts what is known, on top of a kept answer where that is possible: then the whole digest is there, and the session has
 * ended. Otherwise the session that it gives has counted all.
 */
export async function countOn(
  kept: ObjectDigest | undefined,
  { known, read, session, openSession, isSpilled }: ToCount,
): Promise<{ readonly whole?: Digest; readonly session: ScanSession }> {
  const all = [...known, ...read];
  const missing = kept && findMissing(kept, all);
  const isRead = new Set(read);
  // What the answer has and was read again has been counted already.
  if (!missing || missing.known.some((one) => isRead.has(one))) {
    await count(session, known);
    return { session };
  }
  if (missing.added.length === 0) {
    session.drop();
    return { whole: kept.digest, session };
  }
  await count(
    session,
    missing.added.filter((one) => !isRead.has(one)),
  );
  if (isSpilled()) {
    await count(session, missing.known);
    return { session };
  }
  const whole = await session.finishOnto(kept.digest);
  if (whole) {
    return { whole, session };
  }
  const again = openSession();
  await count(again, all).catch((thrown: unknown) => {
    again.drop();
    throw thrown;
  });
  return { session: again };
}

/** Digests that one job counts. */
const MAX_JOB_BYTES = 32 * 2 ** 20;

/** In several jobs where they are many, so that several threads take their shares at the same time. */
async function count(session: ScanSession, counted: readonly CountedDigest[]): Promise<void> {
  const jobs: Digest[][] = [];
  let bytes = Infinity;
  for (const { digest } of counted) {
    if (bytes > MAX_JOB_BYTES) {
      jobs.push([]);
      bytes = 0;
    }
    jobs.at(-1)!.push(digest);
    bytes += digestBytes(digest);
  }
  await Promise.all(jobs.map((job) => session.addDigests(job)));
}
