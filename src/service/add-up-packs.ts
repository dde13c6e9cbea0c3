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
import { readWhole, type Storage } from './storage';

/** Of what longer windows are made. */
const STEPS: readonly { readonly fromSec: number; readonly toSec: number }[] = [
  { fromSec: HOUR_SEC, toSec: SIX_HOURS_SEC },
  { fromSec: SIX_HOURS_SEC, toSec: DAY_SEC },
];
/** Of the files of a window, which are all in memory, and about four times their size there: larger ones stay apart. */
const MAX_FILES_BYTES = 128 * 2 ** 20;

export interface AddUpPacksOptions {
  readonly storage: Storage;
  readonly pool: WorkerPool;
  readonly signal: AbortSignal;
}

/**
 * A function that stores every longer window of which all parts are stored and that is not, or was made before one of them.
 * It resolves to how many files it has written, and rejects with what the storage throws. What could not be added up is not
 * tried again before a part of it is another.
 */
export function createPackAdder({ storage, pool, signal }: AddUpPacksOptions): () => Promise<number> {
  /** By name, when the newest part of what is stored or was tried is of. */
  const done = new Map<string, number>();
  return async () => {
    const modifiedMs = new Map<string, number>();
    for await (const file of storage.list()) {
      if (parsePackName(file.name)) {
        modifiedMs.set(file.name, file.modifiedMs);
      }
    }
    let written = 0;
    for (const { fromSec, toSec } of STEPS) {
      for (const plan of packedPlanNames(toSec)) {
        for (const [startSec, parts] of findParts([...modifiedMs.keys()], { plan, lengthSec: fromSec }, toSec)) {
          const window = { startSec, stopSec: startSec + toSec };
          const name = packName(window, { plan, lengthSec: toSec });
          const newestMs = Math.max(...parts.map((part) => modifiedMs.get(part)!));
          if (Math.max(modifiedMs.get(name) ?? 0, done.get(name) ?? 0) >= newestMs) {
            continue;
          }
          if (signal.aborted) {
            return written;
          }
          const bytes = await addUpFiles(plan, parts, window, { storage, pool });
          if (bytes) {
            await storage.write(name, bytes);
            modifiedMs.set(name, newestMs);
            written++;
          }
          done.set(name, newestMs);
        }
      }
    }
    return written;
  };
}

/** The longer windows all parts of which are in files, with these files. */
function findParts(names: readonly string[], kind: WindowKind, lengthSec: number): ReadonlyMap<number, string[]> {
  const files = new Map<number, string>();
  for (const name of names.filter((each) => isOfKind(each, kind)).sort()) {
    const window = parsePackName(name)!;
    wholeWindows(window, kind.lengthSec).forEach((startSec) => files.set(startSec, name));
  }
  const found = new Map<number, string[]>();
  for (const startSec of new Set([...files.keys()].map((part) => floorTo(part, lengthSec)))) {
    const window: PackWindow = { startSec, stopSec: startSec + lengthSec };
    const parts = wholeWindows(window, kind.lengthSec).map((part) => files.get(part));
    if (parts.every((part) => part !== undefined)) {
      found.set(startSec, [...new Set(parts)]);
    }
  }
  return found;
}

/** The windows of files as one longer; `undefined` if they are too large, gone, or no files of this version. */
async function addUpFiles(
  plan: PackedPlanName,
  names: readonly string[],
  window: PackWindow,
  { storage, pool }: Pick<AddUpPacksOptions, 'storage' | 'pool'>,
): Promise<Uint8Array | undefined> {
  const packs: WindowPack[] = [];
  let bytes = 0;
  for (const name of names) {
    const file = await readWhole(storage, name);
    bytes += file?.length ?? Infinity;
    if (!file || bytes > MAX_FILES_BYTES) {
      return undefined;
    }
    try {
      packs.push(await decodeWindowPack(file));
    } catch (thrown) {
      if (FlowError.from(thrown).code === 'corrupt-object') {
        return undefined;
      }
      throw thrown;
    }
  }
  return encodeWindowPack(await packLonger(plan, packs, window, pool));
}

/** Turns of one task, one at a time. */
export interface Turns {
  /** Asks for a turn that begins after now; several who ask while one is under way get the same. */
  ask(): void;
  /** Resolves when nothing that was asked for is left. */
  ended(): Promise<void>;
}

/** `turn` must not reject. */
export function createTurns(turn: () => Promise<void>): Turns {
  let last = Promise.resolve();
  let isWaiting = false;
  return {
    ask() {
      if (!isWaiting) {
        isWaiting = true;
        last = last.then(() => {
          isWaiting = false;
          return turn();
        });
      }
    },
    ended: () => last,
  };
}
