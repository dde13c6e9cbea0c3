/**
 * Fetches one object and has it digested: as a whole, in chunks, or the part of a Parquet file that the plan reads.
 */
import type { Plan } from '../digest/plan';
import { FlowError, assertNotAborted } from '../errors';
import type { ObjectDigest } from './digest-cache';
import type { SessionObject } from './digest-session';
import { fetchParquet, isFetchedInParts } from './fetch-parquet';
import type { SelectedObject } from './select-objects';
import { MAX_SMALL_BYTES, type FileToRead } from './small-objects';
import type { ScanSession } from './worker-pool';

/** Objects up to this size are read as a whole before they are digested; larger ones flow through in chunks. */
export const MAX_WHOLE_BYTES = 8 * 2 ** 20;
/** The same for a piece of a source without objects. */
export const MAX_PIECE_BYTES = 8 * 2 ** 20;

export interface ReadingOptions {
  readonly plan: Plan;
  readonly signal: AbortSignal;
  readonly maxTextBytes: number;
  /** The object is to be digested by itself, whatever the time range. */
  readonly isAlone: boolean;
}

/** Reads an object and counts it, or, if it is to be digested alone, gives its own digest where there is one. */
export async function readObject(
  object: SelectedObject,
  session: ScanSession,
  { plan, signal, maxTextBytes, isAlone }: ReadingOptions,
): Promise<ObjectDigest | undefined> {
  const { source, key, sizeBytes, etag } = object;
  const facts = factsOf(object);
  const add = (own: SessionObject, bytes: Uint8Array): Promise<ObjectDigest | undefined> =>
    isAlone ? session.addAlone(own, bytes) : session.addWhole(own, bytes).then(() => undefined);
  if (isFetchedInParts(object)) {
    // For a digest of its own all row groups are read; where that is too much, those of the range.
    const always = isAlone && (await fetchParquet(object, { ...plan, range: undefined }, { signal, maxTextBytes }));
    if (always && always.excerptBytes <= MAX_WHOLE_BYTES) {
      const bytes = await readWhole(always.chunks, key, always.excerptBytes);
      return add({ ...facts, excerpt: always.excerpt }, bytes);
    }
    const { excerpt, excerptBytes, chunks } = await fetchParquet(object, plan, { signal, maxTextBytes });
    const own = { ...facts, excerpt };
    await (excerptBytes <= MAX_WHOLE_BYTES
      ? session.addWhole(own, await readWhole(chunks, key, excerptBytes))
      : session.addChunks(own, chunks));
    return undefined;
  }
  if (source.store.readAtOnce && sizeBytes > 0 && sizeBytes <= MAX_SMALL_BYTES) {
    const bytes = await source.store.readAtOnce(key, { signal, etag, sizeBytes });
    if (bytes) {
      return add(facts, bytes);
    }
    assertNotAborted(signal);
  }
  const chunks = source.store.read(key, { signal, etag, sizeBytes });
  if (source.pieces) {
    // They come slowly: a thread is not taken before there is all of a piece, or much of it.
    const { whole, all } = await holdChunks(chunks, MAX_PIECE_BYTES);
    await (whole ? session.addWhole(facts, whole) : session.addChunks(facts, all));
    return undefined;
  }
  if (sizeBytes < 0 || sizeBytes > MAX_WHOLE_BYTES) {
    await session.addChunks(facts, chunks);
    return undefined;
  }
  return add(facts, await readWhole(chunks, key, sizeBytes));
}

/** An object as a file that a thread can read, if it is one of up to so many bytes. */
export function fileToRead(object: SelectedObject, maxBytes: number): FileToRead | undefined {
  const { source, key, sizeBytes, etag } = object;
  const isWhole = sizeBytes >= 0 && sizeBytes <= maxBytes && !isFetchedInParts(object);
  const path = isWhole ? source.store.pathOf?.(key) : undefined;
  return path === undefined ? undefined : { path, sizeBytes, etag, object: factsOf(object) };
}

function factsOf({ parsed, source: { columns }, region }: SelectedObject): SessionObject {
  return { stampSec: parsed?.stampSec, flowLogId: parsed?.flowLogId, columns, region: parsed?.region ?? region };
}

/** All chunks in one piece, which must be of that size. */
export async function readWhole(
  chunks: AsyncIterable<Uint8Array>,
  key: string,
  sizeBytes: number,
): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined;
  let length = 0;
  for await (const chunk of chunks) {
    if (length + chunk.length > sizeBytes) {
      throw new FlowError('corrupt-object', `cannot read ${key}: it is larger than the listing said`, {
        fields: { key },
      });
    }
    if (chunk.length === sizeBytes) {
      // Most files come in one piece, which is ours.
      bytes = chunk;
    } else {
      bytes ??= new Uint8Array(sizeBytes);
      bytes.set(chunk, length);
    }
    length += chunk.length;
  }
  if (length < sizeBytes) {
    throw new FlowError('unavailable', `cannot read ${key}: got ${length} of ${sizeBytes} bytes`, { fields: { key } });
  }
  return bytes ?? new Uint8Array(0);
}

/** What comes in chunks, some of which have come. */
export interface HeldChunks {
  /** All bytes, if they are here. */
  readonly whole?: Uint8Array;
  /** To be read once. */
  readonly all: AsyncIterable<Uint8Array>;
}

/** All bytes, if they are not more than `maxBytes`; otherwise all chunks, to be read once. */
export async function holdChunks(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<HeldChunks> {
  const iterator = chunks[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let bytes = 0;
  let isWhole = false;
  while (!isWhole && bytes <= maxBytes) {
    const next = await iterator.next();
    if (next.done) {
      isWhole = true;
    } else {
      held.push(next.value);
      bytes += next.value.length;
    }
  }
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* held.splice(0);
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return isWhole ? { whole: new Uint8Array(Buffer.concat(held)), all: all() } : { all: all() };
}
