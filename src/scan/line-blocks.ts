/**
 * Cuts a stream of text chunks into blocks of whole lines, so that a parser never sees half a line.
 */
import { FlowError } from '../errors';

/** A record of all 54 fields has about 1 KiB; a line of this length is no record, and no text. */
const MAX_LINE_BYTES = 1 << 20;

/**
 * Blocks that end in a line feed; the last one may lack it. Throws `corrupt-object` for a line longer than 1 MiB.
 * A block is only valid until the next one is asked for.
 */
export async function* splitLineBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let tail = new Uint8Array(0);
  for await (const chunk of chunks) {
    const whole = chunk.lastIndexOf(10) + 1;
    if (whole === 0) {
      tail = join(tail, chunk);
    } else {
      yield join(tail, chunk.subarray(0, whole));
      tail = chunk.slice(whole);
    }
    if (tail.length > MAX_LINE_BYTES) {
      throw new FlowError('corrupt-object', `not a flow log: a line is longer than ${MAX_LINE_BYTES} bytes`);
    }
  }
  if (tail.length > 0) {
    yield tail;
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
