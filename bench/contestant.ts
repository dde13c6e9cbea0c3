/** What a contestant of the benchmark is: a command that digests a folder of gzip objects by the default digest's key. */
import type { Answer } from './answer';

/** The objects to read. */
export interface Corpus {
  readonly folder: string;
  /** All object files, absolute. */
  readonly files: readonly string[];
  readonly records: number;
  readonly textBytes: number;
  readonly storedBytes: number;
}

/** A program to compare with. Each run is a process of its own. */
export interface Contestant {
  /** For the table and `--skip`. */
  readonly name: string;
  /** The numbers of threads that it is run with. */
  readonly threads: readonly number[];
  /** Timed runs when the default is too many; the one that checks the answer then counts, too. */
  readonly runs?: number;
  /** Makes sure that it can be run; throws with a hint how to get it. */
  readonly prepare: () => void;
  /** The command line that digests a corpus with this many threads. */
  readonly command: (corpus: Corpus, threads: number) => readonly string[];
  /** Its answer from standard output; without it there is nothing to compare (a yardstick, its output thrown away). */
  readonly parse?: (stdout: string) => Answer;
}
