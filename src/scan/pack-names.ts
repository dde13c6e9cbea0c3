/**
 * Files of stored digests by name: of which window they are, and whether of its objects or of its hours.
 */
import type { PackedPlanName } from './packed-plans';

/** The longest window of which there are packs: as far before a range they are looked for. */
export const MAX_PACK_SEC = 86_400;

const OBJECTS_START = 'pack_';
const HOURS_START = 'hours-';

/** `[startSec, stopSec)` in Unix seconds. */
export interface PackWindow {
  readonly startSec: number;
  readonly stopSec: number;
}

/** The name of a window's pack, of its objects or of its hours by a plan; in the order of names starts ascend. */
export function packName({ startSec, stopSec }: PackWindow, plan?: PackedPlanName): string {
  return `${nameStart(plan)}${stampText(startSec)}_${stampText(stopSec)}.bin`;
}

/** The window of a pack's name; `undefined` for other names. */
export function parsePackName(name: string): PackWindow | undefined {
  const [, start, stop] = /^(?:pack|hours-[a-z]+)_(\d{8}T\d{6}Z)_(\d{8}T\d{6}Z)\.bin$/.exec(name) ?? [];
  return start === undefined || stop === undefined ? undefined : { startSec: stampSec(start), stopSec: stampSec(stop) };
}

/** The start of the keys of packs below a prefix: of objects, or of hours by a plan. */
export function packKeysStart(prefix: string, plan?: PackedPlanName): string {
  return `${folderOf(prefix)}${nameStart(plan)}`;
}

/** The starts of the keys of all packs below a prefix. */
export function allPackKeysStarts(prefix: string): readonly string[] {
  return [packKeysStart(prefix), `${folderOf(prefix)}${HOURS_START}`];
}

/** The key after which the packs begin whose windows start at that time or later, Unix seconds. */
export function packKeyBefore(prefix: string, startSec: number, plan?: PackedPlanName): string {
  return `${packKeysStart(prefix, plan)}${stampText(Math.max(0, startSec))}`;
}

/** The window of a pack's key below a prefix; `undefined` for other keys. */
export function parsePackKey(prefix: string, key: string): PackWindow | undefined {
  const folder = folderOf(prefix);
  return key.startsWith(folder) ? parsePackName(key.slice(folder.length)) : undefined;
}

function folderOf(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function nameStart(plan: PackedPlanName | undefined): string {
  return plan === undefined ? OBJECTS_START : `${HOURS_START}${plan}_`;
}

function stampText(sec: number): string {
  return new Date(sec * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
}

function stampSec(text: string): number {
  return Date.parse(text.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5')) / 1000;
}
