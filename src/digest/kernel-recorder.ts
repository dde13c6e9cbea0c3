/**
 * What the kernel learned of an object's interfaces (`kernel/recorder.ts`), collected before it is forgotten.
 */
import { isLocal } from './count-once';
import type { EndCollector } from './logged-ends';
import type { KernelMemory } from './kernel-memory';
import type { EndReader } from './read-objects';

/** Stands for any interface in the kernel's list. */
const ANYONE = 0xfffffffe;
const OWN_WORDS = 4;
const CANDIDATE_WORDS = 3;
/** Which of two candidates are left. */
const FIRST = 1;
const SECOND = 2;

/** Collects in `ends` what the kernel learns. */
export function createEndReader({ kernel, bytes }: KernelMemory, ends: EndCollector): EndReader {
  const wordsAt = (what: number, length: number): Uint32Array =>
    new Uint32Array(bytes().buffer, kernel.recordersAt(what), length);

  function collect(): void {
    const own = wordsAt(0, kernel.countRecorders(0) * OWN_WORDS);
    for (let at = 0; at < own.length; at += OWN_WORDS) {
      if (own[at] !== ANYONE) {
        ends.add(own[at]!, own[at + 2]!, own[at + 1]!);
      }
    }
    const places = wordsAt(2, kernel.countRecorders(1));
    const most = places.reduce((max, place) => Math.max(max, place + 1), 0);
    const candidates = wordsAt(1, most * CANDIDATE_WORDS);
    for (const place of places) {
      const [recorder, family] = [Math.floor(place / 2), place % 2 === 1 ? 6 : 4];
      const at = place * CANDIDATE_WORDS;
      const [first, second, state] = [candidates[at]!, candidates[at + 1]!, candidates[at + 2]!];
      const isFirst = (state & FIRST) !== 0 && isLocal(family, first);
      const isSecond = (state & SECOND) !== 0 && isLocal(family, second);
      if (isFirst && isSecond) {
        ends.addPair(recorder, family, first, second);
      } else if (isFirst || isSecond) {
        ends.add(recorder, family, isFirst ? first : second);
      } else {
        ends.addRecorder(recorder);
      }
    }
    ends.addActions(kernel.countRecorders(2));
    kernel.forgetRecorders();
  }

  return {
    begin({ flowLogId, stampSec }) {
      collect();
      ends.begin(flowLogId, stampSec);
    },
    all() {
      collect();
      return ends.all();
    },
    restart() {
      collect();
      ends.clear();
    },
  };
}
