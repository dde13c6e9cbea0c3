/**
 * The seam of the fast path: blocks of text go in, a digest (or a set of records) comes out. One digester serves one plan
 * in one thread; several answers of the same plan are merged. Digests are made by the WebAssembly kernel, or, where it
 * cannot be used, by the scanner, which is its specification.
 */
import type { CellBlock, FindGreatest } from './cells';
import { NO_TALLIES, addTallies } from './digest';
import { createEndSum, type EndSum } from './logged-ends';
import type { Digest, Tallies } from './digest';
import { canUseKernel, createKernel } from './create-kernel';
import { mergeFolds, type FoldedDigest, type GroupFold } from './fold-groups';
import type { KernelFinishOptions } from './kernel-digest';
import type { KernelRows, Part } from './kernel-rows';
import { createLineScanner } from './line-scanner';
import { mergeDigests } from './merge';
import type { EngineOptions } from './merge';
import type { DigestPlan, Plan, RecordsPlan } from './plan';
import { createObjectReader } from './read-objects';
import type { LineReader, ObjectFacts, ObjectReader, TimeSpan } from './read-objects';
import { createRecordCollector, mergeRecordSets } from './records';
import type { RecordSet } from './records';
import { createRegisters } from './registers';
import type { Registers } from './registers';
import { createRowTable } from './row-table';
import { settleDigest } from './settle-digest';
import { shareDigest } from './share-digest';

/** What a plan gives: a digest or records. */
export type Answer =
  { readonly kind: 'digest'; readonly digest: Digest } | { readonly kind: 'records'; readonly records: RecordSet };

export interface Digester {
  /** Starts an object. */
  begin(object: ObjectFacts): void;
  /**
   * Reads whole lines of the object begun last. Throws `corrupt-object` if its first line shows that it is no flow log
   * (nothing has been counted then) and `over-limit` beyond the plan's keys.
   */
  addBlock(block: Uint8Array): void;
  /** Reads rows of the object begun last, of which the columns were told. Throws `over-limit` as `addBlock` does. */
  addCells(block: CellBlock): void;
  /** `undefined` if the engine is no faster at that than others. */
  readonly findGreatest?: FindGreatest;
  /**
   * Notes that the object begun last has been read to its end, but for `skippedLines` records that lie outside of the
   * plan's time range for sure.
   */
  end(object: { storedBytes: number; textBytes: number; skippedLines?: number }): void;
  /**
   * Adds an answer to the same plan, whatever the limit of keys, which must not be used afterwards; whether its columns are no
   * longer needed.
   */
  absorb(answer: Answer): boolean;
  /** When the records of its own objects began, whether they count or not. */
  span(): TimeSpan;
  /** Distinct keys so far (without the kernel not less than the most of any one answer); 0 for records. */
  countRows(): number;
  /**
   * All that was added. With `sorted: false` a digest may come unsorted, for `mergeAnswers` to sort. The digester must not
   * be used afterwards.
   */
  finish(options?: FinishOptions): Answer;
  /**
   * All that was added and not given away, as the largest groups and the sums of all others; the digester must not be used
   * afterwards. Only where `canFold`.
   */
  fold(fold: GroupFold): Folded;
  /**
   * Gives away the rows of each part but the own one (`undefined` for that, and where there are none); their tallies stay. Rows
   * that are taken, and `fold`, are all that may follow. Only where `canFold`.
   */
  giveRows(own: Part): readonly (KernelRows | undefined)[];
  /** Adds rows of the own part that another digester of the plan gave away. */
  takeRows(given: KernelRows): void;
  /** As `finish`, and the digester is empty again: cheaper than a new one. */
  take(options?: FinishOptions): Answer;
  /**
   * As `take` amid an object, which goes on: its rows so far, unsorted. What is learned of its interfaces comes with the rest of
   * it, so that it does not matter where it was parted; `undefined` if that is too much for the engine.
   */
  takePart(): Answer | undefined;
}

export interface FinishOptions {
  /** True by default. */
  readonly sorted?: boolean;
  /** A digest is to lie in shared memory, for all threads to see. */
  readonly shared?: boolean;
  /**
   * A digest that counts once is of all objects there are: copies among them are left out. Otherwise it still has what tells
   * them, for whoever adds up several. As `sorted` by default; must not be true for what is not sorted.
   */
  readonly settled?: boolean;
  /** A settled digest keeps what was known of interfaces, so that it can be extended (`extend-digest.ts`). */
  readonly keepsEnds?: boolean;
}

