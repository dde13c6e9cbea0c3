/**
 * From an object's stored bytes to its text: gzip (all members, checked to the last) or plain, told apart by the first
 * bytes, never by the name. Both forms refuse to inflate more than they are told to.
 */
import { Readable } from 'node:stream';
import { crc32, createGunzip, gunzipSync } from 'node:zlib';
import { FlowError } from '../errors';
import { startInflater } from './inflater-module';
import type { InflaterModule } from './inflater-module';

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

/** A larger object or text gets memory of its own. */
const MAX_ROOM_BYTES = 8 * 2 ** 20;
/** Memory grows by so much, or more. */
const MIN_GROWTH_BYTES = 2 ** 20;
const PAGE_BYTES = 64 * 1024;

/**
 * An inflater that keeps its memory: WebAssembly (`inflater/`), which takes five sixths of the time of Bun's zlib and seven
 * tenths of Node's. It reads what is one member and as long as its trailer says; all else, and every object where there is no
 * SIMD, is left to `inflateWhole`.
 */
export function createInflater(): Inflater {
  let module: InflaterModule | undefined;
  let memory = new Uint8Array(0);

  /** The text, if it is all of the object's, as long as the trailer says, and has the trailer's check sum. */
  function inflateInMemory(bytes: Uint8Array, bodyAt: number, textBytes: number): Uint8Array | undefined {
    const found = reserve(bytes.length, textBytes);
    if (!found) {
      return undefined;
    }
    const { inflate, room } = found;
    const end = room.value + bytes.length - TRAILER_BYTES;
    const text = textAt(found, bytes.length);
    memory.set(bytes, room.value);
    if (inflate(room.value + bodyAt, end, text, textBytes) === 0) {
      return undefined;
    }
    const inflated = memory.subarray(text, text + textBytes);
    return crc32(inflated) === readUint32(bytes, bytes.length - TRAILER_BYTES) ? inflated : undefined;
  }

  /** A module with room for an object and its text; `undefined` where there is none. */
  function reserve(storedBytes: number, textBytes: number): InflaterModule | undefined {
    try {
      module ??= startInflater();
      if (module) {
        const missing =
          textAt(module, storedBytes) + textBytes + module.PADDING.value - module.memory.buffer.byteLength;
        if (missing > 0) {
          module.memory.grow(Math.ceil(Math.max(missing, MIN_GROWTH_BYTES) / PAGE_BYTES));
        }
        if (memory.buffer !== module.memory.buffer) {
          memory = new Uint8Array(module.memory.buffer);
        }
      }
      return module;
    } catch {
      // The system has no more memory to give.
      return undefined;
    }
  }

  /** Where the text of an object of so many bytes stands. */
  function textAt({ room, PADDING }: InflaterModule, storedBytes: number): number {
    return room.value + storedBytes + PADDING.value;
  }

  return {
    inflate(bytes, maxBytes) {
      const bodyAt = findBody(bytes);
      const said = saidTextBytes(bytes);
      const isUsual =
        bodyAt >= 0 &&
        bytes.length <= MAX_ROOM_BYTES &&
        said <= Math.min(bytes.length * MAX_EXPANSION, maxBytes, MAX_ROOM_BYTES);
      return (isUsual ? inflateInMemory(bytes, bodyAt, said) : undefined) ?? inflateWhole(bytes, maxBytes);
    },
    free(text) {
      if (text.buffer !== memory.buffer) {
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

/** Of a member: its header without anything optional, the check sum and the length of the text. */
const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
/** What a header may say for `findBody`. */
const DEFLATE = 8;
const NO_FLAGS = 0;
const HAS_NAME = 8;
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
  return bytes.length < HEADER_BYTES + TRAILER_BYTES ? 0 : readUint32(bytes, bytes.length - 4);
}

function readUint32(bytes: Uint8Array, at: number): number {
  return bytes[at]! + (bytes[at + 1]! << 8) + (bytes[at + 2]! << 16) + bytes[at + 3]! * 2 ** 24;
}

/** Where the deflated data of the first member begins; −1 if there is none, or if its header has more than a name. */
function findBody(bytes: Uint8Array): number {
  const flags = bytes[3];
  if (!isGzip(bytes) || bytes[2] !== DEFLATE || bytes.length < HEADER_BYTES + TRAILER_BYTES) {
    return -1;
  }
  if (flags === NO_FLAGS) {
    return HEADER_BYTES;
  }
  const nameEnd = flags === HAS_NAME ? bytes.indexOf(0, HEADER_BYTES) : -1;
  return nameEnd < 0 || nameEnd >= bytes.length - TRAILER_BYTES ? -1 : nameEnd + 1;
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
