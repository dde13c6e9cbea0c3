/** Reads that are under way: as many as there is room for, by number and by bytes. */

export interface ReadCost {
  /** Of those that reads have together. */
  readonly places: number;
  readonly bytes: number;
}

export interface Reads {
  /**
   * Begins to read, which must not reject, as soon as there is room for it; false once the signal is aborted. One at a time may
   * wait for room.
   */
  begin(cost: ReadCost, read: () => Promise<void>): Promise<boolean>;
  /** Resolves when all that was begun has ended. */
  ended(): Promise<void>;
}

/** No reads yet; what is larger than all the room there is is read alone. */
export function createReads(maxPlaces: number, maxBytes: number, signal: AbortSignal): Reads {
  const underWay = new Set<Promise<void>>();
  let usedPlaces = 0;
  let usedBytes = 0;
  let wake: (() => void) | undefined;

  /** Takes room, if there is any. */
  function take({ places, bytes }: ReadCost): boolean {
    const hasRoom = usedPlaces === 0 || (usedPlaces + places <= maxPlaces && usedBytes + bytes <= maxBytes);
    if (hasRoom) {
      usedPlaces += places;
      usedBytes += bytes;
    }
    return hasRoom;
  }

  /** Takes it as soon as there is; returns when aborted, since that ends the reads that it waits for. */
  async function acquire(cost: ReadCost): Promise<void> {
    while (!signal.aborted && !take(cost)) {
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  return {
    async begin(cost, read) {
      if (!take(cost)) {
        await acquire(cost);
      }
      if (signal.aborted) {
        return false;
      }
      const reading = read().finally(() => {
        usedPlaces -= cost.places;
        usedBytes -= cost.bytes;
        underWay.delete(reading);
        wake?.();
      });
      underWay.add(reading);
      return !signal.aborted;
    },
    async ended() {
      await Promise.all(underWay);
    },
  };
}