/** A digest of some of the groups, folded, and of how many lines and objects it is. */
export interface Folded {
  readonly folded: FoldedDigest;
  readonly tallies: Tallies;
}

/** Whether the kernel can do it: rows of the plan must be groups as they are, each of them, and have what groups are ranked by. */
export function canFold(plan: DigestPlan, fold: GroupFold): boolean {
  const { keys, sums, countsOnce, bucketSec = 0 } = plan;
  const areGroups = countsOnce !== true && bucketSec === 0 && keys.every(({ name }) => fold.keys.includes(name));
  const isRanked = fold.rank === 'flows' || sums.includes(fold.rank);
  return areGroups && isRanked && canUseKernel(plan, createRegisters(plan));
}

/** An empty digester. */
export function createDigester(plan: Plan, { engine = 'kernel' }: EngineOptions = {}): Digester {
  let state = createState(plan, engine);
  const isOnce = plan.kind === 'digest' && plan.countsOnce === true;
  const countAll = (): Tallies => {
    const { reader, read, absorbed } = state;
    const { skippedLines, ...objects } = read;
    const lines = { ...NO_TALLIES, ...reader.tallies() };
    const own = {
      ...lines,
      lines: lines.lines + skippedLines,
      otherTime: lines.otherTime + skippedLines,
      ...objects,
      missingFields: reader.missingFields(),
    };
    return addTallies(own, absorbed);
  };
  const finish = ({ sorted = true, shared = false, settled = sorted, keepsEnds }: FinishOptions = {}): Answer => {
    const tallies = countAll();
    if (!isOnce) {
      return state.engine.finish(tallies, { sorted, shared });
    }
    state.absorbedEnds.add(state.engine.lines.ends!.all());
    const ends = state.absorbedEnds.all({ sorted });
    const answer = state.engine.finish(tallies, { sorted, shared: shared && !settled });
    const digest = { ...asDigest(answer), ends };
    if (!settled) {
      return { kind: 'digest', digest };
    }
    const once = { ...settleDigest(digest), ...(keepsEnds && { ends }) };
    return { kind: 'digest', digest: shared ? shareDigest(once) : once };
  };
  return {
    begin: (object) => state.reader.begin(object),
    addBlock: (block) => state.reader.read(block),
    addCells: (block) => state.reader.readCells(block),
    findGreatest:
      state.engine.lines.findGreatest && ((packed, count) => state.engine.lines.findGreatest!(packed, count)),
    end({ storedBytes, textBytes, skippedLines = 0 }) {
      state.read.objects++;
      state.read.storedBytes += storedBytes;
      state.read.textBytes += textBytes;
      state.read.skippedLines += skippedLines;
    },
    absorb(answer) {
      state.absorbed = addTallies(state.absorbed, answerTallies(answer));
      if (isOnce) {
        state.absorbedEnds.add(asDigest(answer).ends ?? '');
      }
      return state.engine.absorb(answer);
    },
    span: () => state.engine.lines.span(),
    countRows: () => state.engine.countRows(),
    finish,
    fold(fold) {
      const folded = state.engine.fold!(fold);
      // Of many that are equally large not all are handed on.
      const exact = folded.kept.rowCount > fold.top ? mergeFolds([folded], fold) : folded;
      return { folded: exact, tallies: countAll() };
    },
    giveRows: (own) => state.engine.giveRows!(own),
    takeRows: (given) => state.engine.takeRows!(given),
    take(options) {
      const answer = finish(options);
      state = restarted(state) ?? createState(plan, engine);
      return answer;
    },
    takePart() {
      if (isOnce) {
        const { engine: own, reader, absorbedEnds } = state;
        if (!own.restart) {
          return undefined;
        }
        const answer = own.finish(countAll(), { sorted: false, shared: false });
        own.restart();
        reader.restart({ keepsEnds: true });
        state = { engine: own, reader, ...nothingRead(), absorbedEnds };
        return answer;
      }
      const answer = finish({ sorted: false });
      const object = state.reader.current();
      state = restarted(state) ?? createState(plan, engine);
      state.reader.resume(object);
      return answer;
    },
  };
}

/** What a digester holds. */
interface State {
  readonly engine: Engine;
  readonly reader: ObjectReader;
  readonly read: { objects: number; storedBytes: number; textBytes: number; skippedLines: number };
  absorbed: Tallies;
  readonly absorbedEnds: EndSum;
}

