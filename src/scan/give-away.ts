/**
 * What a session does with rows that are too many for its memory: it hands them over in parts, and keeps in mind which of them
 * count in the end, because an object that turns out to be damaged does not, nor does what was handed over of it.
 */
import { NO_TALLIES, addTallies, type Tallies } from '../digest/digest';
import type { Answer, Digester } from '../digest/digester';
import { createEndSum, type LoggedEnds } from '../digest/logged-ends';
import { partitionRows } from '../digest/partition-rows';
import { encodePart, type HandOver, type Spilled } from './spill-parts';

/** When rows are handed over, and how. */
export interface SpillLimits {
  /** More rows than this are handed over; those of one object may be more for a while. */
  readonly maxRows: number;
  /** Rows that agree in these are in one partition. */
  readonly keys: readonly string[];
  readonly partitions: number;
}

/** A part that was handed over, and what is said of its rows. */
export interface Gift {
  readonly part: Promise<number>;
  readonly tallies: Tallies;
  readonly ends: LoggedEnds;
}

export interface GivenAway {
  /** So much text may be read until it is time to `relieve`: counting rows takes longer than reading a small object. */
  readonly checkBytes: number;
  /** Hands the rows of a digester over if they are too many. Resolves when they have been put aside. */
  relieve(digester: Digester, into: Gift[], where: 'amid an object' | 'between objects'): Promise<void>;
  /** Whether so many rows are too many. */
  isTooMany(rows: number): boolean;
  /** Hands over an answer. */
  give(answer: Answer, into: Gift[]): Promise<void>;
  /** These count. */
  count(gifts: readonly Gift[]): void;
  /** All that counts. */
  spilled(): Promise<Spilled>;
}

const MAX_CHECK_BYTES = 2 ** 20;
/** The least text that a record takes. */
const RECORD_BYTES = 16;

/** Nothing has been handed over. */
export function createGivenAway({ maxRows, keys, partitions }: SpillLimits, handOver: HandOver): GivenAway {
  const parts: Promise<number>[] = [];
  let tallies = NO_TALLIES;
  const ends = createEndSum();
  // Up to the first wait all is done at once, so that nobody adds to a digester between its rows and their tallies.
  const give: GivenAway['give'] = async (answer, into) => {
    if (answer.kind !== 'digest') {
      throw new Error('BUG: only digests are handed over');
    }
    const { digest } = answer;
    const part = handOver(encodePart(digest, partitionRows(digest, keys, partitions)));
    into.push({ part, tallies: digest.tallies, ends: digest.ends ?? '' });
    await part;
  };
  return {
    checkBytes: Math.min(MAX_CHECK_BYTES, maxRows * RECORD_BYTES),
    give,
    isTooMany: (rows) => rows > maxRows,
    async relieve(digester, into, where) {
      if (digester.countRows() > maxRows) {
        const answer = where === 'amid an object' ? digester.takePart() : digester.take({ sorted: false });
        if (answer) {
          await give(answer, into);
        }
      }
    },
    count(gifts) {
      for (const gift of gifts) {
        parts.push(gift.part);
        tallies = addTallies(tallies, gift.tallies);
        ends.add(gift.ends);
      }
    },
    spilled: async () => ({ parts: await Promise.all(parts), tallies, ends: ends.all() }),
  };
}
