/**
 * From an object's stored bytes to its text: gzip (all members, checked to the last) or plain, told apart by the first
 * bytes, never by the name. Both forms refuse to inflate more than they are told to.
 */
import { Readable } from 'node:stream';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { FlowError } from '../errors';

/** Text larger than this is not inflated in one piece. */
export const MAX_WHOLE_TEXT_BYTES = 64 * 2 ** 20;

/** True if the bytes begin as a gzip member does (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The text of a whole object, or `undefined` if it is more than `maxBytes` (then `inflateChunks` is for it).
 * Throws `corrupt-object` if the gzip data is damaged or cut short.
 */
export function inflateWhole(bytes: Uint8Array, maxBytes: number = MAX_WHOLE_TEXT_BYTES): Uint8Array | undefined {
  if (!isGzip(bytes)) {
    return bytes.length > maxBytes ? undefined : bytes;
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: guessTextBytes(bytes, maxBytes) });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      return undefined;
    }
    throw corruptGzip(thrown);
  }
}

/** Inflates objects one after the other; one serves a thread. */
export interface Inflater {
  /** As `inflateWhole`; the text is valid until the next call, and must not be given away. */
  inflate(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined;
  /** As `freeBytes`, for a text that is no longer needed. */
  free(text: Uint8Array): void;
}

/** What lies beneath the `zlib` streams of Node and Bun, as far as it is used. */
interface ZlibStream {
  readonly _handle: {
    onerror: () => void;
    reset(): void;
    writeSync(
      flush: number,
      ...bytes: [Uint8Array, at: number, length: number, Uint8Array, at: number, length: number]
    ): void;
  };
  /** What is left of the room and of the bytes after a write. */
  readonly _writeState: Uint32Array;
}

/** A larger text gets memory of its own. */
const MAX_ROOM_BYTES = 8 * 2 ** 20;

/**
 * An inflater that keeps its state and the room for texts: to make them for each object, as `gunzipSync` does, takes two
 * thirds as long as inflating a small one. Runtimes have no documented way to keep them, so that whatever is not as expected
 * of the runtime or an object is left to `inflateWhole`.
 */
export function createInflater(): Inflater {
  let stream: ZlibStream | undefined;
  let room = new Uint8Array(0);
  let hasFailed = false;

  function openStream(): ZlibStream {
    const opened = createGunzip() as unknown as ZlibStream;
    opened._handle.onerror = () => (hasFailed = true);
    return opened;
  }

  /** The text, if it is all of the object's and as long as the trailer says. */
  function inflateIntoRoom(bytes: Uint8Array, textBytes: number): Uint8Array | undefined {
    try {
      const { _handle: handle, _writeState: left } = (stream ??= openStream());
      if (textBytes >= room.length) {
        // One more byte shows that there is no more text.
        room = new Uint8Array(Math.max(MIN_ROOM_BYTES, Math.ceil(textBytes * 1.25) + 1));
      }
      hasFailed = false;
      // What the write leaves as it is was not told by it.
      left[1] = 1;
      handle.reset();
      handle.writeSync(constants.Z_FINISH, bytes, 0, bytes.length, room, 0, room.length);
      const [roomLeft, bytesLeft] = left;
      const isWhole = !hasFailed && bytesLeft === 0 && textBytes === room.length - roomLeft!;
      return isWhole ? room.subarray(0, textBytes) : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    inflate(bytes, maxBytes) {
      const said = saidTextBytes(bytes);
      const isUsual = isGzip(bytes) && said < Math.min(bytes.length * MAX_EXPANSION, maxBytes, MAX_ROOM_BYTES);
      return (isUsual ? inflateIntoRoom(bytes, said) : undefined) ?? inflateWhole(bytes, maxBytes);
    },
    free(text) {
      if (text.buffer !== room.buffer) {
        freeBytes(text);
      }
    },
  };
}

/**
 * Gives the memory of bytes back at once; they must be nobody else's. Left to the garbage collector, the text of many
 * objects piles up, and memory for the next one is asked of the system again. Does nothing where the runtime cannot, or
 * where they may be part of a pool.
 */
export function freeBytes({ buffer }: Uint8Array): void {
  if (buffer.byteLength > Buffer.poolSize) {
    (buffer as ArrayBufferLike & { transfer?: (length: number) => ArrayBuffer }).transfer?.(0);
  }
}

/** Header and trailer of a member. */
const MIN_GZIP_BYTES = 18;
/** Room to begin with where the trailer says nothing to be believed. */
const MIN_ROOM_BYTES = 64 * 1024;
/** Flow logs are four to ten times their stored size as text; a trailer that says more is not believed. */
const MAX_EXPANSION = 32;

/**
 * Room for the text, so that it is inflated into one piece: growing piece by piece takes half as long again. The trailer's
 * length is that of the last member, modulo 2³², and may be a lie; a wrong guess costs time or some memory and nothing else.
 */
function guessTextBytes(bytes: Uint8Array, maxBytes: number): number {
  // One more byte, or a second, empty piece is made to see that there is no more.
  return Math.max(MIN_ROOM_BYTES, Math.min(saidTextBytes(bytes) + 1, bytes.length * MAX_EXPANSION, maxBytes));
}

/** The length of the last member's text, modulo 2³², as the trailer has it. */
function saidTextBytes(bytes: Uint8Array): number {
  const at = bytes.length - 4;
  return bytes.length < MIN_GZIP_BYTES
    ? 0
    : bytes[at]! + (bytes[at + 1]! << 8) + (bytes[at + 2]! << 16) + bytes[at + 3]! * 2 ** 24;
}

/**
 * The text of an object that comes in chunks, in chunks. Throws `corrupt-object` as `inflateWhole` does, `over-limit`
 * once the text is more than `maxBytes`, and whatever `chunks` throws.
 */
export async function* inflateChunks(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { first, all } = await peekChunks(chunks, 2);
  let textBytes = 0;
  for await (const text of isGzip(first) ? gunzipChunks(all) : all) {
    textBytes += text.length;
    if (textBytes > maxBytes) {
      throw new FlowError('over-limit', `cannot read the object: its text is more than ${maxBytes} bytes`, {
        fields: { limit: 'maxObjectTextBytes', value: maxBytes },
      });
    }
    yield text;
  }
}

/** The first bytes of what comes in chunks, `count` of them or more unless there are fewer; and all of it, to be read once. */
export async function peekChunks(
  chunks: AsyncIterable<Uint8Array>,
  count: number,
): Promise<{ readonly first: Uint8Array; readonly all: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let first = new Uint8Array(0);
  let done = false;
  while (first.length < count && !done) {
    const next = await iterator.next();
    if (next.done) {
      done = true;
    } else {
      first = first.length === 0 ? new Uint8Array(next.value) : new Uint8Array(Buffer.concat([first, next.value]));
    }
  }
  // Restores what was looked at; ends the source when the reader leaves early.
  async function* restored(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield first;
      while (!done) {
        const next = await iterator.next();
        if (next.done) {
          return;
        }
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { first, all: restored() };
}

async function* gunzipChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const source = Readable.from(chunks, { objectMode: false });
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  // `pipe` does not hand on the source's errors.
  let sourceError: unknown;
  source.on('error', (error) => {
    sourceError = error;
    gunzip.destroy(error);
  });
  try {
    for await (const text of source.pipe(gunzip)) {
      yield text as Uint8Array;
    }
  } catch (thrown) {
    throw sourceError ?? corruptGzip(thrown);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

function corruptGzip(thrown: unknown): FlowError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new FlowError('corrupt-object', `cannot inflate the object: ${reason}`, { cause: thrown });
}
