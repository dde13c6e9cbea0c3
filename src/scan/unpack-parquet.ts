/**
 * From the stored bytes of a Parquet object to its rows. The bytes are the whole file, or an excerpt: what a
 * plan reads of it, in the order of the reading.
 */
import type { CellBlock, FindGreatest } from '../digest/cells';
import type { Plan } from '../digest/plan';
import { FlowError } from '../errors';
import type { PageHost } from '../parquet/column-pages';
import { TRAILER_BYTES, corrupt, footerLength } from '../parquet/footer';
import type { ParquetColumn } from '../parquet/footer';
import { planReading, tooMuchText } from '../parquet/parquet-reading';
import type { GroupReading, ParquetReading } from '../parquet/parquet-reading';
import { readGroup } from '../parquet/read-group';
import { MAX_WHOLE_TEXT_BYTES, freeBytes } from './inflate';

/** What tells an excerpt from a whole file. */
export interface Excerpt {
  /** Of the footer, which has been read and is not in the excerpt. */
  readonly footerBytes: number;
  /** What the excerpt has, range by range. */
  readonly reading: ParquetReading;
}

/** All rows that a plan reads of a file. */
export interface UnpackedParquet {
  readonly columns: readonly string[];
  readonly cells: readonly CellBlock[];
  /** What was unpacked. */
  readonly textBytes: number;
  readonly skippedLines: number;
  /** Gives the memory of the rows back, which must not be read any more. */
  free(): void;
}

export interface UnpackOptions {
  readonly maxBytes?: number;
  /** A fast way to check codes. */
  readonly findGreatest?: FindGreatest;
}

/** A Parquet file of which nobody said so is held as a whole up to this size. */
const MAX_UNNAMED_BYTES = 256 * 2 ** 20;

/** Of a cell while it is held: a number, or a code and the bookkeeping. */
const CELL_BYTES = 8;

/**
 * All rows that a plan reads, or `undefined` if they are more than `maxBytes` (then `unpackParquetChunks` is for it).
 * Throws `corrupt-object`.
 */
export function unpackParquet(
  bytes: Uint8Array,
  excerpt: Excerpt | undefined,
  plan: Plan,
  { maxBytes = MAX_WHOLE_TEXT_BYTES, findGreatest }: UnpackOptions = {},
): UnpackedParquet | undefined {
  const { columns, groups, rowCount, skippedRows } = excerpt?.reading ?? planWhole(bytes, plan, Infinity);
  if (rowCount * columns.length * CELL_BYTES > maxBytes) {
    return undefined;
  }
  const cells: CellBlock[] = [];
  const held: Uint8Array[] = [];
  const free = (): void => held.splice(0).forEach(freeBytes);
  let textBytes = 0;
  const host: PageHost = {
    note: (more) => (textBytes += more),
    leave: (pageBytes) => held.push(pageBytes),
    findGreatest,
  };
  let at = 0;
  for (const group of groups) {
    const parts = group.ranges.map(({ start, end }) => {
      const from = excerpt ? at : start;
      at += end - start;
      return bytes.subarray(from, from + end - start);
    });
    for (const block of rowsOf(columns, group, parts, plan, host)) {
      if (textBytes > maxBytes) {
        return undefined;
      }
      cells.push(block);
    }
  }
  return { columns: namesOf(columns), cells, textBytes, skippedLines: skippedRows, free };
}

/** The rows of an object that comes in chunks, row group by row group. */
export interface ParquetChunks {
  readonly columns: readonly string[];
  readonly skippedLines: number;
  /** A block can be read until the next one is asked for. */
  readonly cells: AsyncIterable<CellBlock>;
  /** What was unpacked so far. */
  textBytes(): number;
}

/**
 * Opens an object that comes in chunks. Throws `corrupt-object`, and `over-limit` once more than `maxTextBytes` is unpacked,
 * or if a file that is no excerpt is too large to be held.
 */
