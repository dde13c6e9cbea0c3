/** A job: one window to make one thing of. Its JSON is what the two Go services put on their queues. */
import { FlowError } from '../errors';
import { isWindowId, parseWindow, printTime, windowId, type ProductKind, type Window } from './window';

export interface Job {
  readonly kind: ProductKind;
  readonly id: string;
  readonly window: Window;
}

/** The job of a window. */
export function createJob(kind: ProductKind, window: Window): Job {
  return { kind, id: windowId(kind, window), window };
}

/** A job as JSON: `id`, `start` and `stop`. */
export function printJob({ id, window }: Job): string {
  return JSON.stringify({ id, start: printTime(window.startMs), stop: printTime(window.stopMs) });
}

/**
 * Reads a job as it came from a queue; throws `bad-query`. The id must be that of the window: another one would store the
 * result where nobody looks for it, or where somebody looks for something else.
 */
export function parseJob(kind: ProductKind, payload: unknown): Job {
  const { id, start, stop } = readObject(payload);
  if (typeof id !== 'string' || id === '') {
    throw new FlowError('bad-query', 'cannot read the job: missing ID field');
  }
  const job = createJob(kind, parseWindow(start, stop));
  if (!isWindowId(id) || id !== job.id) {
    throw new FlowError('bad-query', `cannot read the job: its id is not that of its window, ${job.id}`, {
      fields: { id: id.slice(0, 64) },
    });
  }
  return job;
}

function readObject(payload: unknown): Readonly<Record<string, unknown>> {
  let value = payload;
  if (typeof payload === 'string') {
    try {
      value = JSON.parse(payload);
    } catch {
      throw new FlowError('bad-query', 'cannot read the job: it is not JSON');
    }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FlowError('bad-query', 'cannot read the job: it is not a JSON object');
  }
  return value as Record<string, unknown>;
}
