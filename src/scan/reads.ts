/** Reads that are under way: as many as there is room for, by number and by bytes. */

export interface ReadCost {
  /** Of those that reads have together. */
  readonly places: number;
  readonly bytes: number;
}

export interface Reads {
  /** Begins to read, which must not reject, as soon as there is room for it; false if the signal was aborted before. */
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

  const hasRoom = ({ places, bytes }: ReadCost): boolean =>
    usedPlaces === 0 || (usedPlaces + places <= maxPlaces && usedBytes + bytes <= maxBytes);

  async function waitForRoom(cost: ReadCost): Promise<void> {
    const onAbort = (): void => wake?.();
    signal.addEventListener('abort', onAbort);
    while (!signal.aborted && !hasRoom(cost)) {
      await new Promise<void>((resolve) => (wake = resolve));
    }
    signal.removeEventListener('abort', onAbort);
  }

  return {
    async begin(cost, read) {
      if (!hasRoom(cost)) {
        await waitForRoom(cost);
      }
      if (signal.aborted) {
        return false;
      }
      usedPlaces += cost.places;
      usedBytes += cost.bytes;
      const reading = read().finally(() => {
        usedPlaces -= cost.places;
        usedBytes -= cost.bytes;
        underWay.delete(reading);
        wake?.();
      });
      underWay.add(reading);
      return true;
    },
    async ended() {
      await Promise.all(underWay);
    },
  };
}
