/**
 * What the host writes into the kernel's memory: the plan's rows, filter and field names, and what the columns of a header
 * do. The layouts are those that `kernel/` documents; all numbers are little-endian, as WebAssembly's are.
 */
import { FIELDS } from '../flow/fields';
import type { KernelFilter, KernelTest } from './kernel-filter';
import { COPY_KEYS, RECORDER_FIELDS, asksStatus, type DigestPlan } from './plan';
import type { Registers } from './registers';
import { encodeText } from './text-table';

/** What `kernel/index.ts` exports. */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly tallies: { readonly value: number };
  allocate(bytes: number): number;
  allocateZeros(bytes: number): number;
  mark(): number;
  release(mark: number): void;
  restart(): void;
  setRegisters(words: number, numbers: number): void;
  setRows(
    keys: number,
    addressSlots: number,
    addresses: number,
    bucketSec: number,
    sumSlots: number,
    sums: number,
  ): void;
  setPorts(portKey: number, folds: boolean, srcKey: number, dstKey: number, srcSlot: number, dstSlot: number): void;
  setPlan(
    maxKeys: number,
    isRanged: boolean,
    fromSec: number,
    toSec: number,
    hasFilter: boolean,
    isStatusAsked: boolean,
  ): void;
  setSlots(start: number, end: number, packets: number, bytes: number, status: number): void;
  setCopies(slot: number, value: number): void;
  setRecorder(
    recorder: number,
    source: number,
    target: number,
    direction: number,
    action: number,
    senderKey: number,
    recorderKey: number,
    egress: number,
    ingress: number,
    reject: number,
  ): void;
  setHops(hops: number, count: number): void;
  forgetRecorders(): void;
  recordersAt(what: number): number;
  countRecorders(what: number): number;
  setNames(names: number): void;
  setFilter(tests: number, entry: number): void;
  setColumns(steps: number, stepCount: number, columnCount: number, hasCounts: boolean, longEntries: number): void;
  setStamp(stampSec: number): void;
  setWord(slot: number, value: number): void;
  clearAddresses(): void;
  addressesAt(what: number): number;
  countAddresses(): number;
  addAddress(): number;
  clearTexts(): void;
  scan(start: number, end: number, record: number): number;
  readSpellings(step: number, text: number, starts: number, ends: number, count: number, table: number): void;
  addCells(columns: number, columnCount: number, count: number): number;
  passRows(column: number, count: number): void;
  readTable(column: number, count: number, table: number): void;
  areTokens(at: number, count: number): number;
  greatestOf(at: number, end: number, width: number, count: number): number;
  registerAt(what: number, slot: number): number;
  addRows(
    count: number,
    columns: number,
    columnCount: number,
    buckets: number,
    numberColumns: number,
    numberCount: number,
  ): void;
  addKernelRows(from: number, count: number, columns: number, columnCount: number, tag: number): void;
  countRows(): number;
  bytesPerRow(): number;
  earliestStart(): number;
  latestStart(): number;
  anyUntimed(): number;
  setOrder(columns: number, columnCount: number, tag: number): void;
  partRows(parts: number): number;
  useRows(from: number, end: number): void;
  copyRows(into: number): void;
  leaveRows(listed: number, count: number, before: number): number;
  keepLargest(number: number, least: number, rest: number): number;
  leastOf(number: number, top: number): number;
  markUsed(): void;
  sortRows(): void;
  writeColumns(numberColumns: number, numberCount: number): void;
}

/** The kernel with its memory. */
export interface KernelMemory {
  readonly kernel: KernelExports;
  /** A view of all the memory, valid until the kernel's next call. */
  bytes(): Uint8Array;
  /** Copies bytes to where they stay, and returns that address. */
  put(bytes: Uint8Array): number;
}

/** What is done with one column. */
export interface KernelStep {
  readonly column: number;
  readonly kind: number;
  /** Slots of the registers that it fills. */
  readonly word: number;
  readonly number: number;
  /** Of an integer. */
  readonly max: number;
}

/** Where the kernel keeps what the columns of one header do. */
export interface KernelLayout {
  readonly steps: number;
  readonly stepList: readonly KernelStep[];
  /** Room for what tells where the tokens of a long line are. */
  readonly longEntries: number;
}

/** Counts are 32 bits. */
const MAX_KEYS = 0xffffffff;
const TEST_WORDS = 12;
const TEST_KINDS: Readonly<Record<KernelTest['kind'], number>> = { word: 0, number: 1, address: 2, text: 3 };
const STEP_KINDS = { integer: 0, long: 1, longKey: 2, address: 3, text: 4 } as const;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** The memory of a kernel. */
export function openMemory(kernel: KernelExports): KernelMemory {
  let view = new Uint8Array(0);
  // Taking a view of a large memory may be slow, so one is kept until growing detaches it.
  const bytes = (): Uint8Array => {
    if (view.buffer !== kernel.memory.buffer) {
      view = new Uint8Array(kernel.memory.buffer);
    }
    return view;
  };
  return {
    kernel,
    bytes,
    put(source) {
      const at = kernel.allocate(source.length);
      bytes().set(source, at);
      return at;
    },
  };
}

