/** What is removed in the course of time: what is past the retention, and what processes left that died amid writing. */
import { removeUnfinished } from './durable-file';

import { removeOldProducts, type Shelf } from './shelf';
import type { ProductKind } from './window';
import { pause } from './work-queue';

export interface HousekeepingOptions {
  readonly shelves: Readonly<Record<ProductKind, Shelf>>;
  /** It may not be there. */
  readonly dataFolder: string;
  /** Without it products are kept. */
  readonly retentionMs?: number;
  readonly signal: AbortSignal;
  /** Unix milliseconds. */
  readonly clock: () => number;
  readonly reportRemoved: (kind: ProductKind, files: number) => void;
  readonly reportUnfinished: (files: number) => void;
  /** Something could not be removed; it is tried again at the next turn. */
  readonly reportFailure: (thrown: unknown) => void;
}

const TURN_MS = 3_600_000;

/** Removes it at once and then each hour, until told to stop. */
export async function runHousekeeping(options: HousekeepingOptions): Promise<void> {
  const { shelves, dataFolder, retentionMs, signal, clock, reportRemoved, reportUnfinished, reportFailure } = options;
  const attempt = async (remove: () => Promise<number>, report: (files: number) => void): Promise<void> => {
    try {
      const files = await remove();
      if (files > 0) {
        report(files);
      }
    } catch (thrown) {
      reportFailure(thrown);
    }
  };
  while (!signal.aborted) {
    await attempt(() => removeUnfinished(dataFolder, clock()), reportUnfinished);
    for (const shelf of retentionMs === undefined ? [] : Object.values(shelves)) {
      await attempt(
        () => removeOldProducts(shelf, clock() - retentionMs!),
        (files) => reportRemoved(shelf.kind, files),
      );
    }
    await pause(TURN_MS, signal);
  }
}
