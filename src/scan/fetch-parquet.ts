/**
 * Fetches of a Parquet object only what a plan reads: its footer, then the columns of those row groups that may matter.
 */
import type { Plan } from '../digest/plan';
import { FlowError } from '../errors';
import { footerLength } from '../parquet/footer';
import { planReading } from '../parquet/parquet-reading';
import type { ByteRange } from '../parquet/parquet-reading';
import type { ObjectStore, StoredObject } from '../store/store';
import type { SelectedObject } from './select-objects';
import type { Excerpt } from './unpack-parquet';

/** Objects up to this size are fetched as they are: a second request takes longer than the bytes. */
const MAX_SIMPLE_BYTES = 2 ** 20;
/** The footer of some row groups of all fields. */
const FIRST_BYTES = 64 * 1024;

/** The part of an object that a plan reads. */
export interface ParquetFetch {
  readonly excerpt: Excerpt;
  /** Of all chunks together. */
  readonly excerptBytes: number;
  /** What the reading names, in that order. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** True if an object is fetched in parts: one of that name and of some size. */
export function isFetchedInParts({ key, sizeBytes }: Pick<StoredObject, 'key' | 'sizeBytes'>): boolean {
  return sizeBytes > MAX_SIMPLE_BYTES && /\.parquet$/i.test(key);
}

/**
 * Reads the footer and says what else is to be fetched, which happens as the chunks are asked for. Without a range of
 * times in the plan all row groups are. Throws `corrupt-object`, `over-limit` for more than `maxTextBytes` of text, and what
 * the store does.
 */
export async function fetchParquet(
  object: SelectedObject,
  plan: Plan,
  { signal, maxTextBytes }: { readonly signal: AbortSignal; readonly maxTextBytes: number },
): Promise<ParquetFetch> {
  const { store } = object.source;
  const footer = await readParquetFooter(store, object, signal);
  const reading = planReading(footer, object.sizeBytes, plan, { maxTextBytes });
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for (const { ranges } of reading.groups) {
      for (const range of ranges) {
        yield* readRange(store, object, range, signal);
      }
    }
  }
  return {
    excerpt: { footerBytes: footer.length, reading },
    excerptBytes: reading.rangeBytes,
    chunks: chunks(),
  };
}

/** What is needed of an object to read parts of it. */
type Parted = Pick<StoredObject, 'key' | 'etag' | 'sizeBytes'>;

/** The footer of an object, which is read from its end. Throws `corrupt-object`, and what the store does. */
export async function readParquetFooter(store: ObjectStore, object: Parted, signal?: AbortSignal): Promise<Uint8Array> {
  const { sizeBytes } = object;
  const tail = await readBytes(store, object, { start: Math.max(0, sizeBytes - FIRST_BYTES), end: sizeBytes }, signal);
  const footerBytes = footerLength(tail, sizeBytes);
  if (footerBytes <= tail.length) {
    return tail.subarray(tail.length - footerBytes);
  }
  const rest = { start: sizeBytes - footerBytes, end: sizeBytes - tail.length };
  return Buffer.concat([await readBytes(store, object, rest, signal), tail]);
}

async function readBytes(
  store: ObjectStore,
  object: Parted,
  range: ByteRange,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of readRange(store, object, range, signal)) {
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

async function* readRange(
  store: ObjectStore,
  { key, etag }: Parted,
  { start, end }: ByteRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = end - start;
  for await (const chunk of store.read(key, { signal, etag, range: { start, end } })) {
    left -= chunk.length;
    yield chunk;
  }
  if (left !== 0) {
    throw new FlowError('unavailable', `cannot read ${key}: got ${end - start - left} of ${end - start} bytes`, {
      fields: { key },
    });
  }
}
