/** When stored hours are added up: in turns, each asked for when something is stored. */
import type { Logger } from 'pino';
import { FlowError } from '../errors';
import { createPackAdder, type AddUpPacksOptions } from './add-up-packs';

/** Turns of one task, one at a time. */
export interface Turns {
  /** Asks for a turn that begins after now; several who ask while one is under way get the same. */
  ask(): void;
  /** Resolves when nothing that was asked for is left. */
  ended(): Promise<void>;
}

/** `turn` must not reject. */
export function createTurns(turn: () => Promise<void>): Turns {
  let last = Promise.resolve();
  let isWaiting = false;
  return {
    ask() {
      if (!isWaiting) {
        isWaiting = true;
        last = last.then(() => {
          isWaiting = false;
          return turn();
        });
      }
    },
    ended: () => last,
  };
}

/** Turns in which stored digests are added up; what came of each is logged. */
export function createAdding({ log, ...options }: AddUpPacksOptions & { readonly log: Logger }): Turns {
  const addUp = createPackAdder(options);
  return createTurns(async () => {
    try {
      const { written, failures } = await addUp();
      if (written > 0) {
        log.info({ files: written }, 'added up stored digests');
      }
      const [first] = failures;
      if (first) {
        const [file, { code, message }] = first;
        // Answers are the same without them.
        log.warn({ files: failures.size, file, code, error: message }, 'cannot add up some of the stored digests');
      }
    } catch (thrown) {
      const { code, message } = FlowError.from(thrown);
      log.warn({ code, error: message }, 'cannot add up stored digests');
    }
  });
}
