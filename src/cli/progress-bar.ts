/**
 * A progress bar on a terminal, nothing elsewhere.
 */
import { Presets, SingleBar } from 'cli-progress';
import type { ScanProgress } from '../scan/run-scan';
import { describeBytes } from '../view/describe-size';

export interface ProgressBar {
  readonly update: (progress: ScanProgress) => void;
  /** Takes the bar away; may be called again. */
  stop(): void;
}

/** A bar on `stream`, or one that shows nothing. It appears with the first report. */
export function createProgressBar(stream: NodeJS.WritableStream | undefined): ProgressBar {
  if (!stream) {
    return { update: () => undefined, stop: () => undefined };
  }
  const bar = new SingleBar(
    {
      stream,
      clearOnComplete: true,
      hideCursor: true,
      format: '{bar} {percentage} % · {value}/{total} objects · {size} · {duration_formatted}',
    },
    Presets.shades_classic,
  );
  let isRunning = false;
  return {
    update({ selectedObjects, doneObjects, doneBytes }) {
      const size = describeBytes(doneBytes);
      if (!isRunning) {
        isRunning = true;
        bar.start(selectedObjects, doneObjects, { size });
      } else {
        bar.setTotal(selectedObjects);
        bar.update(doneObjects, { size });
      }
    },
    stop() {
      if (isRunning) {
        isRunning = false;
        bar.stop();
      }
    },
  };
}
