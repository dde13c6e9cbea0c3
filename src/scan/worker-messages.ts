/**
 * What the pool and its workers say to each other. A worker keeps one digest session per scan; every request has an id
 * that its reply repeats. Requests of one worker are handled in order, but for the chunks of an object, which flow while
 * other objects are digested.
 */
import type { FlowErrorData } from '../errors';
import type { Digest } from '../digest/digest';
import type { Answer, Folded } from '../digest/digester';
import type { FoldedDigest, GroupFold } from '../digest/fold-groups';
import type { KernelRows, Part } from '../digest/kernel-rows';
import type { DigestPlan, Plan } from '../digest/plan';
import type { AddUpTask, AddedUp } from './add-up';
import type { ObjectDigest } from './digest-cache';
import type { SessionLimits, SessionObject } from './digest-session';
import type { Batch, FileToRead, FilesDone, Outcome } from './small-objects';
import type { SegmentBytes, SpillPart, Spilled } from './spill-parts';

export type WorkerRequest =
  | { readonly type: 'open'; readonly scan: number; readonly plan: Plan; readonly limits: SessionLimits }
  | {
      readonly type: 'whole';
      readonly scan: number;
      readonly id: number;
      readonly object: SessionObject;
      readonly bytes: Uint8Array;
    }
  /** As `whole`, but the object's own digest is wanted: the reply has it as `alone`. */
  | {
      readonly type: 'alone';
      readonly scan: number;
      readonly id: number;
      readonly object: SessionObject;
      readonly bytes: Uint8Array;
    }
  /** Several objects; the reply has their `outcomes`. */
  | { readonly type: 'batch'; readonly scan: number; readonly id: number; readonly batch: Batch }
  /** The same for objects that are files; the reply has `files`. */
  | { readonly type: 'files'; readonly scan: number; readonly id: number; readonly files: readonly FileToRead[] }
  /** Counts digests of objects. */
  | { readonly type: 'digests'; readonly scan: number; readonly id: number; readonly digests: readonly Digest[] }
  /** Starts an object in chunks; the reply comes when it has been counted or refused. */
  | { readonly type: 'stream'; readonly scan: number; readonly id: number; readonly object: SessionObject }
  /** `bytes` is `undefined` after the last chunk; `failure` tells why there will be no more. */
  | { readonly type: 'chunk'; readonly id: number; readonly bytes?: Uint8Array; readonly failure?: FlowErrorData }
  /** Adds `others` to the session's own answer; unless `sorted` it may come in any order, to be added elsewhere. */
  | {
      readonly type: 'finish';
      readonly scan: number;
      readonly id: number;
      readonly sorted: boolean;
      /** The digest is to lie in shared memory. */
      readonly shared?: boolean;
      readonly keepsEnds?: boolean;
      /** Set if the answer is to be that over this one's objects as well; the reply has none where that cannot be. */
      readonly onto?: Digest;
      readonly others: readonly Answer[];
    }
  /** Asks for the rows of all parts but one, to be added elsewhere; the reply has them as `given`. */
  | { readonly type: 'give'; readonly scan: number; readonly id: number; readonly own: Part }
  /** Instead of `finish`: folds what is left, together with rows that others gave; the reply has it as `folded`. */
  | {
      readonly type: 'fold';
      readonly scan: number;
      readonly id: number;
      readonly fold: GroupFold;
      readonly given: readonly KernelRows[];
    }
  /** Forgets a scan. */
  | { readonly type: 'drop'; readonly scan: number }
  /** The part that came under this number has been put aside as `part`. */
  | { readonly type: 'kept'; readonly id: number; readonly part: number }
  /** Instead of `finish`: all rows are handed over; the reply has `spilled`. */
  | { readonly type: 'flush'; readonly scan: number; readonly id: number }
  /** Opens what adds up rows that were put aside; `drop` forgets it. */
  | { readonly type: 'openAdder'; readonly scan: number; readonly plan: DigestPlan; readonly task: AddUpTask }
  | { readonly type: 'addUp'; readonly scan: number; readonly id: number; readonly segments: readonly SegmentBytes[] }
  /** The reply has `addedUp`. */
  | {
      readonly type: 'finishAdder';
      readonly scan: number;
      readonly id: number;
      readonly others: readonly FoldedDigest[];
    };

export type WorkerReply =
  | {
      readonly type: 'done';
      readonly id: number;
      readonly answer?: Answer;
      /** One per part, `undefined` for its own and where there are none. */
      readonly given?: readonly (KernelRows | undefined)[];
      readonly folded?: Folded;
      readonly alone?: ObjectDigest;
      readonly outcomes?: readonly Outcome[];
      readonly files?: FilesDone;
      readonly spilled?: Spilled;
      readonly addedUp?: AddedUp;
    }
  /** Rows of a scan to be put aside; the worker waits for `kept`. */
  | { readonly type: 'part'; readonly id: number; readonly scan: number; readonly part: SpillPart }
  | { readonly type: 'failed'; readonly id: number; readonly error: FlowErrorData }
  /** A chunk was taken; the next one may come. */
  | { readonly type: 'pull'; readonly id: number };

/** The memory that a reply gives away. */
export function replyBuffers(reply: WorkerReply): ArrayBuffer[] {
  switch (reply.type) {
    case 'done':
      return [
        ...answerBuffers(reply.answer),
        ...rowBuffers(reply.given ?? []),
        ...digestBuffers(reply.folded?.folded.kept),
      ];
    case 'part':
      return reply.part.segments.flatMap(({ bytes }) => ownBuffer(bytes));
    default:
      return [];
  }
}

/** The memory of an answer's columns, to be given away with it: a digest of a million rows is not copied then. */
export function answerBuffers(answer: Answer | undefined): ArrayBuffer[] {
  return answer?.kind === 'digest' ? digestBuffers(answer.digest) : [];
}

/** The same of a digest. */
function digestBuffers(digest: Digest | undefined): ArrayBuffer[] {
  if (!digest) {
    return [];
  }
  const columns = [
    digest.bucketStartSec,
    digest.flows,
    digest.minStartSec,
    digest.maxEndSec,
    ...digest.sums.map(({ values }) => values),
    ...digest.keys.flatMap((key): { readonly buffer: ArrayBufferLike }[] => {
      switch (key.kind) {
        case 'text':
          return [key.codes];
        case 'address':
          return [key.families, key.words, key.v6];
        default:
          return [key.values];
      }
    }),
  ];
  const buffers = columns.map((column) => column?.buffer);
  return [...new Set(buffers.filter((buffer) => buffer instanceof ArrayBuffer))];
}

/** The memory of rows and of what goes with them. */
export function rowBuffers(given: readonly (KernelRows | undefined)[]): ArrayBuffer[] {
  return given.flatMap((own) => {
    const values = own?.values.flatMap((one) => (one ? [one.numbers, 'v6' in one ? one.v6 : []].flat() : [])) ?? [];
    return own ? [own.rows, ...values].flatMap(ownBuffer) : [];
  });
}

/** The memory that these bytes fill alone: only that can be given away, anything else is copied. */
export function ownBuffer({ buffer, byteLength }: Uint8Array | Uint32Array): readonly ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && byteLength === buffer.byteLength ? [buffer] : [];
}
