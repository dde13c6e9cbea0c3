/**
 * Digesting the objects of one scan in one thread: text, gzip and Parquet, told apart by their first bytes. An object counts
 * as a whole or not at all: what is unpacked in one piece is checked before its first line is read; what comes in chunks
 * gets a digester of its own, whose answer is merged when the object has ended well.
 */
import type { Digest } from '../digest/digest';
import { createDigester } from '../digest/digester';
import type { Answer, Digester, FinishOptions } from '../digest/digester';
import { canUseKernel } from '../digest/create-kernel';
import { extendDigest } from '../digest/extend-digest';
import { addEnds } from '../digest/logged-ends';
import { createRegisters } from '../digest/registers';
import { judgeForSure, settlePartly } from '../digest/settle-partly';
import { shareDigest } from '../digest/share-digest';
import type { ObjectFacts } from '../digest/read-objects';
import type { Plan } from '../digest/plan';
import { tooManyKeys } from '../digest/row-table';
import { FlowError } from '../errors';
import { digestWithin, type ObjectDigest } from './digest-cache';
import { createGivenAway, type Gift, type SpillLimits } from './give-away';
import type { HandOver, Spilled } from './spill-parts';
import { isParquet } from '../parquet/footer';
import { MAX_WHOLE_TEXT_BYTES, createInflater, inflateChunks, peekChunks } from './inflate';
import { splitLineBlocks } from './line-blocks';
import { loadParquet } from './load-parquet';
import type * as ParquetReader from './unpack-parquet';
import type { Excerpt, UnpackedParquet } from './unpack-parquet';

export interface SessionLimits {
  /** Text bytes of one object. */
  readonly maxObjectTextBytes: number;
  /** Set if rows are to be handed over when they are too many. */
  readonly spill?: SpillLimits;
  /** There are only digests, and more elsewhere: what tells copies is kept as far as they may yet be none. */
  readonly isPartOfMore?: boolean;
}

/** An object to digest. */
export interface SessionObject extends ObjectFacts {
  /** Set if the bytes are not all of the object's, but an excerpt of a Parquet file. */
  readonly excerpt?: Excerpt;
}

