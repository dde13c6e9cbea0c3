/** How much is read at a time: by number and by bytes. */

export interface ReadCost {
  /** Of those that reads have together. */
  readonly places: number;
  readonly bytes: number;
}

export interface Budget {
  /** False if there is no room for the cost while something else is under way. */
  take(cost: ReadCost): boolean;
  /** Takes it as soon as there is; returns when aborted. */
  acquire(cost: ReadCost, signal: AbortSignal): Promise<void>;
  release(cost: ReadCost): void;
}

/** A budget of which nothing is taken; what is larger than all of it is taken alone. */
export function createBudget(maxPlaces: number, maxBytes: number): Budget {
  let usedPlaces = 0;
  let usedBytes = 0;
  let wake: (() => void) | undefined;
  const take = ({ places, bytes }: ReadCost): boolean => {
    const hasRoom = usedPlaces === 0 || (usedPlaces + places <= maxPlaces && usedBytes + bytes <= maxBytes);
    if (hasRoom) {
      usedPlaces += places;
      usedBytes += bytes;
    }
    return hasRoom;
  };
  return {
    take,
    async acquire(cost, signal) {
      const onAbort = (): void => wake?.();
      signal.addEventListener('abort', onAbort);
      while (!signal.aborted && !take(cost)) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
      signal.removeEventListener('abort', onAbort);
    },
    release({ places, bytes }) {
      usedPlaces -= places;
      usedBytes -= bytes;
      wake?.();
    },
  };
}
