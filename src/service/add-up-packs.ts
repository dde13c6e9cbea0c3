/**
 * Stored hours as windows of six hours, and those as days, so that a long range opens as quickly as a short one. What is
 * stored of them changes no answer, so it is made after the jobs, of whatever is there, and made again by who finds it missing.
 */
import { FlowError } from '../errors';
import { DAY_SEC, HOUR_SEC, SIX_HOURS_SEC, floorTo } from '../scan/object-windows';
import { isOfKind, packName, parsePackName, type PackWindow, type WindowKind } from '../scan/pack-names';
import { packedPlanNames, type PackedPlanName } from '../scan/packed-plans';
import { wholeWindows } from '../scan/stored-windows';
import { decodeWindowPack, encodeWindowPack, packLonger, type WindowPack } from '../scan/window-pack';
import type { WorkerPool } from '../scan/worker-pool';
import { readWhole, type ListedFile, type Storage } from './storage';

/** Of what longer windows are made. */
const STEPS = [
  { fromSec: HOUR_SEC, toSec: SIX_HOURS_SEC },
  { fromSec: SIX_HOURS_SEC, toSec: DAY_SEC },
] as const;
/** In memory while one window is made, besides what a job takes: larger ones stay apart. */
const MAX_MEMORY_BYTES = 640 * 2 ** 20;
/** About what a byte of a file takes when it is read, and when its windows are added up and packed. */
const READ_FACTOR = 10;
const ADDED_FACTOR = 16;
/** Failures that are the files' own, so that it is of no use to try again while they are the same. */
const LASTING: readonly FlowError['code'][] = ['corrupt-object', 'over-limit'];

export interface AddUpPacksOptions {
  readonly storage: Storage;
  readonly pool: WorkerPool;
  readonly signal: AbortSignal;
}

/** What came of one turn. */
export interface AddedPacks {
  /** Files that were written. */
  readonly written: number;
  /** By name of the file that could not be made, why. */
  readonly failures: ReadonlyMap<string, FlowError>;
}

/**
 * A function that stores every longer window of which all parts are stored and that is not, or was made before one of them.
 * A window that cannot be added up keeps no other from it; it is tried again the next time, or, where its files are to blame,
 * when one of them is another. Rejects only with what keeps the storage from being listed.
 */
export function createPackAdder({ storage, pool, signal }: AddUpPacksOptions): () => Promise<AddedPacks> {
  /** By name, of what is stored is made, or was tried in vain: times and sizes of the parts as they were listed before. */
  const done = new Map<string, string>();

  /** Whether there is nothing to be done about a window. A file of another process is newer than its parts. */
  const isDone = (name: string, parts: readonly ListedFile[], whole: ListedFile | undefined): boolean =>
    done.has(name)
      ? done.get(name) === identify(parts)
      : whole !== undefined && parts.every(({ modifiedMs }) => modifiedMs <= whole.modifiedMs);

  return async () => {
    const failures = new Map<string, FlowError>();
    let written = 0;

    /** Makes what can be made of files of one length; how many files. */
    async function addUp({ fromSec, toSec }: (typeof STEPS)[number], files: Files): Promise<number> {
      let made = 0;
      for (const plan of packedPlanNames(toSec)) {
        for (const [startSec, parts] of findParts(files, { plan, lengthSec: fromSec }, toSec)) {
          const window = { startSec, stopSec: startSec + toSec };
          const name = packName(window, { plan, lengthSec: toSec });
          if (signal.aborted || failures.has(name) || isDone(name, parts, files.get(name))) {
            continue;
          }
          try {
            const bytes = await addUpFiles(plan, parts, window, { storage, pool });
            if (bytes) {
              await storage.write(name, bytes);
              done.set(name, identify(parts));
              made++;
            }
          } catch (thrown) {
            const error = FlowError.from(thrown);
            // What fails while the service stops will be made by another process.
            if (!signal.aborted) {
              failures.set(name, error);
            }
            if (LASTING.includes(error.code)) {
              done.set(name, identify(parts));
            }
          }
        }
      }
      return made;
    }

    let files = signal.aborted ? new Map<string, ListedFile>() : await listPacks(storage);
    for (const step of STEPS) {
      // A part that was stored again while it was read is seen in the next listing.
      for (let made = await addUp(step, files); made > 0; made = await addUp(step, files)) {
        written += made;
        files = await listPacks(storage);
      }
    }
    return { written, failures };
  };
}

/** Files of packs by name. */
type Files = ReadonlyMap<string, ListedFile>;

async function listPacks(storage: Storage): Promise<Map<string, ListedFile>> {
  const files = new Map<string, ListedFile>();
  for await (const file of storage.list()) {
    if (parsePackName(file.name)) {
      files.set(file.name, file);
    }
  }
  return files;
}

/** What tells files from those that are stored in their place later. */
function identify(files: readonly ListedFile[]): string {
  return files.map(({ modifiedMs, sizeBytes }) => `${modifiedMs} ${sizeBytes}`).join();
}

/** The longer windows all parts of which are in files, with these files. */
function findParts(files: Files, kind: WindowKind, lengthSec: number): ReadonlyMap<number, readonly ListedFile[]> {
  const holders = new Map<number, ListedFile>();
  for (const name of [...files.keys()].filter((each) => isOfKind(each, kind)).sort()) {
    const window = parsePackName(name)!;
    wholeWindows(window, kind.lengthSec).forEach((startSec) => holders.set(startSec, files.get(name)!));
  }
  const found = new Map<number, readonly ListedFile[]>();
  for (const startSec of new Set([...holders.keys()].map((part) => floorTo(part, lengthSec)))) {
    const window: PackWindow = { startSec, stopSec: startSec + lengthSec };
    const parts = wholeWindows(window, kind.lengthSec).map((part) => holders.get(part));
    if (parts.every((part) => part !== undefined)) {
      found.set(startSec, [...new Set(parts)]);
    }
  }
  return found;
}

/**
 * The windows of files as one longer; `undefined` if a file is gone. Throws `over-limit` if they are too large,
 * `corrupt-object` if one is no file of this version, and what the storage throws.
 */
async function addUpFiles(
  plan: PackedPlanName,
  files: readonly ListedFile[],
  window: PackWindow,
  { storage, pool }: Pick<AddUpPacksOptions, 'storage' | 'pool'>,
): Promise<Uint8Array | undefined> {
  const bytes = files.reduce((sum, file) => sum + memoryOf(file, window), 0);
  if (bytes > MAX_MEMORY_BYTES) {
    const why = `they would take ${bytes} bytes of memory, more than ${MAX_MEMORY_BYTES}`;
    throw new FlowError('over-limit', `cannot add up stored digests: ${why}`, { fields: { bytes } });
  }
  const packs: WindowPack[] = [];
  for (const { name } of files) {
    const file = await readWhole(storage, name);
    if (!file) {
      return undefined;
    }
    packs.push(await decodeWindowPack(file));
  }
  return encodeWindowPack(await packLonger(plan, packs, window, pool));
}

/** About what a file takes of which all that is in a window is added up. */
function memoryOf({ name, sizeBytes }: ListedFile, window: PackWindow): number {
  const { startSec, stopSec } = parsePackName(name)!;
  const usedSec = Math.min(stopSec, window.stopSec) - Math.max(startSec, window.startSec);
  return Math.round(sizeBytes * (READ_FACTOR + (ADDED_FACTOR * usedSec) / (stopSec - startSec)));
}
