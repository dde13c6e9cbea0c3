/**
 * Values kept while there is room for them, counted in bytes: those used least recently go first. Room is reserved before
 * a value is made, so that what is kept and what is on its way never exceed the bound together.
 */

export interface ByteCacheOptions {
  /** For all values together; 0 keeps nothing. */
  readonly maxBytes: number;
  /** For one value: a few large ones shall not drive out everything else. */
  readonly maxEntryBytes?: number;
}

/** Room for a value that is being made. It ends with `keep` or `release`, whichever comes first; the other does nothing. */
export interface Reservation<Value> {
  /** Puts the value into the cache under this id, in place of the one there was. */
  keep(id: string, value: Value): void;
  release(): void;
}

export interface ByteCacheCounts {
  readonly entries: number;
  readonly keptBytes: number;
  /** Room held by reservations. */
  readonly reservedBytes: number;
  /** Values that had to go for others, since the cache was made. */
  readonly evictions: number;
}

export interface ByteCache<Value> {
  readonly maxEntryBytes: number;
  /** The value, which is from now on the one used last. */
  get(id: string): Value | undefined;
  delete(id: string): void;
  /** Makes room; `undefined` (and nothing has gone) if that is more than a value may have or than reservations leave. */
  reserve(bytes: number): Reservation<Value> | undefined;
  counts(): ByteCacheCounts;
}

/** What an entry takes besides the value: its id, and the entry itself. A guess, so that tiny values do not count as free. */
const ENTRY_BYTES = 512;

/**
 * Creates an empty cache. What readers still hold of a value that has gone is not counted. The caller says what a value
 * takes; 512 bytes are added for its entry.
 */
export function createByteCache<Value>({
  maxBytes,
  maxEntryBytes = Math.floor(maxBytes / 8),
}: ByteCacheOptions): ByteCache<Value> {
  /** In order of use, the last used at the end. */
  const entries = new Map<string, { readonly value: Value; readonly bytes: number }>();
  let keptBytes = 0;
  let reservedBytes = 0;
  let evictions = 0;

  const remove = (id: string): boolean => {
    const entry = entries.get(id);
    keptBytes -= entry?.bytes ?? 0;
    return entries.delete(id);
  };

  return {
    maxEntryBytes,
    get(id) {
      const entry = entries.get(id);
      if (entry !== undefined) {
        entries.delete(id);
        entries.set(id, entry);
      }
      return entry?.value;
    },
    delete: (id) => void remove(id),
    reserve(valueBytes) {
      const bytes = valueBytes + ENTRY_BYTES;
      if (valueBytes > maxEntryBytes || reservedBytes + bytes > maxBytes) {
        return undefined;
      }
      for (const id of entries.keys()) {
        if (keptBytes + reservedBytes + bytes <= maxBytes) {
          break;
        }
        remove(id);
        evictions++;
      }
      reservedBytes += bytes;
      let isOpen = true;
      const release = (): boolean => {
        const wasOpen = isOpen;
        reservedBytes -= wasOpen ? bytes : 0;
        isOpen = false;
        return wasOpen;
      };
      return {
        keep(id, value) {
          if (release()) {
            remove(id);
            entries.set(id, { value, bytes });
            keptBytes += bytes;
          }
        },
        release: () => void release(),
      };
    },
    counts: () => ({ entries: entries.size, keptBytes, reservedBytes, evictions }),
  };
}
