/**
 * Makes the packs of a window: the digests of its single objects, fine enough for the Grafana data source to make those of
 * its panels from them, and those of its hours, added up. A pack saves reading and changes no answer, so a window without
 * one is no failure.
 */
import { FlowError } from '../errors';
import { createDigestCollector } from '../scan/collect-digests';
import { encodePack, type DigestPack } from '../scan/digest-pack';
import {
  AS_LOGGED_PLAN_NAME,
  objectsPlan,
  packedPlan,
  packedPlanNames,
  packedQuery,
  type PackedPlanName,
} from '../scan/packed-plans';
import { runScan } from '../scan/run-scan';
import { HOUR_SEC, floorTo } from '../scan/object-windows';
import { MAX_PACK_SEC, packName } from '../scan/pack-names';
import { wholeWindows } from '../scan/stored-windows';
import { encodeWindowPack, packHours } from '../scan/window-pack';
import type { MakeDigestOptions } from './make-digest';
import { printTime, type Window } from './window';

export interface MadePacks {
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly objectCount: number;
}

/**
 * The packs; `undefined` if the window is too long or could not be packed. Hours in which there are no objects are stored as
 * well, since only what is stored can become part of a longer window. Throws `aborted` only.
 */
export async function makePacks(
  { startMs, stopMs }: Window,
  { sources, pool, accounts, regions, prefetchBytes, concurrency, clock, signal }: PackOptions,
): Promise<MadePacks | undefined> {
  const window = { startSec: startMs / 1000, stopSec: stopMs / 1000 };
  if (window.stopSec - window.startSec > MAX_PACK_SEC) {
    return undefined;
  }
  const range = { from: printTime(startMs), to: printTime(stopMs) };
  const packObjects = async (name: PackedPlanName | 'objects') => {
    const { cache, pack } = createDigestCollector();
    const query = packedQuery(name, { range, accounts, regions }, clock());
    const { selection } = await runScan(query, sources, { pool, signal, prefetchBytes, concurrency, digests: cache });
    const made = pack(name === 'objects' ? objectsPlan() : packedPlan(name, HOUR_SEC));
    return { made, isAll: made.objects.length === selection.selectedObjects };
  };
  try {
    const { made, isAll } = await packObjects('objects');
    const isQuiet = isAll && areWithoutObjects(wholeWindows(window, HOUR_SEC), made);
    const files = made.objects.length > 0 ? [{ name: packName(window), bytes: await encodePack(made) }] : [];
    for (const name of packedPlanNames(HOUR_SEC)) {
      const objects = name === AS_LOGGED_PLAN_NAME ? (await packObjects(name)).made : made;
      const hours = await packHours(name, objects, window, pool);
      if (hours.windows.length > 0 || isQuiet) {
        const kind = { plan: name, lengthSec: HOUR_SEC };
        files.push({ name: packName(window, kind), bytes: await encodeWindowPack(hours) });
      }
    }
    return { files, objectCount: made.objects.length };
  } catch (thrown) {
    if (FlowError.from(thrown).code === 'aborted') {
      throw thrown;
    }
    return undefined;
  }
}

/** Whether there are hours, and no objects in them; false if it is not known when one of them is of. */
function areWithoutObjects(hours: readonly number[], { objects }: DigestPack): boolean {
  const isElsewhere = (stampSec: number): boolean => !hours.includes(floorTo(stampSec, HOUR_SEC));
  return hours.length > 0 && objects.every(({ stampSec }) => stampSec !== undefined && isElsewhere(stampSec));
}

type PackOptions = Omit<MakeDigestOptions, 'withPacks' | 'settleMs'> & { readonly signal: AbortSignal };