function createState(plan: Plan, kind: NonNullable<EngineOptions['engine']>): State {
  const registers = createRegisters(plan);
  const engine =
    plan.kind === 'records'
      ? collectRecords(plan, registers)
      : kind === 'kernel' && canUseKernel(plan, registers)
        ? runKernel(plan, registers)
        : scanLines(plan, registers);
  return { engine, reader: createObjectReader(plan, engine.lines), ...nothingRead() };
}

/** The same engine without anything read, if it can start over. */
function restarted({ engine, reader }: State): State | undefined {
  if (engine.restart?.() !== true) {
    return undefined;
  }
  reader.restart();
  return { engine, reader, ...nothingRead() };
}

function nothingRead(): Pick<State, 'read' | 'absorbed' | 'absorbedEnds'> {
  const read = { objects: 0, storedBytes: 0, textBytes: 0, skippedLines: 0 };
  return { read, absorbed: NO_TALLIES, absorbedEnds: createEndSum() };
}

/** Distinct texts and addresses that a digester keeps when it starts over. */
const MAX_KEPT_VALUES = 50_000;

/** Lines in, one kind of answer out. */
interface Engine {
  readonly lines: LineReader;
  absorb(answer: Answer): boolean;
  countRows(): number;
  finish(tallies: Tallies, options: KernelFinishOptions): Answer;
  fold?(fold: GroupFold): FoldedDigest;
  giveRows?(own: Part): readonly (KernelRows | undefined)[];
  takeRows?(given: KernelRows): void;
  /** Forgets all that was read; false if a new engine is better. */
  restart?(): boolean;
}

function runKernel(plan: DigestPlan, registers: Registers): Engine {
  const kernel = createKernel(plan, registers);
  return {
    lines: kernel,
    absorb(answer) {
      kernel.absorb(asDigest(answer));
      return true;
    },
    countRows: kernel.countRows,
    finish: (tallies, options) => ({ kind: 'digest', digest: { ...kernel.finish(options), tallies } }),
    fold: kernel.fold,
    giveRows: kernel.giveRows,
    takeRows: kernel.takeRows,
    restart() {
      // The texts of earlier objects must not become too many: they take memory, and every answer clears a mark for each.
      kernel.restart();
      return kernel.countValues() < MAX_KEPT_VALUES;
    },
  };
}

function scanLines(plan: DigestPlan, registers: Registers): Engine {
  const table = createRowTable(plan, registers);
  let others: Digest[] = [];
  return {
    lines: createLineScanner(plan, registers, table.add),
    absorb(answer) {
      others = [mergeDigests([...others, asDigest(answer)], { engine: 'scanner' })];
      return false;
    },
    countRows: () => Math.max(table.rowCount, ...others.map(({ rowCount }) => rowCount)),
    finish(tallies, { shared }) {
      const merged = mergeDigests([table.finish(), ...others], { engine: 'scanner' });
      return { kind: 'digest', digest: { ...(shared ? shareDigest(merged) : merged), tallies } };
    },
  };
}

function collectRecords(plan: RecordsPlan, registers: Registers): Engine {
  const collector = createRecordCollector(plan);
  const others: RecordSet[] = [];
  const lines = createLineScanner(plan, registers, (startSec, _endSec, block, lineStart, lineEnd, columns) =>
    collector.add(startSec, block, lineStart, lineEnd, columns),
  );
  return {
    lines,
    absorb(answer) {
      others.push(asRecords(answer));
      return false;
    },
    countRows: () => 0,
    finish(tallies) {
      const own = { records: collector.finish(), tallies: NO_TALLIES };
      const { records } = mergeRecordSets([own, ...others], plan);
      return { kind: 'records', records: { records, tallies } };
    },
  };
}

/** Answers of one plan as one; the list must not be empty. */
export function mergeAnswers(answers: readonly Answer[], plan: Plan): Answer {
  return plan.kind === 'records'
    ? { kind: 'records', records: mergeRecordSets(answers.map(asRecords), plan) }
    : { kind: 'digest', digest: settleDigest(mergeDigests(answers.map(asDigest))) };
}

function asDigest(answer: Answer): Digest {
  if (answer.kind !== 'digest') {
    throw new Error(`BUG: not a digest: ${answer.kind}`);
  }
  return answer.digest;
}

function asRecords(answer: Answer): RecordSet {
  if (answer.kind !== 'records') {
    throw new Error(`BUG: not records: ${answer.kind}`);
  }
  return answer.records;
}

/** The tallies of an answer. */
export function answerTallies(answer: Answer): Tallies {
  return answer.kind === 'digest' ? answer.digest.tallies : answer.records.tallies;
}
