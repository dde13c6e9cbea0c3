/**
 * Files of stored digests by name: of which window they are, and whether of its objects, of its hours, or of longer parts.
 */
import { DAY_SEC, HOUR_SEC, SIX_HOURS_SEC } from './object-windows';
import type { PackedPlanName } from './packed-plans';

/** The longest window of which there are packs: as far before a range they are looked for. */
export const MAX_PACK_SEC = 86_400;

const OBJECTS_START = 'pack_';
/** By the length of what is added up, in seconds. */
const WINDOWS_STARTS: ReadonlyMap<number, string> = new Map([
  [HOUR_SEC, 'hours-'],
  [SIX_HOURS_SEC, 'hours6-'],
  [DAY_SEC, 'hours24-'],
]);

/** The lengths of what is stored added up, in seconds, the shortest first. */
export const STORED_LENGTHS_SEC: readonly number[] = [...WINDOWS_STARTS.keys()];

/** Of what is added up a file is: of which plan, and of windows of which length. */
export interface WindowKind {
  readonly plan: PackedPlanName;
  readonly lengthSec: number;
}

/** `[startSec, stopSec)` in Unix seconds. */
export interface PackWindow {
  readonly startSec: number;
  readonly stopSec: number;
}

/** The name of the file of a window, of its objects or of a kind; in the order of names starts ascend. */
export function packName({ startSec, stopSec }: PackWindow, kind?: WindowKind): string {
  return `${nameStart(kind)}${stampText(startSec)}_${stampText(stopSec)}.bin`;
}

/** The window of a file's name; `undefined` for other names. */
export function parsePackName(name: string): PackWindow | undefined {
  const [, start, stop] = /^(?:pack|hours\d*-[a-z]+)_(\d{8}T\d{6}Z)_(\d{8}T\d{6}Z)\.bin$/.exec(name) ?? [];
  return start === undefined || stop === undefined ? undefined : { startSec: stampSec(start), stopSec: stampSec(stop) };
}

/** Whether a file's name is of that kind. */
export function isOfKind(name: string, kind: WindowKind): boolean {
  return name.startsWith(nameStart(kind));
}

/** The start of the keys of files below a prefix: of objects, or of a kind. */
export function packKeysStart(prefix: string, kind?: WindowKind): string {
  return `${folderOf(prefix)}${nameStart(kind)}`;
}

/** The starts of the keys of all files below a prefix. */
export function allPackKeysStarts(prefix: string): readonly string[] {
  return [packKeysStart(prefix), `${folderOf(prefix)}hours`];
}

/** The key after which the files begin whose windows start at that time or later, Unix seconds. */
export function packKeyBefore(prefix: string, startSec: number, kind?: WindowKind): string {
  return `${packKeysStart(prefix, kind)}${stampText(Math.max(0, startSec))}`;
}

/** The window of a file's key below a prefix; `undefined` for other keys. */
export function parsePackKey(prefix: string, key: string): PackWindow | undefined {
  const folder = folderOf(prefix);
  return key.startsWith(folder) ? parsePackName(key.slice(folder.length)) : undefined;
}

function folderOf(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function nameStart(kind: WindowKind | undefined): string {
  return kind === undefined ? OBJECTS_START : `${WINDOWS_STARTS.get(kind.lengthSec)!}${kind.plan}_`;
}

function stampText(sec: number): string {
  return new Date(sec * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
}

function stampSec(text: string): number {
  return Date.parse(text.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5')) / 1000;
}
