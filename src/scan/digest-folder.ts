/**
 * Digests of single objects in a folder, for the next start of this process and for others beside it. Each process appends
 * to files of its own and reads everybody's; the oldest files go when all together are too large. A scan never waits for
 * writing and never fails for the folder: what is wrong with it is counted and told.
 */
import { constants } from 'node:fs';
import { access, open as openFile } from 'node:fs/promises';
import { digestBytes } from '../digest/share-digest';
import { createBlockReader } from './block-reader';
import { decodeColumns, encodeColumns } from './column-codec';
import type { ObjectDigest } from './digest-cache';
import { decodeRecord, encodeRecord, hashKey, type KeyedRecord } from './digest-segment';
import { createFileGuard } from './file-guard';
import { createSegmentFiles } from './segment-files';

export interface DigestFolderCounts {
  /** Digests that were there when asked for, and that were not. */
  readonly hits: number;
  readonly misses: number;
  /** Digests of this version in the folder. */
  readonly entries: number;
  /** Of all files, those of other versions included. */
  readonly bytes: number;
  /** Reads and writes that failed, and records that were damaged. */
  readonly errors: number;
  /** Digests that were not stored: too many at a time, or the folder could not be written to. */
  readonly dropped: number;
}

export interface DigestFolder extends Pick<DigestFolderOptions, 'maxBytes'> {
  /** Begins to look through the folder; what follows does it too. */
  start(): void;
  /** Whether it is there, as far as the folder has been looked through. */
  has(key: string): boolean;
  /** The digest; `undefined` if there is none, or it cannot be had soon. Never rejects. */
  load(key: string): Promise<ObjectDigest | undefined>;
  /** Stores it later, if there is room. */
  save(key: string, value: ObjectDigest): void;
  counts(): DigestFolderCounts;
  /** Looks whether it can be used; resolves to what is wrong, soon and never rejecting. */
  check(): Promise<readonly string[]>;
  /** Resolves when the folder has been looked through and all is stored that waited, or soon after. */
  settle(): Promise<void>;
  /** As `settle`; nothing is read or stored afterwards. */
  close(): Promise<void>;
}

export interface DigestFolderOptions {
  /** Made if it is not there. */
  readonly folder: string;
  /** Of all files together, whoever wrote them; about. */
  readonly maxBytes: number;
  /** Of this program: digests of another version are passed over, because it may count in another way. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Told when reading or writing begins to fail (with the problem), when it works again, and of damaged files. */
  readonly report?: (event: DigestFolderEvent) => void;
  /** How long a query waits for the folder at most. */
  readonly waitMs?: number;
  /** How long `close` waits for what is to be stored. */
  readonly closeMs?: number;
  /** Opens files as `fs.promises.open` does. */
  readonly open?: typeof openFile;
}

export interface DigestFolderEvent {
  readonly doing: 'reading' | 'writing';
  /** Absent if it works again. */
  readonly problem?: string;
}

/** The least that makes sense: some segments, each of several digests. */
export const MIN_FOLDER_BYTES = 16 * 2 ** 20;

/** Digests that wait to be stored, as they lie in memory; more are dropped. */
const MAX_WAITING_BYTES = 128 * 2 ** 20;
/** They are encoded when their query has got its answer, or when many wait. */
const WRITE_DELAY_MS = 250;
/** Written at a time. */
const BATCH_BYTES = 2 ** 20;
/** How often it is looked what others have stored and deleted. */
const REFRESH_MS = 30_000;
/** A folder with many files, or far away, takes longer to be looked through; no query waits for that. */
const REFRESH_WAIT_MS = 120_000;
/** Nobody waits for writing but what is to be written next. */
const WRITE_WAIT_MS = 30_000;
const PAUSE_MS = 60_000;
/** No digest is larger. */
const MAX_DIGEST_BYTES = 2 ** 30;

