/**
 * The host of the WebAssembly kernel (`kernel/`): hands it columns and text, and gives texts their numbers. It is a faster
 * way to do what scanner, filter and row table do; these stay for plans and machines that the kernel does not serve.
 */
import { MAX_SECONDS } from '../flow/record-time';
import { NO_LINES } from './digest';
import type { Digest, LineTallies } from './digest';
import { createAbsorber } from './kernel-absorb';
import { createKernelIPv6Table } from './kernel-addresses';
import { createCellReader } from './kernel-cells';
import type { CellReader } from './kernel-cells';
import type { FoldedDigest, GroupFold } from './fold-groups';
import { readDigest, readFolded } from './kernel-digest';
import type { KernelFinishOptions } from './kernel-digest';
import { compileKernelFilter } from './kernel-filter';
import { writeFilter, writeLayout, writePlan } from './kernel-memory';
import type { KernelLayout } from './kernel-memory';
import { compileKernel, startKernel } from './kernel-module';
import { createEndReader } from './kernel-recorder';
import { createRowTaker, giveRows } from './kernel-rows';
import type { KernelRows, LeftRows, Part } from './kernel-rows';
import { createEndCollector } from './logged-ends';
import { FLOW_LOG_KEY } from './plan';
import type { DigestPlan, Plan } from './plan';
import { isHeaderAt } from './read-objects';
import type { LineReader } from './read-objects';
import type { Registers } from './registers';
import { tooManyKeys } from './row-table';
import { encodeText, hashBytes } from './text-table';

/** Reads lines and keeps their rows. */
export interface Kernel extends LineReader {
  /** Adds the rows of another digest of the plan, which may be unsorted, whatever the limit of keys. */
  absorb(digest: Digest): void;
  /** Distinct keys so far. */
  countRows(): number;
  /** As `Registers.countValues`. */
  countValues(): number;
  /** The rows as a digest without tallies. */
  finish(options: KernelFinishOptions): Digest;
  /** Gives away the rows of each part but the own one (`undefined` for that, and where there are none). */
  giveRows(own: Part): readonly (KernelRows | undefined)[];
  /** Adds rows that another kernel of the plan gave away. */
  takeRows(given: KernelRows): void;
  /** As `readFolded`; rows that were given away do not count. */
  fold(fold: GroupFold): FoldedDigest;
  /** Forgets all that was read; texts keep their numbers in the registers. */
  restart(): void;
}

