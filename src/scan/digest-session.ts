/**
 * Digesting the objects of one scan in one thread. An object counts as a whole or not at all: what is inflated in one
 * piece is checked before its first line is read; what comes in chunks gets a digester of its own, whose answer is merged
 * when the object has ended well.
 */
import { createDigester } from '../digest/digester';
import type { Answer, FinishOptions } from '../digest/digester';
import type { ObjectFacts } from '../digest/read-objects';
import type { Plan } from '../digest/plan';
import { tooManyKeys } from '../digest/row-table';
import { MAX_WHOLE_TEXT_BYTES, inflateChunks, inflateWhole } from './inflate';
import { splitLineBlocks } from './line-blocks';

export interface SessionLimits {
  /** Text bytes of one object. */
  readonly maxObjectTextBytes: number;
}

export interface DigestSession {
  /** Counts an object whose stored bytes are all here. */
  addWhole(object: ObjectFacts, bytes: Uint8Array): Promise<void>;
  /** Counts an object whose stored bytes come in chunks. */
  addChunks(object: ObjectFacts, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Adds the answer of another session, whatever the limit of keys; it must not be used afterwards. */
  absorb(answer: Answer): void;
  /** The answer over all objects that counted. The session must not be used afterwards. */
  finish(options?: FinishOptions): Answer;
}

/** A session without any object. Its methods reject with `corrupt-object` or `over-limit`. */
export function createDigestSession(plan: Plan, { maxObjectTextBytes }: SessionLimits): DigestSession {
  const digester = createDigester(plan);

  async function addChunks(object: ObjectFacts, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const own = createDigester(plan);
    own.begin(object);
    let storedBytes = 0;
    let textBytes = 0;
    const counted = countChunks(chunks, (bytes) => (storedBytes += bytes));
    for await (const block of splitLineBlocks(inflateChunks(counted, maxObjectTextBytes))) {
      textBytes += block.length;
      own.addBlock(block);
    }
    own.end({ storedBytes, textBytes });
    digester.absorb(own.finish({ sorted: false }));
    if (plan.kind === 'digest' && digester.countRows() > plan.maxKeys) {
      throw tooManyKeys(plan.maxKeys);
    }
  }

  return {
    async addWhole(object, bytes) {
      const text = inflateWhole(bytes, Math.min(maxObjectTextBytes, MAX_WHOLE_TEXT_BYTES));
      if (text === undefined) {
        await addChunks(object, oneChunk(bytes));
        return;
      }
      digester.begin(object);
      digester.addBlock(text);
      digester.end({ storedBytes: bytes.length, textBytes: text.length });
    },
    addChunks,
    absorb: digester.absorb,
    finish: digester.finish,
  };
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function* countChunks(
  chunks: AsyncIterable<Uint8Array>,
  report: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    report(chunk.length);
    yield chunk;
  }
}
