/**
 * Parts of scans that were put aside: in a temporary file, or, once that cannot be written, in memory, so that nothing which
 * was read is lost. Whoever fills it is told then, and ends the scan.
 */
import type { Digest } from '../digest/digest';
import { tooManyKeys } from '../digest/row-table';
import { FlowError } from '../errors';
import type { HandOver, SegmentBytes, SpillSegment } from './spill-parts';
import { openTempFile, type TempFile } from './temp-file';

export interface PutAside {
  readonly handOver: HandOver;
  /** Bytes put aside. */
  bytes(): number;
  /** How many rows those parts have in each partition. */
  countRows(parts: readonly number[]): ReadonlyMap<number, number>;
  /** The segments of a partition that those parts have. Rejects with `internal` if they cannot be read. */
  read(parts: readonly number[], partition: number): Promise<readonly SegmentBytes[]>;
  /** Throws `over-limit` if a part of all is in memory because the file is full: what comes would be too much for memory. */
  assertRoom(): void;
  /** A few rows of each of those parts. */
  samples(parts: readonly number[]): readonly Digest[];
  /** Gives all room back. */
  close(): Promise<void>;
}

export interface PutAsideOptions {
  /** For the file. */
  readonly folder: string;
  /** Of all parts. */
  readonly maxBytes: number;
  /** What memory may hold, for the error. */
  readonly maxKeys: number;
  /** The file cannot be written: an `over-limit` of `maxKeys` that says why. */
  readonly onFull: (error: FlowError) => void;
}

/** A part without its bytes: a segment is where it is in the file, or still has them. */
interface Kept {
  readonly segments: readonly (Omit<SpillSegment, 'bytes'> & { readonly place: Place })[];
  readonly sample: Digest;
}
type Place = Uint8Array | { readonly at: number; readonly length: number };

/** Nothing is there yet, and no file. */
export function createPutAside({ folder, maxBytes, maxKeys, onFull }: PutAsideOptions): PutAside {
  const kept: Kept[] = [];
  let file: Promise<TempFile> | undefined;
  let bytes = 0;
  let fileBytes = 0;
  let full: FlowError | undefined;

  async function write(segment: Uint8Array): Promise<Place> {
    if (full) {
      return segment;
    }
    try {
      if (bytes > maxBytes) {
        throw new Error(`more than ${maxBytes} bytes of it are not taken`);
      }
      file ??= openTempFile(folder);
      const at = await (await file).append(segment);
      fileBytes += segment.length;
      return { at, length: segment.length };
    } catch (thrown) {
      full ??= cannotWrite(maxKeys, folder, thrown);
      onFull(full);
      return segment;
    }
  }

  async function readBytes(place: Place): Promise<Uint8Array> {
    if (ArrayBuffer.isView(place)) {
      return place;
    }
    try {
      return await (await file!).read(place.at, place.length);
    } catch (thrown) {
      throw new FlowError('internal', `cannot read a temporary file: ${FlowError.from(thrown).message}`, {
        cause: thrown,
      });
    }
  }

  return {
    async handOver({ segments, sample }) {
      const placed: Kept['segments'][number][] = [];
      for (const { bytes: own, ...segment } of segments) {
        bytes += own.length;
        placed.push({ ...segment, place: await write(own) });
      }
      return kept.push({ segments: placed, sample }) - 1;
    },
    bytes: () => bytes,
    countRows(parts) {
      const counts = new Map<number, number>();
      for (const { partition, rowCount } of parts.flatMap((part) => kept[part]!.segments)) {
        counts.set(partition, (counts.get(partition) ?? 0) + rowCount);
      }
      return counts;
    },
    read: (parts, partition) =>
      Promise.all(
        parts
          .flatMap((part) => kept[part]!.segments)
          .filter((segment) => segment.partition === partition)
          .map(async ({ place, hash }) => ({ bytes: await readBytes(place), hash })),
      ),
    assertRoom() {
      if (full && fileBytes > 0) {
        throw full;
      }
    },
    samples: (parts) => parts.map((part) => kept[part]!.sample),
    async close() {
      await (await file?.catch(() => undefined))?.close();
    },
  };
}

function cannotWrite(maxKeys: number, folder: string, thrown: unknown): FlowError {
  const { message, fields } = tooManyKeys(maxKeys);
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const text = `${message} (or make room for a temporary file in ${folder}: ${why})`;
  return new FlowError('over-limit', text, { fields, cause: thrown });
}
