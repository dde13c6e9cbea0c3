/** What a contestant of the benchmark is: a program that digests a folder of gzip objects by the default digest's key. */
import { type Answer, type GivenAnswer, compareAnswers } from '../answer';
import type { Corpus } from '../corpora/corpus';
import type { Entry } from '../race';

/** A program to compare with. Each run is a process of its own. */
export interface Contestant {
  readonly name: string;
  /** Makes sure that it can be run and tells its version; or why it cannot take part. Throws if it should have been able to. */
  readonly prepare: () => { readonly version: string } | { readonly absent: string };
  /** The command line that digests a corpus with this many threads. */
  readonly command: (corpus: Corpus, threads: number) => readonly string[];
  /** Its answer from standard output; without it there is nothing to compare (a yardstick, its output thrown away). */
  readonly parse?: (stdout: string) => GivenAnswer;
  /** See `Entry`. */
  readonly maxRuns?: number;
}

/** A contestant over a corpus whose right answer is known. */
export function enter(
  { name, command, parse, maxRuns }: Contestant,
  corpus: Corpus,
  expected: Answer,
  how: { readonly threads: number; readonly pinnedTo?: number },
): Entry {
  return {
    ...{ name, corpus, ...how, command: command(corpus, how.threads) },
    ...(parse && { differences: (stdout: string) => compareAnswers(expected, parse(stdout)) }),
    ...(maxRuns !== undefined && { maxRuns }),
  };
}