/** Copies bytes to a room that is theirs until the next ones come, and returns its address. */
export function createRoom({ kernel, bytes }: KernelMemory): (source: Uint8Array) => number {
  let at = 0;
  let size = 0;
  return (source) => {
    if (source.length > size) {
      size = Math.max(source.length, 2 * size);
      at = kernel.allocate(size);
    }
    bytes().set(source, at);
    return at;
  };
}

/** Tells the kernel all that the plan fixes, but for the filter. */
export function writePlan(memory: KernelMemory, plan: DigestPlan, registers: Registers): void {
  const { kernel, put } = memory;
  const { keys, sums, bucketSec = 0, range, maxKeys, filter, portRule, copyDirection } = plan;
  const { wordSlot, numberSlot } = registers;
  kernel.clearAddresses();
  kernel.clearTexts();
  kernel.setRegisters(registers.words.length, registers.numbers.length);
  const addresses = keys.flatMap(({ kind }, slot) => (kind === 'address' ? [slot] : []));
  const sumSlots = put(Uint8Array.from(sums, (name) => numberSlot(name)));
  kernel.setRows(keys.length, put(Uint8Array.from(addresses)), addresses.length, bucketSec, sumSlots, sums.length);
  const portKey = keys.findIndex(({ kind }) => kind === 'port');
  const srcKey = keys.findIndex(({ name }) => name === 'srcport');
  const dstKey = keys.findIndex(({ name }) => name === 'dstport');
  const folds = portRule === 'lower' && srcKey >= 0 && dstKey >= 0;
  kernel.setPorts(portKey, folds, srcKey, dstKey, wordSlot('srcport'), wordSlot('dstport'));
  kernel.setPlan(
    Math.min(maxKeys, MAX_KEYS),
    range !== undefined,
    range?.fromSec ?? 0,
    range?.toSec ?? 0,
    filter !== undefined,
    asksStatus(plan),
  );
  const [start, end] = [numberSlot('start'), numberSlot('end')];
  kernel.setSlots(start, end, numberSlot('packets'), numberSlot('bytes'), wordSlot('log-status'));
  if (copyDirection !== undefined) {
    kernel.setCopies(wordSlot('flow-direction'), registers.internText('flow-direction', copyDirection));
  }
  if (plan.countsOnce) {
    const [recorder, source, target, direction] = RECORDER_FIELDS.map(wordSlot) as [number, number, number, number];
    const [senderKey, recorderKey] = COPY_KEYS.map(({ name }) => wordSlot(name)) as [number, number];
    kernel.setRecorder(
      ...([recorder, source, target, direction, wordSlot('action'), senderKey, recorderKey] as const),
      registers.internText('flow-direction', 'egress'),
      registers.internText('flow-direction', 'ingress'),
      registers.internText('action', 'REJECT'),
    );
    const hops = Uint32Array.from(plan.hops ?? [], (id) => registers.internText('interface-id', id));
    kernel.setHops(put(bytesOf(hops)), hops.length);
  }
  kernel.setNames(writeNames(memory));
}

/** Tells the kernel the filter. */
export function writeFilter({ kernel, put }: KernelMemory, { tests, entry }: KernelFilter): void {
  const words = new Uint32Array(tests.length * TEST_WORDS);
  tests.forEach(({ kind, slot, ranges, onTrue, onFalse, missing }, i) => {
    const at = put(bytesOf(Float64Array.from(ranges.flatMap(({ from, to }) => [from, to]))));
    words.set([TEST_KINDS[kind], slot, at, ranges.length, onTrue, onFalse, Number(missing)], i * TEST_WORDS);
  });
  kernel.setFilter(put(bytesOf(words)), entry);
}

/** Writes what the columns of a header do. */
export function writeLayout(
  { kernel, put }: KernelMemory,

  registers: Registers,
  columns: readonly string[],
): KernelLayout {
  const stepList = columns.flatMap((name, column): KernelStep[] => {
    // A column that a header names twice is read once.
    if (columns.indexOf(name) !== column) {
      return [];
    }
    const { type, max = 0x7fffffff } = registers.field(name);
    const word = registers.wordSlot(name);
    const number = registers.numberSlot(name);
    if (type === 'long') {
      const kind = word < 0 ? STEP_KINDS.long : STEP_KINDS.longKey;
      return number < 0 ? [] : [{ column, kind, word: Math.max(word, 0), number, max: 0 }];
    }
    return word < 0 ? [] : [{ column, kind: STEP_KINDS[type], word, number: 0, max }];
  });
  const steps = stepList.flatMap(({ column, kind, word, number, max }) => [column, kind, word, number, max, 0, 0, 0]);
  return {
    steps: put(bytesOf(Uint32Array.from(steps))),
    stepList,
    longEntries: kernel.allocate((columns.length + 2) * 4),
  };
}

/** The names of all fields by first letter: 27 addresses, then length and address of each name. */
function writeNames({ put }: KernelMemory): number {
  const names = FIELDS.map(({ name }) => name).sort();
  const entries = names.flatMap((name) => [name.length, put(encodeText(name))]);
  const at = put(bytesOf(Uint32Array.from(entries)));
  const starts = [...LETTERS].map((letter) => at + 8 * names.findIndex((name) => name >= letter));
  const ends = at + 8 * names.length;
  return put(bytesOf(Uint32Array.from([...starts.map((start) => (start < at ? ends : start)), ends])));
}

/** The bytes of an array, as memory holds them. */
export function bytesOf(array: Float64Array | Int32Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