export interface DigestSession {
  /** Counts an object whose stored bytes are all here. */
  addWhole(object: SessionObject, bytes: Uint8Array): Promise<void>;
  /** As `addWhole`, and gives the object's own digest, whatever the time range; `undefined` if it is too large for that. */
  addAlone(object: SessionObject, bytes: Uint8Array): Promise<ObjectDigest | undefined>;
  /** Counts an object whose stored bytes come in chunks. */
  addChunks(object: SessionObject, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Counts digests of objects that lie within the time range; they stay whole. */
  addDigests(digests: readonly Digest[]): Promise<void>;
  /** True if there are more keys than the plan allows; nothing is to be added then. */
  isFull(): boolean;
  /** Adds another answer to the plan, whatever the limit of keys; whether its columns are no longer needed. */
  absorb(answer: Answer): boolean;
  /** The answer over all objects that counted. The session must not be used afterwards. */
  finish(options?: FinishOptions): Answer;
  /** As `Digester.fold`, of all objects that counted. The session must not be used afterwards. */
  fold: Digester['fold'];
  /** As `Digester.giveRows`. */
  giveRows: Digester['giveRows'];
  /** As `Digester.takeRows`. */
  takeRows: Digester['takeRows'];
  /**
   * The same over these and those of a kept answer, with what `keepsEnds` keeps, in shared memory; `undefined` where all
   * has to be added up again (`extend-digest.ts`). The session must not be used afterwards.
   */
  finishOnto(kept: Digest): Digest | undefined;
  /** Instead of `finish`: hands over what is left. With that all that counted has been handed over. */
  flush(): Promise<Spilled>;
}

/** The thread's: a text is read as soon as there is one. */
const inflater = createInflater();

/** Of the first bytes of an object, those that say what it is. */
const MAGIC_BYTES = 4;

/**
 * A session without any object; it hands rows over to `handOver` where its limits say so. Its methods reject with
 * `corrupt-object` or `over-limit`.
 */
export function createDigestSession(
  plan: Plan,
  { maxObjectTextBytes, spill, isPartOfMore }: SessionLimits,
  handOver?: HandOver,
): DigestSession {
  const digester = createDigester(plan);
  /** Digests objects one by one, whatever the time range. */
  let alone: Digester | undefined;
  const always = { ...plan, range: undefined };
  const givenAway = handOver && spill && createGivenAway(spill, handOver);
  let uncheckedBytes = 0;
  /** What is added up when all of it is known. */
  const parts: Digest[] = [];

  /** Hands rows over if they have become too many with this much text; what is to be waited for, if so. */
  function relieve(textBytes: number): Promise<void> | undefined {
    uncheckedBytes += textBytes;
    if (!givenAway || uncheckedBytes < givenAway.checkBytes) {
      return undefined;
    }
    uncheckedBytes = 0;
    const gifts: Gift[] = [];
    const isPutAside = givenAway.relieve(digester, gifts, 'between objects');
    givenAway.count(gifts);
    return isPutAside;
  }

  async function addChunks(object: SessionObject, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const own = createDigester(plan);
    const gifts: Gift[] = [];
    let storedBytes = object.excerpt?.footerBytes ?? 0;
    let textBytes = 0;
    const counted = countChunks(chunks, (bytes) => (storedBytes += bytes));
    const { first, all } = await peekChunks(counted, MAGIC_BYTES);
    if (needsParquet(object, first)) {
      const { unpackParquetChunks } = await loadParquet();
      const parquet = await unpackParquetChunks(all, object.excerpt, plan, {
        maxTextBytes: maxObjectTextBytes,
        findGreatest: own.findGreatest,
      });
      own.begin({ ...object, columns: parquet.columns });
      for await (const cells of parquet.cells) {
        own.addCells(cells);
        await givenAway?.relieve(own, gifts, 'amid an object');
      }
      own.end({ storedBytes, textBytes: parquet.textBytes(), skippedLines: parquet.skippedLines });
    } else {
      own.begin(object);
      for await (const block of splitLineBlocks(inflateChunks(all, maxObjectTextBytes))) {
        textBytes += block.length;
        own.addBlock(block);
        await givenAway?.relieve(own, gifts, 'amid an object');
      }
      own.end({ storedBytes, textBytes });
    }
    const isTooMany = givenAway?.isTooMany(own.countRows() + digester.countRows()) === true;
    const rest = own.finish({ sorted: false });
    const isPutAside = isTooMany ? givenAway!.give(rest, gifts) : void digester.absorb(rest);
    givenAway?.count(gifts);
    await isPutAside;
    assertKeys();
  }

  async function addDigests(digests: readonly Digest[]): Promise<void> {
    if (isPartOfMore) {
      parts.push(...digests);
      return;
    }
    for (const digest of digests) {
      digester.absorb({ kind: 'digest', digest });
      await relieve(digest.tallies.textBytes);
    }
    assertKeys();
  }

  const isFull = (): boolean => plan.kind === 'digest' && digester.countRows() > plan.maxKeys;

  function assertKeys(): void {
    if (plan.kind === 'digest' && isFull()) {
      throw tooManyKeys(plan.maxKeys);
    }
  }

  function finishPart(options?: FinishOptions): Answer {
    const judge = judgeForSure(addEnds(parts.flatMap((part) => part.ends ?? [])));
    // Without the kernel digests have to be in order.
    const isKernel = plan.kind === 'digest' && canUseKernel(plan, createRegisters(plan));
    for (const part of parts) {
      digester.absorb({ kind: 'digest', digest: isKernel ? settlePartly(part, judge) : part });
    }
    return digester.finish({ ...options, settled: false });
  }

  /** All of an object as a plan reads it, by the reader of Parquet if there is one; `undefined` if it is too much to be held. */
  const unpack = (
    { excerpt }: SessionObject,
    bytes: Uint8Array,
    ranged: Plan,
    parquet: typeof ParquetReader | undefined,
  ): Unpacked | undefined => {
    const maxBytes = Math.min(maxObjectTextBytes, MAX_WHOLE_TEXT_BYTES);
    if (parquet) {
      return parquet.unpackParquet(bytes, excerpt, ranged, { maxBytes, findGreatest: digester.findGreatest });
    }
    const text = inflater.inflate(bytes, maxBytes);
    return text && { text, textBytes: text.length };
  };

  /** Digests an object by itself and counts what of it is in the range; its digest, unless it has too many keys. */
  async function readAlone(
    object: SessionObject,
    unpacked: Unpacked,
    storedBytes: number,
  ): Promise<ObjectDigest | undefined> {
    alone ??= createDigester(always);
    try {
      readUnpacked(alone, object, unpacked, storedBytes);
    } catch (thrown) {
      alone.take({ sorted: false });
      if (FlowError.from(thrown).code !== 'over-limit') {
        throw thrown;
      }
      // Within the range there may be fewer keys.
      readUnpacked(digester, object, unpacked, storedBytes);
      return undefined;
    }
    const span = alone.span();
    const answer = alone.take({ sorted: false, shared: true });
    if (answer.kind !== 'digest') {
      throw new Error('BUG: only digests are kept');
    }
    const own = { digest: answer.digest, span };
    const within = digestWithin(own, plan.range);
    if (within) {
      await addDigests([within]);
    } else {
      readUnpacked(digester, object, unpacked, storedBytes);
      await relieve(unpacked.textBytes);
    }
    return own;
  }

  return {
    async addWhole(object, bytes) {
      // Nothing is waited for where there is nothing to wait for: small objects are many.
      const parquet = needsParquet(object, bytes) ? await loadParquet() : undefined;
      const unpacked = unpack(object, bytes, plan, parquet);
      if (unpacked === undefined) {
        await addChunks(object, oneChunk(bytes));
        return;
      }
      try {
        readUnpacked(digester, object, unpacked, storedBytesOf(object, bytes));
      } finally {
        free(unpacked, bytes);
      }
      const isRelieved = relieve(unpacked.textBytes);
      if (isRelieved) {
        await isRelieved;
      }
    },
    async addAlone(object, bytes) {
      const parquet = needsParquet(object, bytes) ? await loadParquet() : undefined;
      const unpacked = unpack(object, bytes, always, parquet);
      if (unpacked === undefined) {
        await addChunks(object, oneChunk(bytes));
        return undefined;
      }
      try {
        return await readAlone(object, unpacked, storedBytesOf(object, bytes));
      } finally {
        free(unpacked, bytes);
      }
    },
    addChunks,
    addDigests,
    isFull,
    absorb: digester.absorb,
    finish: isPartOfMore ? finishPart : digester.finish,
    fold: digester.fold,
    giveRows: digester.giveRows,
    takeRows: digester.takeRows,
    finishOnto(kept) {
      const own = digester.finish({ settled: false });
      const extended = own.kind === 'digest' ? extendDigest(kept, own.digest) : undefined;
      return extended && shareDigest(extended);
    },
    async flush() {
      if (!givenAway) {
        throw new Error('BUG: nobody takes the rows');
      }
      const gifts: Gift[] = [];
      await givenAway.give(digester.take({ sorted: false }), gifts);
      givenAway.count(gifts);
      return givenAway.spilled();
    },
  };
}

/** All of an object: text, or the rows of a Parquet file. */
type Unpacked = { readonly text: Uint8Array; readonly textBytes: number } | UnpackedParquet;

/** Reads all of an object. */
function readUnpacked(into: Digester, object: ObjectFacts, unpacked: Unpacked, storedBytes: number): void {
  const { textBytes } = unpacked;
  if ('text' in unpacked) {
    into.begin(object);
    into.addBlock(unpacked.text);
    into.end({ storedBytes, textBytes });
  } else {
    const { columns, cells, skippedLines } = unpacked;
    into.begin({ ...object, columns });
    cells.forEach((block) => into.addCells(block));
    into.end({ storedBytes, textBytes, skippedLines });
  }
}

/** True of an object that is Parquet, by its first bytes or because an excerpt was made of it. */
function needsParquet({ excerpt }: SessionObject, first: Uint8Array): boolean {
  return excerpt !== undefined || isParquet(first);
}

/** What was read of an object. */
function storedBytesOf({ excerpt }: SessionObject, bytes: Uint8Array): number {
  return bytes.length + (excerpt?.footerBytes ?? 0);
}

/** Nobody keeps what was unpacked, unless it is the stored bytes themselves. */
function free(unpacked: Unpacked, bytes: Uint8Array): void {
  if (!('text' in unpacked)) {
    unpacked.free();
  } else if (unpacked.text.buffer !== bytes.buffer) {
    inflater.free(unpacked.text);
  }
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
