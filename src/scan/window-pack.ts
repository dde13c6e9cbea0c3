/**
 * Digests of windows as one file: of whole hours, or of longer ones that are made of those, each of a source's account and
 * region, added up by one of the packed plans. Each tells the objects that it is of, so whoever reads it can tell whether
 * these are what lies there now.
 */
import type { DigestPlan } from '../digest/plan';
import { FlowError } from '../errors';
import type { ObjectDigest } from './digest-cache';
import { decodePackFile, encodePackFile, type DigestPack, type PackedObject } from './digest-pack';
import { mergeInPool } from './merge-in-pool';
import { HOUR_SEC, floorTo } from './object-windows';
import { packedPlan, type PackedPlanName } from './packed-plans';
import { createRollUp, type RollUp } from './roll-up-digest';
import type { WorkerPool } from './worker-pool';

export interface PackedWindow {
  /** The name of the store. */
  readonly place: string;
  /** Where in it the source began that the objects were found by: another one has other windows of the same time. */
  readonly prefix: string;
  readonly accountId: string;
  readonly region: string;
  /** Unix seconds, a multiple of `lengthSec` of the pack. */
  readonly startSec: number;
  readonly objects: readonly Pick<PackedObject, 'key' | 'etag' | 'sizeBytes' | 'stampSec'>[];
  /** Of the object of most text. */
  readonly maxTextBytes: number;
  readonly own: ObjectDigest;
}

export interface WindowPack {
  readonly plan: DigestPlan;
  /** Of all its windows, in seconds. */
  readonly lengthSec: number;
  readonly windows: readonly PackedWindow[];
}

const MAGIC = 'vpcflow window pack 4\n';

/** The pack as a file. Throws `over-limit` if it would be too large. */
export function encodeWindowPack(pack: WindowPack): Promise<Buffer> {
  return encodePackFile(MAGIC, pack);
}

/** The pack of a file; columns lie in shared memory. Throws `corrupt-object` for what is no pack, or no longer whole. */
export async function decodeWindowPack(file: Uint8Array): Promise<WindowPack> {
  const pack = (await decodePackFile(MAGIC, file)) as WindowPack;
  if (!Array.isArray(pack.windows)) {
    throw new FlowError('corrupt-object', 'cannot read stored digests: there are no windows in it');
  }
  return pack;
}

/**
 * The hours within a window, of the digests of its objects; one in which an object's digest does not tell all is left out.
 * `pack` must hold all objects of these hours that have digests.
 */
export function packHours(
  name: PackedPlanName,
  pack: DigestPack,
  { startSec, stopSec }: { readonly startSec: number; readonly stopSec: number },
  pool: WorkerPool,
): Promise<WindowPack> {
  const plan = packedPlan(name, HOUR_SEC);
  const rollUp = createRollUp(pack.plan, plan);
  const parts = pack.objects.flatMap((object): Part[] => {
    const { place, prefix, accountId, region, key, etag, sizeBytes, stampSec, own } = object;
    const hourSec = stampSec === undefined ? -1 : floorTo(stampSec, HOUR_SEC);
    return accountId !== undefined && region !== undefined && hourSec >= startSec && hourSec + HOUR_SEC <= stopSec
      ? [
          {
            window: {
              ...{ place, prefix, accountId, region, startSec: hourSec, own },
              objects: [{ key, etag, sizeBytes, stampSec }],
              maxTextBytes: own.digest.tallies.textBytes,
            },
            rollUp,
          },
        ]
      : [];
  });
  return addUp(plan, parts, HOUR_SEC, pool);
}

/**
 * Windows as longer ones, each as long as `window`; one in which a part does not tell all is left out. `packs` must hold all
 * parts that there are in `window`; those of other times are passed over, and one that is there twice counts once.
 */
export function packLonger(
  name: PackedPlanName,
  packs: readonly WindowPack[],
  { startSec, stopSec }: { readonly startSec: number; readonly stopSec: number },
  pool: WorkerPool,
): Promise<WindowPack> {
  const plan = packedPlan(name, stopSec - startSec);
  const parts = new Map<string, Part>();
  for (const pack of packs) {
    const rollUp = createRollUp(pack.plan, plan);
    for (const window of pack.windows) {
      if (window.startSec >= startSec && window.startSec < stopSec) {
        parts.set(windowName(window, pack.lengthSec), { window, rollUp });
      }
    }
  }
  return addUp(plan, [...parts.values()], stopSec - startSec, pool);
}

/** What is added up. */
interface Part {
  /** Or one object; of any time in the window that it is to be part of. */
  readonly window: PackedWindow;
  /** Undefined if the plan cannot be made of its own. */
  readonly rollUp: RollUp | undefined;
}

async function addUp(
  plan: DigestPlan,
  parts: readonly Part[],
  lengthSec: number,
  pool: WorkerPool,
): Promise<WindowPack> {
  const together = new Map<string, Part[]>();
  for (const part of parts) {
    const key = windowName(part.window, lengthSec);
    const others = together.get(key) ?? [];
    others.push(part);
    together.set(key, others);
  }
  const windows: PackedWindow[] = [];
  for (const all of together.values()) {
    const own = all.flatMap(({ window, rollUp }) => (rollUp?.canMakeOf(window.own) ? [rollUp.make(window.own)] : []));
    if (own.length === all.length) {
      const { place, prefix, accountId, region, startSec } = all[0]!.window;
      windows.push({
        ...{ place, prefix, accountId, region, startSec: floorTo(startSec, lengthSec) },
        objects: all.flatMap(({ window }) => window.objects),
        maxTextBytes: Math.max(...all.map(({ window }) => window.maxTextBytes)),
        own: await mergeInPool(pool, plan, own),
      });
    }
  }
  return { plan, lengthSec, windows };
}

/** What tells the windows of that length from each other. */
function windowName({ place, prefix, accountId, region, startSec }: PackedWindow, lengthSec: number): string {
  return [place, prefix, accountId, region, floorTo(startSec, lengthSec)].join('\n');
}
