/**
 * Stops a process right after a named step of its work, so that tests can kill it there. Only tests set the variables:
 * `VPCFLOW_TEST_PAUSE_AFTER` names the step, and a file of the name in `VPCFLOW_TEST_RESUME_FILE` lets the process go on.
 */
import { existsSync } from 'node:fs';
import { abortError } from '../errors';
import { parsePackName } from '../scan/pack-names';
import type { Shelf } from './shelf';
import type { MakeProduct } from './work-job';

/** The steps from a request to a product that has left the queue, in their order. */
export const STEPS = [
  ...['reserve', 'push', 'confirm', 'take', 'claim', 'make', 'renew', 'write-facts'],
  ...['write-pack', 'write-product', 'release', 'finish'],
] as const;

/** Waits if this is the step; rejects with `aborted` when the signal says so. */
export type Pause = (step: (typeof STEPS)[number], signal?: AbortSignal) => Promise<void>;

const LOOK_MS = 20;

/** `undefined` outside of such tests. */
export function createPause(
  environment: Readonly<Record<string, string | undefined>>,
  report: (step: string) => void,
): Pause | undefined {
  const { VPCFLOW_TEST_PAUSE_AFTER: chosen, VPCFLOW_TEST_RESUME_FILE: file } = environment;
  if (chosen === undefined || chosen === '') {
    return undefined;
  }
  return async (step, signal) => {
    if (step !== chosen) {
      return;
    }
    report(step);
    while (file === undefined || !existsSync(file)) {
      if (signal?.aborted) {
        throw abortError(signal);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
}

/** The shelf, with pauses after what it does. */
export function withPauses(shelf: Shelf, pause: Pause): Shelf {
  const { storage, progress, queue } = shelf;
  const { take } = queue;
  return {
    ...shelf,
    storage: {
      ...storage,
      async write(name, bytes) {
        await storage.write(name, bytes);
        const isPack = parsePackName(name) !== undefined;
        await pause(name.endsWith('.json') ? 'write-facts' : isPack ? 'write-pack' : 'write-product');
      },
    },
    progress: {
      ...progress,
      async reserve(id) {
        const reservation = await progress.reserve(id);
        await pause('reserve');
        return (
          reservation && {
            ...reservation,
            confirm: () => reservation.confirm().then(() => pause('confirm')),
          }
        );
      },
      async claim(id) {
        const claim = await progress.claim(id);
        await pause('claim');
        return (
          claim && {
            ...claim,
            async renew() {
              const isOurs = await claim.renew();
              await pause('renew');
              return isOurs;
            },
            release: () => claim.release().then(() => pause('release')),
          }
        );
      },
    },
    queue: {
      ...queue,
      push: (job) => queue.push(job).then(() => pause('push')),
      take:
        take &&
        (async (signal) => {
          const taken = await take(signal);
          if (taken) {
            await pause('take');
          }
          return taken && { ...taken, finish: () => taken.finish().then(() => pause('finish')) };
        }),
    },
  };
}

/** The maker, with a pause once something is made: it ends when the job is to be handed back. */
export function withMakePause(make: MakeProduct, pause: Pause): MakeProduct {
  return async (job, signal) => {
    const product = await make(job, signal);
    await pause('make', signal);
    return product;
  };
}
