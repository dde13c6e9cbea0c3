/**
 * All records that pass, in a steady order and with bounded memory: objects by key, records as they stand in them. Where a
 * scan adds records up in any order, this is for whoever wants each of them. Objects are fetched ahead, unpacked one after
 * the other.
 *
 * An object of up to `MAX_WHOLE_BYTES` is checked before its first record is given; of a larger one those before the damage
 * have been given when it is found.
 */
import { setMaxListeners } from 'node:events';
import { NO_TALLIES, addTallies } from '../digest/digest';
import type { Tallies } from '../digest/digest';
import { createLineScanner } from '../digest/line-scanner';
import { compilePlan } from '../digest/plan';
import type { Plan } from '../digest/plan';
import { createObjectReader } from '../digest/read-objects';
import type { ObjectReader } from '../digest/read-objects';
import type { FlowRecord } from '../digest/records';
import { createRegisters } from '../digest/registers';
import { FlowError, assertNotAborted } from '../errors';
import { isParquet } from '../parquet/footer';
import type { FilterNode } from '../query/filter';
import type { RecordsQuery } from '../query/model';
import { fetchAhead, readObjectChunks } from './fetch-ahead';
import { fetchParquet, isFetchedInParts } from './fetch-parquet';
import { MAX_WHOLE_TEXT_BYTES, inflateChunks, inflateWhole, peekChunks } from './inflate';
import { splitLineBlocks } from './line-blocks';
import { loadParquet } from './load-parquet';
import type { HeldChunks } from './read-object';
import { partialReason } from './partial-reason';
import type { PartialReason } from './partial-reason';
import { selectObjects } from './select-objects';
import type { SelectedObject, Source } from './select-objects';
import { createProblemList } from './selection';
import type { Problems, Selection } from './selection';
import type { Excerpt } from './unpack-parquet';

/** Which records: any query without what says how they are to be answered. */
export type RecordsAsked = Pick<
  RecordsQuery,
  'version' | 'sources' | 'accounts' | 'regions' | 'range' | 'filter' | 'limits' | 'logType'
>;

export interface ReadRecordsOptions {
  readonly signal?: AbortSignal;
  /** Objects fetched at a time. */
  readonly concurrency?: number;
  /** Stored bytes fetched ahead; one object may be larger. */
  readonly prefetchBytes?: number;
  /** Lines of the status NODATA and SKIPDATA too, whatever the filter asks. */
  readonly everyStatus?: boolean;
}

/** Records as they are read, and what has come of the reading so far. */
export interface RecordsReading {
  /** Some records at a time, of one object. May be read once; leaving early ends all reads. */
  readonly batches: AsyncIterable<readonly FlowRecord[]>;
  tallies(): Tallies;
  selection(): Selection;
  /** Objects and prefixes that could not be read, or not to their end. */
  problems(): Problems;
  /** Set if a limit left objects out (only with `onLimit: 'partial'`). */
  partial(): PartialReason | undefined;
}

/** Text that is scanned for one batch. */
const BATCH_BYTES = 256 * 1024;
/** Of the first bytes of an object, those that say what it is. */
const MAGIC_BYTES = 4;

/**
 * Starts reading when the first batch is asked for, once everything is listed. The batches throw `aborted`, `over-limit` for
 * more objects or bytes than the query allows, and the failure of all listings; there is no limit of time.
 */
export function readRecords(
  asked: RecordsAsked,
  sources: readonly Source[],
  { signal, concurrency = 8, prefetchBytes = 16 * 2 ** 20, everyStatus = false }: ReadRecordsOptions = {},
): RecordsReading {
  const filter = everyStatus ? withEveryStatus(asked.filter) : asked.filter;
  const plan = compilePlan({ ...asked, filter, view: 'records', fields: [], top: 1, order: 'oldest' });
  const problems = createProblemList();
  const stopping = new AbortController();
  // Every listing and read listens; Node takes more than ten for a leak.
  setMaxListeners(0, stopping.signal);
  const onAbort = (): void => stopping.abort(signal!.reason);
  const selecting = selectObjects(sources, asked, { signal: stopping.signal, problems });
  let tallies = NO_TALLIES;
  let partial: PartialReason | undefined;

  async function* batches(): AsyncGenerator<readonly FlowRecord[], void, undefined> {
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      assertNotAborted(signal);
      const objects: SelectedObject[] = [];
      try {
        for await (const object of selecting.objects) {
          objects.push(object);
        }
      } catch (thrown) {
        partial = partialReason(FlowError.from(thrown), asked.limits);
        if (!partial) {
          throw thrown;
        }
      }
      objects.sort((a, b) => sources.indexOf(a.source) - sources.indexOf(b.source) || (a.key < b.key ? -1 : 1));
      const fetched = fetchAhead(objects, { signal: stopping.signal, concurrency, prefetchBytes });
      for (const { object, held } of fetched) {
        const reading = createReading(object, plan, asked.limits.maxObjectTextBytes, stopping.signal);
        try {
          for await (const batch of reading.batches(await held)) {
            yield batch;
            assertNotAborted(signal);
          }
        } catch (thrown) {
          const { code, message } = FlowError.from(thrown);
          assertNotAborted(signal);
          if (code === 'internal' || code === 'aborted') {
            throw thrown;
          }
          const { flows } = reading.tallies();
          const given = flows === 0 ? '' : ` (after ${flows} records, which have been given)`;
          problems.add({ key: object.key, code, message: message + given });
        } finally {
          tallies = addTallies(tallies, reading.tallies());
        }
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
      stopping.abort();
    }
  }

  return {
    batches: batches(),
    tallies: () => tallies,
    selection: selecting.selection,
    problems: problems.all,
    partial: () => partial,
  };
}