/** Lines of a block, `[from, to)`. */
interface Piece {
  readonly block: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** Text handed over at once. */
const TEXT_BYTES = 256 * 1024;
/** Bytes that the kernel may read beyond either end of a text. */
const PADDING = 64;
/** What `scan` returns besides addresses. */
const ALL_READ = 0;
const TOO_MANY_KEYS = 1;
/** Slots are bytes in the kernel, and this one is the table of IPv6 addresses. */
const IPV6_TABLE = 255;
const NO_VALUE = 0xfffffffe;
const TALLIES: readonly (keyof LineTallies)[] = [
  'blankLines',
  'flows',
  'noData',
  'skipData',
  'otherTime',
  'filtered',
  'tooFewFields',
  'tooManyFields',
  'badValue',
  'badStatus',
  'copies',
];

/** True if the kernel can serve the plan on this machine. */
export function canUseKernel(plan: Plan, { words, numbers }: Registers): plan is DigestPlan {
  return (
    plan.kind === 'digest' && words.length < IPV6_TABLE && numbers.length < IPV6_TABLE && compileKernel() !== undefined
  );
}

/** An empty kernel for a plan that it can serve; the registers are those made for the plan. */
export function createKernel(plan: DigestPlan, made: Registers): Kernel {
  const memory = startKernel({
    number: (table, start, length) => numberText(table, memory.bytes().slice(start, start + length)),
    decide: (test, id) => (filter!.tests[test]!.decide!(id) ? 1 : 0),
  });
  const { kernel } = memory;
  // The kernel numbers them itself.
  const registers: Registers = { ...made, ipv6: createKernelIPv6Table(memory) };
  const filter = plan.filter && compileKernelFilter(plan.filter, registers);
  writePlan(memory, plan, registers);
  if (filter) {
    writeFilter(memory, filter);
  }

  const layouts = new Map<string, KernelLayout>();
  let layout: KernelLayout | undefined;
  let columnCount = 0;
  let textBytes = 0;
  let textAt = 0;
  let add: ((digest: Digest) => void) | undefined;
  let take: ((given: KernelRows) => void) | undefined;
  /** Set when rows were given away. */
  let left: LeftRows | undefined;
  let cells: CellReader | undefined;
  /** What stands at `textAt`, while a block is read. */
  let copied: Piece | undefined;

  /** Makes room for texts of that length. */
  function reserveText(length: number): void {
    textBytes = length;
    textAt = kernel.allocate(length + 2 * PADDING) + PADDING;
  }

  /** The number of a spelling that the kernel meets for the first time. */
  function numberText(table: number, token: Uint8Array): number {
    if (table === IPV6_TABLE) {
      const id = registers.ipv6.intern(token, 0, token.length);
      return id < 0 ? NO_VALUE : id;
    }
    const name = registers.wordName(table);
    const spelling = registers.field(name).type === 'long' ? canonicalLong(name, token) : token;
    return registers.textTable(name).intern(spelling, 0, spelling.length, hashBytes(spelling, 0, spelling.length));
  }

  function readLines(block: Uint8Array, start: number, end: number): number {
    if (textBytes === 0) {
      reserveText(TEXT_BYTES);
    }
    for (let from = start; from < end;) {
      // After a header the rest of its piece is there already.
      if (!(copied && copied.block === block && from >= copied.from && from < copied.to && copied.to <= end)) {
        copied = copyPiece(block, from, end);
      }
      const header = scanText(copied, from);
      if (header >= 0) {
        return header;
      }
      from = copied.to;
    }
    copied = undefined;
    return end;
  }

  /** Copies whole lines from `from` on to the kernel, as many as there is room for. */
  function copyPiece(block: Uint8Array, from: number, end: number): Piece {
    let to = end - from <= textBytes ? end : block.lastIndexOf(10, from + textBytes - 1) + 1;
    if (to <= from) {
      // A line longer than the room for text.
      to = block.indexOf(10, from) + 1;
      reserveText(Math.max(to - from, 2 * textBytes));
    }
    memory.bytes().set(block.subarray(from, to), textAt);
    return { block, from, to };
  }

  /** Scans a piece from `start` on; returns where a header begins there, or −1. */
  function scanText({ block, from, to }: Piece, start: number): number {
    const textEnd = textAt + to - from;
    let at = textAt + start - from;
    let record = 0;
    while ((at = kernel.scan(at, textEnd, record)) !== ALL_READ) {
      if (at === TOO_MANY_KEYS) {
        throw tooManyKeys(plan.maxKeys);
      }
      const line = from + at - textAt;
      if (isHeaderAt(block, line, columnCount)) {
        return line;
      }
      record = at;
    }
    return -1;
  }

  return {
    ...(plan.countsOnce ? { ends: createEndReader(memory, createEndCollector(registers)) } : {}),
    useColumns(columns, region, flowLogId) {
      const identity = columns.join(' ');
      layout = layouts.get(identity) ?? writeLayout(memory, registers, columns);
      layouts.set(identity, layout);
      columnCount = columns.length;
      const hasCounts = columns.includes('packets') || columns.includes('bytes');
      kernel.setColumns(layout.steps, layout.stepList.length, columnCount, hasCounts, layout.longEntries);
      const slot = registers.wordSlot('region');
      if (region !== undefined && slot >= 0) {
        kernel.setWord(slot, registers.internText('region', region));
      }
      if (plan.countsOnce && flowLogId !== undefined) {
        kernel.setWord(registers.wordSlot(FLOW_LOG_KEY), registers.internText(FLOW_LOG_KEY, flowLogId));
      }
    },
    setStamp(stampSec) {
      copied = undefined;
      kernel.setStamp(stampSec ?? -1);
    },
    readLines,
    readCells(block) {
      cells ??= createCellReader(memory);
      if (cells.read(block, layout!) !== ALL_READ) {
        throw tooManyKeys(plan.maxKeys);
      }
    },
    findGreatest(packed, count) {
      cells ??= createCellReader(memory);
      return cells.findGreatest(packed, count);
    },
    tallies() {
      const counts = new Float64Array(kernel.memory.buffer, kernel.tallies.value, TALLIES.length);
      return { ...NO_LINES, ...Object.fromEntries(TALLIES.map((name, i) => [name, counts[i]])) };
    },
    span: () => ({
      firstSec: kernel.earliestStart(),
      lastSec: kernel.latestStart(),
      hasUntimed: kernel.anyUntimed() !== 0,
    }),
    absorb(digest) {
      add ??= createAbsorber(memory, plan, registers);
      add(digest);
    },
    countRows: kernel.countRows,
    countValues: () => made.countValues() + registers.ipv6.size + registers.ipv6.spellingCount,
    restart() {
      left = undefined;
      kernel.restart();
    },
    finish: (options) => readDigest(memory, plan, registers, options),
    giveRows(own) {
      const { given, left: rest } = giveRows(memory, plan, registers, own);
      left = rest;
      return given;
    },
    takeRows(given) {
      take ??= createRowTaker(memory, plan, registers);
      take(given);
    },
    fold: (fold) => readFolded(memory, plan, registers, fold, left),
  };
}

/** The text of a 64-bit key without leading zeros, in seconds if it is a time. */
function canonicalLong(name: string, token: Uint8Array): Uint8Array {
  const value = Number(new TextDecoder().decode(token));
  const isMilliseconds = value > MAX_SECONDS && (name === 'start' || name === 'end');
  return encodeText(String(isMilliseconds ? Math.floor(value / 1000) : value));
}
