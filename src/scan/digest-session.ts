/**
 * Digesting the objects of one scan in one thread. An object counts as a whole or not at all: what is inflated in one
 * piece is checked before its first line is read; what comes in chunks gets a digester of its own, whose answer is merged
 * when the object has ended well.
 */
import type { Digest } from '../digest/digest';
import { createDigester } from '../digest/digester';
import type { Answer, Digester, FinishOptions } from '../digest/digester';
import type { ObjectFacts } from '../digest/read-objects';
import type { Plan } from '../digest/plan';
import { tooManyKeys } from '../digest/row-table';
import { shareDigest } from '../digest/share-digest';
import { FlowError } from '../errors';
import { digestWithin, type ObjectDigest } from './digest-cache';
import { MAX_WHOLE_TEXT_BYTES, inflateChunks, inflateWhole } from './inflate';
import { splitLineBlocks } from './line-blocks';

export interface SessionLimits {
  /** Text bytes of one object. */
  readonly maxObjectTextBytes: number;
}

export interface DigestSession {
  /** Counts an object whose stored bytes are all here. */
  addWhole(object: ObjectFacts, bytes: Uint8Array): Promise<void>;
  /**
   * Digests an object by itself, whatever the time range. Where that digest tells nothing of the range (`digestWithin`) the
   * object is counted here; otherwise whoever gets the digest counts it. `undefined` if it is too large for that and was
   * counted here.
   */
  addAlone(object: ObjectFacts, bytes: Uint8Array): Promise<ObjectDigest | undefined>;
  /** Counts an object whose stored bytes come in chunks. */
  addChunks(object: ObjectFacts, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Counts digests of objects that lie within the time range; they stay whole. */
  addDigests(digests: readonly Digest[]): void;
  /** True if there are more keys than the plan allows; nothing is to be added then. */
  isFull(): boolean;
  /** Adds another answer to the plan, whatever the limit of keys. */
  absorb(answer: Answer): void;
  /** The answer over all objects that counted. The session must not be used afterwards. */
  finish(options?: FinishOptions): Answer;
}

/** A session without any object. Its methods reject with `corrupt-object` or `over-limit`. */
export function createDigestSession(plan: Plan, { maxObjectTextBytes }: SessionLimits): DigestSession {
  const digester = createDigester(plan);
  /** Digests objects one by one, whatever the time range. */
  let alone: Digester | undefined;

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
    assertKeys();
  }

  const isFull = (): boolean => plan.kind === 'digest' && digester.countRows() > plan.maxKeys;

  function assertKeys(): void {
    if (plan.kind === 'digest' && isFull()) {
      throw tooManyKeys(plan.maxKeys);
    }
  }

  const inflate = (bytes: Uint8Array): Uint8Array | undefined =>
    inflateWhole(bytes, Math.min(maxObjectTextBytes, MAX_WHOLE_TEXT_BYTES));

  return {
    async addWhole(object, bytes) {
      const text = inflate(bytes);
      if (text === undefined) {
        await addChunks(object, oneChunk(bytes));
        return;
      }
      readText(digester, object, text, bytes.length);
    },
    async addAlone(object, bytes) {
      const text = inflate(bytes);
      if (text === undefined) {
        await addChunks(object, oneChunk(bytes));
        return undefined;
      }
      alone ??= createDigester({ ...plan, range: undefined });
      try {
        readText(alone, object, text, bytes.length);
      } catch (thrown) {
        alone.take({ sorted: false });
        if (FlowError.from(thrown).code !== 'over-limit') {
          throw thrown;
        }
        // Within the range there may be fewer keys.
        readText(digester, object, text, bytes.length);
        return undefined;
      }
      const span = alone.span();
      const answer = alone.take({ sorted: false });
      if (answer.kind !== 'digest') {
        throw new Error('BUG: only digests are kept');
      }
      const own = { digest: shareDigest(answer.digest), span };
      if (!digestWithin(own, plan.range)) {
        readText(digester, object, text, bytes.length);
      }
      return own;
    },
    addChunks,
    addDigests(digests) {
      digests.forEach((digest) => digester.absorb({ kind: 'digest', digest }));
      assertKeys();
    },
    isFull,
    absorb: digester.absorb,
    finish: digester.finish,
  };
}

/** Reads the whole text of an object. */
function readText(into: Digester, object: ObjectFacts, text: Uint8Array, storedBytes: number): void {
  into.begin(object);
  into.addBlock(text);
  into.end({ storedBytes, textBytes: text.length });
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
