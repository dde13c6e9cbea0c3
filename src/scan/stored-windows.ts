/**
 * Windows that the service has stored added up, for one scan: which there are, and what is in those that are asked for. The
 * files are read when somebody asks, a few ahead in the order of time.
 */
import type { DigestPlan, Plan } from '../digest/plan';
import type { StoredObject } from '../store/store';
import { digestWithin } from './digest-cache';
import { HOUR_SEC, floorTo, nameObjects, shiftKey, windowKey, windowOfKey, type WindowTime } from './object-windows';
import { STORED_LENGTHS_SEC, type PackWindow } from './pack-names';
import { createRollUp, type RollUp } from './roll-up-digest';
import type { SelectedObject, Source } from './select-objects';
import type { PackedWindow, WindowPack } from './window-pack';

/** Unix seconds, `[fromSec, toSec)`. */
type Range = NonNullable<Plan['range']>;

export interface StoredWindowsOptions<File extends PackWindow> {
  readonly plan: DigestPlan;
  readonly maxObjectTextBytes: number;
  readonly sources: readonly Source[];
  /** Files by the length of their windows, in seconds. */
  readonly files: ReadonlyMap<number, readonly File[]>;
  readonly range: Range;
  /** Reads a file; `undefined` if that failed, which is told elsewhere. */
  readonly read: (file: File) => Promise<WindowPack | undefined>;
  /** Whether a key need not be looked for. */
  readonly isKept: (key: string) => boolean;
  /** Takes a window of a file that was read: its key, the name of its objects, and what makes the digests that are asked. */
  readonly onWindow: (key: string, of: string, window: PackedWindow, rollUp: RollUp) => void;
}

export interface StoredWindows {
  /** Whether a file has windows of a key's time, of whichever place. */
  has(key: string): boolean;
  /** Whether there is a file for an hour. */
  hasHour(hourSec: number): boolean;
  /** Resolves when the windows of a key's time have been taken; `undefined` if there are none. */
  load(key: string): Promise<void> | undefined;
  /** Whether an object is in a window that holds records of the range only. */
  holds(object: SelectedObject): Promise<boolean>;
}

/** What is in a window, without its digest, which may be large. */
type NamedWindow = Pick<PackedWindow, 'place' | 'objects'>;

/** Files read ahead. */
const AHEAD = 3;

/** The windows of files. */
export function createStoredWindows<File extends PackWindow>({
  plan,
  sources,
  files,
  range,
  read,
  isKept,
  onWindow,
  ...asked
}: StoredWindowsOptions<File>): StoredWindows {
  /** By length and beginning: those that lie within the range, since no other is of use. */
  const byTime = new Map<string, File>();
  for (const [lengthSec, all] of files) {
    for (const file of all) {
      wholeWindows(file, lengthSec, range).forEach((startSec) => byTime.set(timeKey({ startSec, lengthSec }), file));
    }
  }
  const order = inOrder(byTime, range);
  const reading = new Map<File, Promise<void>>();
  /** By file, what is in its windows that are of use; made when somebody asks for it. */
  const contents = new Map<File, { readonly windows: NamedWindow[]; names?: ReadonlySet<string> }>();

  const take = (file: File, pack: WindowPack): void => {
    const own: NamedWindow[] = [];
    contents.set(file, { windows: own });
    const rollUp = createRollUp(pack.plan, plan);
    if (!rollUp) {
      return;
    }
    for (const source of sources.filter(takesDigests)) {
      for (const window of pack.windows) {
        const { place, accountId, region, startSec, objects, maxTextBytes } = window;
        if (
          place === source.store.name &&
          maxTextBytes <= asked.maxObjectTextBytes &&
          objects.every(({ key }) => key.startsWith(source.prefix))
        ) {
          if (rollUp.canMakeOf(window.own) && digestWithin(window.own, range)) {
            own.push({ place, objects });
          }
          const named = objects.map((object) => ({ ...object, source, parsed: { stampSec: object.stampSec! } }));
          const at = { source, parsed: { accountId, region } };
          const key = windowKey({ plan, ...asked }, at, startSec, pack.lengthSec);
          onWindow(key, nameObjects(named), window, rollUp);
        }
      }
    }
  };

  const loadFile = (file: File): Promise<void> => {
    const known = reading.get(file) ?? read(file).then((pack) => pack && take(file, pack));
    reading.set(file, known);
    return known;
  };

  return {
    has(key) {
      const time = windowOfKey(key);
      return time !== undefined && byTime.has(timeKey(time));
    },
    hasHour: (startSec) => byTime.has(timeKey({ startSec, lengthSec: HOUR_SEC })),
    load(key) {
      const time = windowOfKey(key);
      const file = time && byTime.get(timeKey(time));
      const at = time ? order.findIndex((other) => timeKey(other) === timeKey(time)) : -1;
      for (const next of at < 0 ? [] : order.slice(at + 1, at + 1 + AHEAD)) {
        if (!isKept(shiftKey(key, next))) {
          // Whoever asks for it hears of its failure.
          loadFile(byTime.get(timeKey(next))!).catch(() => undefined);
        }
      }
      return file && loadFile(file);
    },
    async holds(object) {
      if (!object.parsed || !takesDigests(object.source)) {
        return false;
      }
      for (const lengthSec of LONGEST_FIRST) {
        const file = byTime.get(timeKey({ startSec: floorTo(object.parsed.stampSec, lengthSec), lengthSec }));
        await (file && loadFile(file));
        const own = file && contents.get(file);
        if (own) {
          own.names ??= new Set(own.windows.flatMap(({ place, objects }) => objects.map((one) => nameIn(place, one))));
          if (own.names.has(nameIn(object.source.store.name, object))) {
            return true;
          }
        }
      }
      return false;
    },
  };
}

/** Whether stored digests may be of objects of the source: columns that its settings name are in none of them. */
export function takesDigests({ columns, pieces }: Pick<Source, 'columns' | 'pieces'>): boolean {
  return columns === undefined && pieces === undefined;
}

/** The beginnings of the windows of a length that lie within a file's window and a range. */
export function wholeWindows(
  { startSec, stopSec }: PackWindow,
  lengthSec: number,
  { fromSec, toSec }: Range = { fromSec: -Infinity, toSec: Infinity },
): number[] {
  const first = Math.ceil(Math.max(startSec, fromSec) / lengthSec) * lengthSec;
  const count = Math.max(0, Math.floor((Math.min(stopSec, toSec) - first) / lengthSec));
  return Array.from({ length: count }, (_, i) => first + i * lengthSec);
}

const LONGEST_FIRST = STORED_LENGTHS_SEC.toReversed();

/** The windows that a range is likely to be made of: at each time the longest that there is. */
function inOrder(byTime: ReadonlyMap<string, unknown>, { fromSec, toSec }: Range): readonly WindowTime[] {
  const order: WindowTime[] = [];
  for (let startSec = Math.ceil(fromSec / HOUR_SEC) * HOUR_SEC; startSec < toSec;) {
    const lengthSec = LONGEST_FIRST.find((length) => byTime.has(timeKey({ startSec, lengthSec: length })));
    if (lengthSec !== undefined) {
      order.push({ startSec, lengthSec });
    }
    startSec += lengthSec ?? HOUR_SEC;
  }
  return order;
}

function timeKey({ startSec, lengthSec }: WindowTime): string {
  return `${lengthSec} ${startSec}`;
}

function nameIn(place: string, { key, etag }: Pick<StoredObject, 'key' | 'etag'>): string {
  return JSON.stringify([place, key, etag]);
}