/** The folder. Creating it does nothing. */
export function createDigestFolder({
  folder,
  maxBytes,
  version,
  clock = Date.now,
  report,
  waitMs = 2000,
  closeMs = 700,
  open = openFile,
}: DigestFolderOptions): DigestFolder {
  const guardOptions = { waitMs, pauseMs: PAUSE_MS, clock };
  const listing = createFileGuard({
    ...{ ...guardOptions, waitMs: REFRESH_WAIT_MS, places: 1, onChange: () => tell('reading') },
  });
  const reading = createFileGuard({ ...guardOptions, places: 2, onChange: () => tell('reading') });
  const writing = createFileGuard({
    ...guardOptions,
    waitMs: WRITE_WAIT_MS,
    places: 1,
    onChange: () => tell('writing'),
  });
  const probing = createFileGuard({ ...guardOptions, places: 1, pauseMs: 0 });
  const files = createSegmentFiles({ folder, maxBytes, version, clock, open });
  const blocks = createBlockReader({ open, guard: reading });
  /** What waits to be stored, oldest first. */
  const waiting = new Map<string, ObjectDigest>();
  /** What has been told of: failures until all is well again, damaged files for good. */
  const told = new Set<string>();
  let waitingBytes = 0;
  let hits = 0;
  let misses = 0;
  let dropped = 0;
  let damages = 0;
  let isClosed = false;
  let refreshedMs = -Infinity;
  let refreshing: Promise<void> | undefined;
  let starting: Promise<void> | undefined;
  let isStarted = false;
  let writeTimer: NodeJS.Timeout | undefined;
  let storing: Promise<void> | undefined;

  const problemOf = (doing: DigestFolderEvent['doing']): string | undefined =>
    doing === 'writing' ? writing.problem() : (listing.problem() ?? reading.problem());
  /** Tells of the first failure, and when all is well again. */
  const tell = (doing: DigestFolderEvent['doing']): void => {
    const problem = problemOf(doing);
    if ((problem !== undefined) !== told.has(doing)) {
      void (problem === undefined ? told.delete(doing) : told.add(doing));
      report?.({ doing, ...(problem !== undefined && { problem }) });
    }
  };

  /** Ends when the folder has been looked through for the first time, or that takes too long. */
  const start = (): Promise<void> => {
    starting ??= within(waitMs, refresh()).then(() => {
      isStarted = true;
    });
    return starting;
  };

  /** Looks what is in the folder. One does it for all that ask meanwhile. */
  const refresh = (): Promise<void> => {
    refreshedMs = clock();
    refreshing ??= listing.run(files.refresh).then(() => {
      refreshing = undefined;
      if (files.counts().bytes > maxBytes) {
        // The limit was lowered, or others went beyond it.
        void writing.run(files.trim);
      }
    });
    return refreshing;
  };
  const refreshIfDue = (): void => {
    if (clock() - refreshedMs >= REFRESH_MS) {
      void refresh();
    }
  };

  const has = (key: string): boolean => files.find(hashKey(version, key)) !== undefined;

  const read = async (key: string): Promise<ObjectDigest | undefined> => {
    const hash = hashKey(version, key);
    const place = files.find(hash);
    const record = place && (await blocks.read(place.path, place.at, place.bytes));
    if (!record) {
      return undefined;
    }
    const payload = decodeRecord(record, hash);
    try {
      if (payload) {
        return decodeColumns(payload, MAX_DIGEST_BYTES) as ObjectDigest;
      }
    } catch {
      // Whole, but not what this version writes: as good as damaged.
    }
    files.drop(hash);
    damages++;
    if (!told.has(place.name)) {
      told.add(place.name);
      report?.({ doing: 'reading', problem: `${place.name} is damaged: what is left of it is used` });
    }
    return undefined;
  };

  /** The record of a digest; `undefined` if it is too large for any file. */
  const encode = (key: string, { digest, span }: ObjectDigest): KeyedRecord | undefined => {
    const hash = hashKey(version, key);
    const record = encodeRecord(hash, encodeColumns({ digest, span }).bytes);
    return record.length <= files.maxRecordBytes ? { hash, record } : undefined;
  };

  /** Takes some of what waits, encoded; what is there already need not be stored, by this process or another. */
  const takeBatch = async (): Promise<readonly KeyedRecord[]> => {
    const batch: KeyedRecord[] = [];
    let bytes = 0;
    for (const [key, value] of waiting) {
      if (bytes >= BATCH_BYTES) {
        break;
      }
      waiting.delete(key);
      waitingBytes -= digestBytes(value.digest);
      if (!has(key)) {
        const encoded = writing.isOpen() ? encode(key, value) : undefined;
        dropped += encoded ? 0 : 1;
        batch.push(...(encoded ? [encoded] : []));
        bytes += encoded?.record.length ?? 0;
      }
      // Others get their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return batch;
  };

  const storeWaiting = async (): Promise<void> => {
    await start();
    while (waiting.size > 0) {
      const batch = await takeBatch();
      const append = (): Promise<true> => files.append(batch).then(() => true);
      if (batch.length > 0 && !(await writing.run(append))) {
        dropped += batch.length;
        // Nobody knows what is in it now.
        files.endSegment();
      }
    }
  };
  const store = (): Promise<void> => {
    storing ??= storeWaiting().finally(() => {
      storing = undefined;
    });
    return storing;
  };

  const settle = async (): Promise<void> => {
    await start();
    await refreshing;
    await store();
  };

  return {
    maxBytes,
    start: () => void start(),
    has: (key) => waiting.has(key) || has(key),
    async load(key) {
      if (!isStarted) {
        await start();
      }
      refreshIfDue();
      const found = isClosed ? undefined : (waiting.get(key) ?? (await read(key)));
      hits += found ? 1 : 0;
      misses += found ? 0 : 1;
      return found;
    },
    save(key, value) {
      const bytes = digestBytes(value.digest);
      if (isClosed || waiting.has(key)) {
        return;
      }
      if (!writing.isOpen() || waitingBytes + bytes > MAX_WAITING_BYTES) {
        dropped++;
        return;
      }
      waiting.set(key, value);
      waitingBytes += bytes;
      if (waitingBytes > MAX_WAITING_BYTES / 2) {
        void store();
      } else {
        writeTimer ??= setTimeout(() => {
          writeTimer = undefined;
          void store();
        }, WRITE_DELAY_MS);
        writeTimer.unref();
      }
    },
    counts: () => ({
      ...{ hits, misses, dropped, ...files.counts() },
      errors: listing.failures() + reading.failures() + writing.failures() + damages,
    }),
    async check() {
      await Promise.all([within(waitMs, refresh()), probing.run(() => access(folder, constants.W_OK))]);
      const cannotRead = problemOf('reading');
      const cannotWrite = problemOf('writing') ?? probing.problem();
      return [
        ...(cannotRead === undefined ? [] : [`digests in ${folder} cannot be read: ${cannotRead}`]),
        ...(cannotWrite === undefined ? [] : [`digests cannot be stored in ${folder}: ${cannotWrite}`]),
      ];
    },
    settle,
    async close() {
      await within(closeMs, settle());
      isClosed = true;
      clearTimeout(writeTimer);
      waiting.clear();
      files.close();
    },
  };
}

/** Waits for it, but no longer than this. */
async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
    timer.unref();
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
