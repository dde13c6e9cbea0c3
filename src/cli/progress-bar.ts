/**
 * A progress bar on a terminal, nothing elsewhere.
 */
import type { ScanProgress } from '../scan/read-selected';
import { describeBytes } from '../view/describe-size';

export interface ProgressBar {
  readonly update: (progress: ScanProgress) => void;
  /** Takes the bar away; may be called again. */
  stop(): void;
}

/** A bar on `stream`, or one that shows nothing. It appears with the first report. */
export async function createProgressBar(stream: NodeJS.WritableStream | undefined): Promise<ProgressBar> {
  if (!stream) {
    return { update: () => undefined, stop: () => undefined };
  }
  // Loaded only where there is a terminal: it takes some milliseconds.
  const { Presets, SingleBar } = await import('cli-progress');
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