export async function unpackParquetChunks(
  chunks: AsyncIterable<Uint8Array>,
  excerpt: Excerpt | undefined,
  plan: Plan,
  { maxTextBytes, findGreatest }: { readonly maxTextBytes: number; readonly findGreatest?: FindGreatest },
): Promise<ParquetChunks> {
  const taker = createTaker(chunks);
  const whole = excerpt ? undefined : await taker.takeAll(MAX_UNNAMED_BYTES);
  const { columns, groups, skippedRows } = excerpt?.reading ?? planWhole(whole!, plan, maxTextBytes);
  let textBytes = 0;
  const host: PageHost = {
    note(more) {
      textBytes += more;
      if (textBytes > maxTextBytes) {
        throw tooMuchText(maxTextBytes);
      }
    },
    leave: freeBytes,
    findGreatest,
  };
  async function* cells(): AsyncGenerator<CellBlock, void, undefined> {
    try {
      for (const group of groups) {
        const parts: Uint8Array[] = [];
        for (const { start, end } of group.ranges) {
          parts.push(whole ? whole.subarray(start, end) : await taker.take(end - start));
        }
        yield* rowsOf(columns, group, parts, plan, host);
      }
    } finally {
      await taker.leave();
    }
  }
  return { columns: namesOf(columns), skippedLines: skippedRows, cells: cells(), textBytes: () => textBytes };
}

function namesOf(columns: readonly ParquetColumn[]): readonly string[] {
  return columns.map(({ name }) => name);
}

/** The reading of a file of which all bytes are there. */
function planWhole(file: Uint8Array, plan: Plan, maxTextBytes: number): ParquetReading {
  return guarded(() => {
    const footerBytes = footerLength(file.subarray(-TRAILER_BYTES), file.length);
    return planReading(file.subarray(file.length - footerBytes), file.length, plan, { maxTextBytes });
  });
}

/** The rows of a row group. Whatever goes wrong in decoding is the file's fault. */
function* rowsOf(
  columns: readonly ParquetColumn[],
  group: GroupReading,
  parts: readonly Uint8Array[],
  plan: Plan,
  host: PageHost,
): Generator<CellBlock, void, undefined> {
  const rows = readGroup(columns, group, parts, plan, host);
  try {
    for (let next = guarded(() => rows.next()); !next.done; next = guarded(() => rows.next())) {
      yield next.value;
    }
  } finally {
    rows.return();
  }
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw thrown instanceof FlowError
      ? thrown
      : corrupt(thrown instanceof Error ? thrown.message : String(thrown), thrown);
  }
}

/** Bytes of a stream by number. */
interface Taker {
  /** The next `count` bytes. Throws `corrupt-object` if there are fewer. */
  take(count: number): Promise<Uint8Array>;
  /** All that is left. Throws `over-limit` beyond `maxBytes`. */
  takeAll(maxBytes: number): Promise<Uint8Array>;
  /** Ends the stream. */
  leave(): Promise<void>;
}

function createTaker(chunks: AsyncIterable<Uint8Array>): Taker {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest = new Uint8Array(0);
  return {
    async take(count) {
      const taken = new Uint8Array(count);
      let length = 0;
      for (;;) {
        const part = rest.subarray(0, count - length);
        taken.set(part, length);
        length += part.length;
        rest = rest.subarray(part.length);
        if (length === count) {
          return taken;
        }
        const next = await iterator.next();
        if (next.done) {
          throw corrupt('it ends too early');
        }
        rest = next.value as Uint8Array<ArrayBuffer>;
      }
    },
    async takeAll(maxBytes) {
      const parts: Uint8Array[] = [rest];
      let length = rest.length;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        parts.push(next.value);
        length += next.value.length;
        if (length > maxBytes) {
          await iterator.return?.();
          throw new FlowError(
            'over-limit',
            `cannot read the object: it is a Parquet file of more than ${maxBytes} bytes whose name does not end in .parquet`,
            { fields: { limit: 'maxObjectTextBytes', value: maxBytes } },
          );
        }
      }
      return Buffer.concat(parts);
    },
    async leave() {
      await iterator.return?.();
    },
  };
}
