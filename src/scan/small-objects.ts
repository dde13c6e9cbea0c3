/**
 * Objects of a few kilobytes, the common case where a flow log has little traffic: telling a thread of each by itself would
 * cost more than digesting it. They wait until a thread has room, and it then gets what has come by that time as one batch.
 * Of files it gets names, and reads them itself: what is at hand is read in less time than reading takes to be handed on. That
 * goes for larger ones, too, unless the disk is slow.
 */
import { FlowError, type FlowErrorData } from '../errors';
import { readLocalFileNow, type LocalFile } from '../store/local-file';
import type { ObjectDigest } from './digest-cache';
import type { DigestSession, SessionObject } from './digest-session';
import { freeBytes } from './inflate';

/** Objects of more stored bytes are handed over by themselves. */
export const MAX_SMALL_BYTES = 64 * 1024;
/** A batch is no more objects, nor more bytes unless it is one object. */
export const MAX_BATCH_OBJECTS = 64;
export const MAX_BATCH_BYTES = 512 * 1024;
/**
 * A message costs as much as an object. Where a thread keeps up with objects that come one by one, batches are sent this far
 * apart after the first ones, unless they have become large.
 */
const INTERVAL_MS = 2;
const FIRST_BATCHES = 16;
const LARGE_BATCH = 32;

/** Objects as one message: their stored bytes stand one after the other. */
export interface Batch {
  readonly objects: readonly BatchObject[];
  readonly bytes: Uint8Array;
}

/** An object that a thread reads by itself. */
export interface FileToRead extends LocalFile {
  readonly object: SessionObject;
}

export interface BatchObject {
  readonly object: SessionObject;
  readonly storedBytes: number;
  /** To be counted by `addAlone`. */
  readonly isAlone: boolean;
}

/** What became of an object of a batch. */
export type Outcome = { readonly alone?: ObjectDigest } | { readonly error: FlowErrorData };

/** What became of files, and how long it took, in milliseconds. */
export interface FilesDone {
  readonly outcomes: readonly Outcome[];
  /** Of `tookMs`, reading them. */
  readonly readMs: number;
  readonly tookMs: number;
}

export interface SmallObjects {
  /** As `ScanSession.addWhole` or `addAlone`; the bytes are copied. */
  add(object: SessionObject, bytes: Uint8Array, isAlone: boolean): Promise<ObjectDigest | undefined>;
}

interface Waiting {
  readonly object: SessionObject;
  readonly bytes: Uint8Array;
  readonly isAlone: boolean;
  resolve(alone: ObjectDigest | undefined): void;
  reject(error: unknown): void;
}

/** `send` waits for a thread with room, takes the batch then, and gives the outcome of each of its objects. */
export function createSmallObjects(send: (take: () => Batch) => Promise<readonly Outcome[]>): SmallObjects {
  let waiting: Waiting[] = [];
  let isAsking = false;
  /** When a batch may be sent that is not large. */
  let dueMs = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function ask(): Promise<void> {
    isAsking = true;
    clearTimeout(timer);
    timer = undefined;
    let taken: readonly Waiting[] = [];
    try {
      const outcomes = await send(() => {
        taken = takeFirst();
        isAsking = false;
        const nowMs = performance.now();
        // Large ones are sent at any time, and must not put off the next small one.
        dueMs = Math.min(Math.max(dueMs, nowMs - FIRST_BATCHES * INTERVAL_MS), nowMs) + INTERVAL_MS;
        askForRest();
        return batchOf(taken);
      });
      taken.forEach(({ resolve, reject }, i) => {
        const outcome = outcomes[i]!;
        if ('error' in outcome) {
          reject(FlowError.fromData(outcome.error));
        } else {
          resolve(outcome.alone);
        }
      });
    } catch (thrown) {
      if (taken.length === 0) {
        // No thread can be had at all.
        isAsking = false;
        taken = waiting.splice(0);
      }
      taken.forEach(({ reject }) => reject(thrown));
    }
  }

  function askForRest(): void {
    if (isAsking || waiting.length === 0) {
      return;
    }
    const waitMs = waiting.length < LARGE_BATCH ? dueMs - performance.now() : 0;
    if (waitMs <= 0) {
      void ask();
    } else {
      timer ??= setTimeout(() => void ask(), waitMs);
    }
  }

  function takeFirst(): readonly Waiting[] {
    let count = 0;
    let bytes = 0;
    do {
      bytes += waiting[count++]!.bytes.length;
    } while (
      count < waiting.length &&
      count < MAX_BATCH_OBJECTS &&
      bytes + waiting[count]!.bytes.length <= MAX_BATCH_BYTES
    );
    const taken = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return taken;
  }

  return {
    add: (object, bytes, isAlone) =>
      new Promise((resolve, reject) => {
        waiting.push({ object, bytes, isAlone, resolve, reject });
        askForRest();
      }),
  };
}

function batchOf(taken: readonly Waiting[]): Batch {
  const bytes = new Uint8Array(taken.reduce((sum, own) => sum + own.bytes.length, 0));
  let at = 0;
  for (const own of taken) {
    bytes.set(own.bytes, at);
    at += own.bytes.length;
  }
  const objects = taken.map((own) => ({ object: own.object, storedBytes: own.bytes.length, isAlone: own.isAlone }));
  return { objects, bytes };
}

/** Counts the objects of a batch, one after the other; one that fails does not keep the others from it. */
export async function addBatch(session: DigestSession, { objects, bytes }: Batch): Promise<readonly Outcome[]> {
  let at = 0;
  return addEach(objects, async ({ object, storedBytes, isAlone }) => {
    const own = bytes.subarray(at, at + storedBytes);
    at += storedBytes;
    return isAlone ? { alone: await session.addAlone(object, own) } : (await session.addWhole(object, own), {});
  });
}

/** The same for files. */
export async function addFiles(session: DigestSession, files: readonly FileToRead[]): Promise<FilesDone> {
  const startMs = performance.now();
  let readMs = 0;
  // One for all: each is read when the last one has been counted.
  const room = new Uint8Array(Math.max(...files.map(({ sizeBytes }) => sizeBytes)));
  const outcomes = await addEach(files, async (file) => {
    const beforeMs = performance.now();
    const bytes = readLocalFileNow(file, room);
    readMs += performance.now() - beforeMs;
    await session.addWhole(file.object, bytes);
    return {};
  }).finally(() => freeBytes(room));
  return { outcomes, readMs, tookMs: performance.now() - startMs };
}

async function addEach<T>(all: readonly T[], add: (one: T) => Promise<Outcome>): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const one of all) {
    try {
      outcomes.push(await add(one));
    } catch (thrown) {
      outcomes.push({ error: FlowError.from(thrown).toData() });
    }
  }
  return outcomes;
}
