/**
 * Objects in a given order, fetched before it is their turn: within a number of them and a budget of bytes.
 */
import { isFetchedInParts } from './fetch-parquet';
import { MAX_PIECE_BYTES, MAX_WHOLE_BYTES, holdChunks, readWhole } from './read-object';
import type { HeldChunks } from './read-object';
import type { SelectedObject } from './select-objects';

/** An object whose turn it is. */
export interface Fetched {
  readonly object: SelectedObject;
  /** What has been fetched of it; `undefined` if it is to be read by whoever takes it. */
  readonly held: Promise<HeldChunks> | undefined;
}

export interface AheadOptions {
  readonly signal: AbortSignal;
  /** Objects fetched at a time. */
  readonly concurrency: number;
  /** Stored bytes fetched ahead; one object may be larger. */
  readonly prefetchBytes: number;
}

/** The objects in their order; while one is being used, the next ones are fetched. */
export function* fetchAhead(
  objects: readonly SelectedObject[],
  { signal, concurrency, prefetchBytes }: AheadOptions,
): Generator<Fetched, void, undefined> {
  const waiting: Fetched[] = [];
  let waitingBytes = 0;
  let next = 0;
  for (;;) {
    while (next < objects.length) {
      const object = objects[next]!;
      const isFull = waiting.length >= concurrency || waitingBytes + costOf(object) > prefetchBytes;
      if (waiting.length > 0 && isFull) {
        break;
      }
      waiting.push({ object, held: startFetch(object, signal) });
      waitingBytes += costOf(object);
      next++;
    }
    const first = waiting.shift();
    if (!first) {
      return;
    }
    yield first;
    waitingBytes -= costOf(first.object);
  }
}

/** The stored bytes of an object. */
export function readObjectChunks(
  { source, key, sizeBytes, etag }: SelectedObject,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  return source.store.read(key, { signal, etag, sizeBytes });
}

/** Of a piece nobody knows how large it is; most are small. */
function costOf({ sizeBytes }: SelectedObject): number {
  return Math.max(0, sizeBytes);
}

function startFetch(object: SelectedObject, signal: AbortSignal): Promise<HeldChunks> | undefined {
  const { source, key, sizeBytes } = object;
  const held = source.pieces
    ? holdChunks(readObjectChunks(object, signal), MAX_PIECE_BYTES)
    : sizeBytes >= 0 && sizeBytes <= MAX_WHOLE_BYTES && !isFetchedInParts(object)
      ? readWhole(readObjectChunks(object, signal), key, sizeBytes).then((whole) => ({ whole, all: oneChunk(whole) }))
      : undefined;
  // Its failure is told when it is the object's turn, which may never come.
  held?.catch(() => undefined);
  return held;
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
