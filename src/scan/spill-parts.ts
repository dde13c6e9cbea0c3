/**
 * Rows of a digest as bytes that can be put aside, in pieces that can be had one by one and that tell when they are damaged.
 */
import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import type { Digest, Tallies } from '../digest/digest';
import { NO_TALLIES } from '../digest/digest';
import type { LoggedEnds } from '../digest/logged-ends';
import { takeRows } from '../digest/take-rows';
import { FlowError } from '../errors';

/** A piece of a part: the rows of one partition. */
export interface SpillSegment extends SegmentBytes {
  readonly partition: number;
  readonly rowCount: number;
}

/** Rows that a thread gives away because it has too many. */
export interface SpillPart {
  readonly segments: readonly SpillSegment[];
  /** A few of the rows. */
  readonly sample: Digest;
}

/** A segment by itself. */
export interface SegmentBytes {
  readonly bytes: Uint8Array;
  readonly hash: string;
}

/** Takes a part away; resolves to its number, when it has been put aside. Never rejects. */
export type HandOver = (part: SpillPart) => Promise<number>;

/** What a session has given away and counts: the parts, and what is said of all of their rows together. */
export interface Spilled {
  readonly parts: readonly number[];
  readonly tallies: Tallies;
  readonly ends: LoggedEnds;
}

/** Rows in the sample of a part. */
const SAMPLE_ROWS = 100;

/** The rows of a digest, without tallies and ends, as a part of one segment per partition that has rows. */
export function encodePart(digest: Digest, partitions: readonly Uint32Array[]): SpillPart {
  const bare = { ...digest, ends: undefined, notes: undefined, tallies: NO_TALLIES };
  const segments: SpillSegment[] = [];
  partitions.forEach((rows, partition) => {
    if (rows.length > 0) {
      const bytes = serialize(takeRows(bare, rows));
      segments.push({ partition, bytes, rowCount: rows.length, hash: hashOf(bytes) });
    }
  });
  const step = Math.max(1, Math.ceil(digest.rowCount / SAMPLE_ROWS));
  const sampled = Uint32Array.from({ length: Math.ceil(digest.rowCount / step) }, (_row, i) => i * step);
  return { segments, sample: takeRows(bare, sampled) };
}

/** The rows of a segment. Throws `internal` if the bytes are not those that were put aside. */
export function decodeSegment({ bytes, hash }: SegmentBytes): Digest {
  if (hashOf(bytes) !== hash) {
    throw new FlowError('internal', 'cannot add up the groups: a temporary file is damaged');
  }
  return deserialize(bytes) as Digest;
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
