/**
 * What a scan is about to read, in numbers: the printable plan. Every object that a listing showed is in exactly one
 * count.
 */
import type { FlowErrorCode } from '../errors';

/** Something that was left out, with the reason. */
export interface Problem {
  /** A key, or the prefix of a listing. */
  readonly key: string;
  readonly code: FlowErrorCode;
  readonly message: string;
}

/** Problems, of which only the first are kept in full. */
export interface Problems {
  readonly count: number;
  readonly first: readonly Problem[];
}

/** One listed prefix. */
export interface ListedPrefix {
  readonly source: string;
  readonly prefix: string;
  /** Objects selected below it, and their stored bytes. */
  readonly objects: number;
  readonly bytes: number;
}

/**
 * What a listing showed: `listedObjects = selectedObjects + emptyObjects + foreignObjects + otherAccountObjects +
 * outsideTimeObjects + archivedObjects`.
 */
export interface Selection {
  readonly listedObjects: number;
  readonly selectedObjects: number;
  readonly selectedBytes: number;
  /** Selected ones whose size nobody knows before they are read: standard input, pieces of a log group. */
  readonly unsizedObjects: number;
  /** Size 0. */
  readonly emptyObjects: number;
  /** The key is no flow log's. */
  readonly foreignObjects: number;
  /** Another account, region or flow log than asked for, or none in the key although one was asked for. */
  readonly otherAccountObjects: number;
  /** The stamp cannot hold records of the time range. */
  readonly outsideTimeObjects: number;
  /** In an archive storage class: left out of the answer. */
  readonly archivedObjects: number;
  /** Pages of listings. */
  readonly listPages: number;
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** The stamps of the oldest and newest selected object, in Unix seconds. */
  readonly oldestStampSec?: number;
  readonly newestStampSec?: number;
  readonly prefixes: readonly ListedPrefix[];
  /** What sources have to say of the answer, such as how a format was found. */
  readonly notes: readonly string[];
}

const MAX_PROBLEMS = 20;

export interface ProblemList {
  add(problem: Problem): void;
  all(): Problems;
}

/** An empty list. */
export function createProblemList(): ProblemList {
  const first: Problem[] = [];
  let count = 0;
  return {
    add(problem) {
      count++;
      if (first.length < MAX_PROBLEMS) {
        first.push(problem);
      }
    },
    all: () => ({ count, first: [...first] }),
  };
}
