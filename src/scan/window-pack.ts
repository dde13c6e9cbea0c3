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
import { createRollUp } from './roll-up-digest';
import type { WorkerPool } from './worker-pool';

export interface PackedWindow {
  /** The name of the store. */
  readonly place: string;
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

const MAGIC = 'vpcflow window pack 2\n';

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
  const parts = pack.objects.flatMap(({ place, accountId, region, key, etag, sizeBytes, stampSec, own }): Part[] => {
    const hourSec = stampSec === undefined ? -1 : floorTo(stampSec, HOUR_SEC);
    return accountId !== undefined && region !== undefined && hourSec >= startSec && hourSec + HOUR_SEC <= stopSec
      ? [
          {
            ...{ place, accountId, region, startSec: hourSec, own },
            objects: [{ key, etag, sizeBytes, stampSec }],
            maxTextBytes: own.digest.tallies.textBytes,
          },
        ]
      : [];
  });
  return addUp(name, pack.plan, parts, HOUR_SEC, pool);
}

/**
 * Windows as longer ones, each as long as `window`; one in which a part does not tell all is left out. `packs` must be of one
 * plan, and hold all parts that there are in `window`; those of other times are passed over, and one that is there twice
 * counts once.
 */
export function packLonger(
  name: PackedPlanName,
  packs: readonly WindowPack[],
  { startSec, stopSec }: { readonly startSec: number; readonly stopSec: number },
  pool: WorkerPool,
): Promise<WindowPack> {
  const parts = new Map<string, PackedWindow>();
  for (const part of packs.flatMap(({ windows }) => windows)) {
    if (part.startSec >= startSec && part.startSec < stopSec) {
      parts.set([part.place, part.accountId, part.region, part.startSec].join('\n'), part);
    }
  }
  return addUp(name, packs[0]!.plan, [...parts.values()], stopSec - startSec, pool);
}

/** What is added up: a window, or one object; any time in the window that it is to be part of. */
type Part = PackedWindow;

async function addUp(
  name: PackedPlanName,
  from: DigestPlan,
  parts: readonly Part[],
  lengthSec: number,
  pool: WorkerPool,
): Promise<WindowPack> {
  const plan = packedPlan(name, lengthSec);
  const rollUp = createRollUp(from, plan);
  const together = new Map<string, Part[]>();
  for (const part of rollUp ? parts : []) {
    const key = [part.place, part.accountId, part.region, floorTo(part.startSec, lengthSec)].join('\n');
    const others = together.get(key) ?? [];
    others.push(part);
    together.set(key, others);
  }
  const windows: PackedWindow[] = [];
  for (const all of together.values()) {
    const { place, accountId, region, startSec } = all[0]!;
    if (rollUp && all.every(({ own }) => rollUp.canMakeOf(own))) {
      windows.push({
        ...{ place, accountId, region, startSec: floorTo(startSec, lengthSec) },
        objects: all.flatMap(({ objects }) => objects),
        maxTextBytes: Math.max(...all.map(({ maxTextBytes }) => maxTextBytes)),
        own: await mergeInPool(
          pool,
          plan,
          all.map(({ own }) => rollUp.make(own)),
        ),
      });
    }
  }
  return { plan, lengthSec, windows };
}