/** A filter that names the status, so that lines of every status are asked. */
function withEveryStatus(filter: FilterNode | undefined): FilterNode {
  const values = [{ type: 'missing' }] as const;
  const every: FilterNode = {
    type: 'or',
    terms: [
      { type: 'test', field: 'log-status', op: '=', values },
      { type: 'test', field: 'log-status', op: '!=', values },
    ],
  };
  return filter === undefined ? every : { type: 'and', terms: [every, filter] };
}

/** One object on its way to records. */
interface Reading {
  /** `held` is what has been fetched of it. */
  batches(held: HeldChunks | undefined): AsyncGenerator<readonly FlowRecord[], void, undefined>;
  tallies(): Tallies;
}

const decoder = new TextDecoder();

function createReading(object: SelectedObject, plan: Plan, maxTextBytes: number, signal: AbortSignal): Reading {
  const { source, parsed } = object;
  const facts = { stampSec: parsed?.stampSec, columns: source.columns, region: parsed?.region ?? object.region };
  let batch: FlowRecord[] = [];
  // A scanner of its own per object: it remembers every text that a filter looks at.
  const lines = createLineScanner(plan, createRegisters(plan), (startSec, _endSec, block, start, end, columns) => {
    batch.push({ startSec, line: decoder.decode(block.subarray(start, end)).trim(), columns });
  });
  const reader: ObjectReader = createObjectReader(plan, lines);
  const counts = { objects: 0, storedBytes: 0, textBytes: 0 };
  let skippedLines = 0;

  const takeBatch = (): readonly FlowRecord[] => {
    const taken = batch;
    batch = [];
    return taken;
  };

  async function* readChunks(
    chunks: AsyncIterable<Uint8Array>,
    excerpt: Excerpt | undefined,
  ): AsyncGenerator<readonly FlowRecord[], void, undefined> {
    const { first, all } = await peekChunks(counted(chunks, counts), MAGIC_BYTES);
    if (excerpt || isParquet(first)) {
      const { unpackParquetChunks } = await loadParquet();
      const parquet = await unpackParquetChunks(all, excerpt, plan, { maxTextBytes });
      reader.begin({ ...facts, columns: parquet.columns });
      for await (const cells of parquet.cells) {
        reader.readCells(cells);
        yield takeBatch();
      }
      counts.textBytes = parquet.textBytes();
      skippedLines = parquet.skippedLines;
    } else {
      reader.begin(facts);
      for await (const block of splitLineBlocks(inflateChunks(all, maxTextBytes))) {
        counts.textBytes += block.length;
        reader.read(block);
        yield takeBatch();
      }
    }
  }

  async function* readBytes(bytes: Uint8Array): AsyncGenerator<readonly FlowRecord[], void, undefined> {
    const maxBytes = Math.min(maxTextBytes, MAX_WHOLE_TEXT_BYTES);
    if (isParquet(bytes)) {
      const { unpackParquet } = await loadParquet();
      const parquet = unpackParquet(bytes, undefined, plan, { maxBytes });
      if (!parquet) {
        return yield* readChunks(oneChunk(bytes), undefined);
      }
      reader.begin({ ...facts, columns: parquet.columns });
      for (const cells of parquet.cells) {
        reader.readCells(cells);
        yield takeBatch();
      }
      counts.textBytes = parquet.textBytes;
      skippedLines = parquet.skippedLines;
    } else {
      const text = inflateWhole(bytes, maxBytes);
      if (!text) {
        return yield* readChunks(oneChunk(bytes), undefined);
      }
      reader.begin(facts);
      for (let start = 0, end = 0; start < text.length; start = end) {
        end = text.indexOf(10, start + BATCH_BYTES) + 1 || text.length;
        reader.read(text.subarray(start, end));
        yield takeBatch();
      }
      counts.textBytes = text.length;
    }
    counts.storedBytes = bytes.length;
  }

  return {
    async *batches(held) {
      if (held) {
        yield* held.whole ? readBytes(held.whole) : readChunks(held.all, undefined);
      } else if (isFetchedInParts(object)) {
        const { excerpt, chunks } = await fetchParquet(object, plan, { signal, maxTextBytes });
        counts.storedBytes += excerpt.footerBytes;
        yield* readChunks(chunks, excerpt);
      } else {
        yield* readChunks(readObjectChunks(object, signal), undefined);
      }
      counts.objects = 1;
    },
    tallies() {
      const read = reader.tallies();
      return {
        ...read,
        ...counts,
        lines: read.lines + skippedLines,
        otherTime: read.otherTime + skippedLines,
        missingFields: reader.missingFields(),
      };
    },
  };
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  into: { storedBytes: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    into.storedBytes += chunk.length;
    yield chunk;
  }
}
