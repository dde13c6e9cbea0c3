/**
 * Digests of whole hours as one file: those of a source's account and region, added up by one of the packed plans. Each
 * tells the objects that it is of, so whoever reads it can tell whether these are what lies there now.
 */
import type { DigestPlan } from '../digest/plan';
import { FlowError } from '../errors';
import type { ObjectDigest } from './digest-cache';
import { decodePackFile, encodePackFile, type DigestPack, type PackedObject } from './digest-pack';
import { mergeInPool } from './merge-in-pool';
import { HOUR_SEC, floorTo } from './object-windows';
import { packedPlan, type PackedPlanName } from './packed-plans';
import { createRollUp } from './roll-up-digest';
import type { WorkerPool } from './worker-pool';

export interface PackedWindow {
  /** The name of the store. */
  readonly place: string;
  readonly accountId: string;
  readonly region: string;
  /** Unix seconds, a multiple of `HOUR_SEC`. */
  readonly startSec: number;
  readonly objects: readonly Pick<PackedObject, 'key' | 'etag' | 'sizeBytes' | 'stampSec'>[];
  /** Of the object of most text. */
  readonly maxTextBytes: number;
  readonly own: ObjectDigest;
}

export interface WindowPack {
  readonly plan: DigestPlan;
  readonly windows: readonly PackedWindow[];
}

const MAGIC = 'vpcflow window pack 1\n';

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
export async function packWindows(
  name: PackedPlanName,
  pack: DigestPack,
  { startSec, stopSec }: { readonly startSec: number; readonly stopSec: number },
  pool: WorkerPool,
): Promise<WindowPack> {
  const plan = packedPlan(name);
  const rollUp = createRollUp(pack.plan, plan);
  const hours = new Map<string, PackedObject[]>();
  for (const object of rollUp ? pack.objects : []) {
    const { place, accountId, region, stampSec } = object;
    const hourSec = stampSec === undefined ? -1 : floorTo(stampSec, HOUR_SEC);
    if (accountId !== undefined && hourSec >= startSec && hourSec + HOUR_SEC <= stopSec) {
      const key = [place, accountId, region, hourSec].join('\n');
      hours.set(key, [...(hours.get(key) ?? []), object]);
    }
  }
  const windows: PackedWindow[] = [];
  for (const objects of hours.values()) {
    const { place, accountId, region, stampSec } = objects[0]!;
    if (rollUp && objects.every(({ own }) => rollUp.canMakeOf(own))) {
      windows.push({
        ...{ place, accountId: accountId!, region: region!, startSec: floorTo(stampSec!, HOUR_SEC) },
        objects: objects.map(({ key, etag, sizeBytes, stampSec: sec }) => ({ key, etag, sizeBytes, stampSec: sec })),
        maxTextBytes: Math.max(...objects.map((object) => object.own.digest.tallies.textBytes)),
        own: await mergeInPool(
          pool,
          plan,
          objects.map(({ own }) => rollUp.make(own)),
        ),
      });
    }
  }
  return { plan, windows };
}
