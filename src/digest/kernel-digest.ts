/**
 * Digests out of the kernel's memory: its rows become columns, sorted there (`kernel/order.ts`). Where only the largest groups
 * are needed, only those become columns.
 */
import { MISSING, NO_TALLIES } from './digest';
import type { Digest, KeyColumn } from './digest';
import { FIRST_SUM, FLOWS, MAX_END, MIN_START } from './digest-from-rows';
import { joinV6 } from './encode-columns';
import type { FoldedDigest, GroupFold } from './fold-groups';
import { bytesOf } from './kernel-memory';
import type { KernelMemory } from './kernel-memory';
import type { DigestPlan, PlanKey } from './plan';
import type { Registers } from './registers';
import { createSharedRoom, sharedBytes } from './share-digest';
import type { Column } from './share-digest';
import { compareTexts } from './text-table';

/** What happens to a column's numbers: as they are, translated, or an address. */
const KINDS: Readonly<Record<PlanKey['kind'], number>> = { integer: 0, port: 0, text: 1, long: 1, address: 2 };
const OUT_WORDS = 12;

/** A column on its way out of the kernel. */
interface Outgoing {
  readonly key: PlanKey | undefined;
  /** The words of `kernel/order.ts`. */
  readonly words: Uint32Array;
  /** The values that rows have, in the order of their new numbers. */
  used: Uint32Array;
}

export interface KernelFinishOptions {
  /** Otherwise rows and texts come in any order. */
  readonly sorted: boolean;
  /** The columns are to lie in shared memory. */
  readonly shared: boolean;
}

/** One of several parts of all rows, of which each has all rows of its groups, whichever kernel they are in. */
export interface Part {
  readonly number: number;
  readonly of: number;
}

/** The rows in the kernel, or in a part of it, as a digest without tallies. */
export function readDigest(
  memory: KernelMemory,
  plan: DigestPlan,
  registers: Registers,
  options: KernelFinishOptions,
  part?: Part,
): Digest {
  return readRows(memory, plan, registers, options, () => choosePart(memory, part));
}

/**
 * The same as the largest groups and the sums of all others, but that rows as large as the smallest of those are kept, too. The
 * plan must have no buckets, and each of its rows be a group.
 */
export function readFolded(
  memory: KernelMemory,
  plan: DigestPlan,
  registers: Registers,
  { rank, top }: GroupFold,
  part?: Part,
): FoldedDigest {
  const { kernel, bytes, put } = memory;
  const none = [0, Infinity, -Infinity, ...plan.sums.map(() => 0)];
  const rankAt = rank === 'flows' ? FLOWS : FIRST_SUM + plan.sums.indexOf(rank);
  let numbers = none;
  let restGroups = 0;
  const kept = readRows(memory, plan, registers, { sorted: true, shared: false }, () => {
    const rowCount = choosePart(memory, part);
    if (rowCount <= top || top === 0) {
      return rowCount;
    }
    const rest = put(bytesOf(Float64Array.from(none)));
    const keptCount = kernel.keepLargest(rankAt, kernel.leastOf(rankAt, top), rest);
    restGroups = rowCount - keptCount;
    numbers = [...new Float64Array(bytes().buffer, rest, none.length)];
    return keptCount;
  });
  const valuesOf = (at: number): Float64Array => Float64Array.from(restGroups > 0 ? [numbers[at]!] : []);
  return {
    kept,
    rest: {
      ...{ rowCount: restGroups > 0 ? 1 : 0, keys: [], tallies: NO_TALLIES },
      flows: valuesOf(FLOWS),
      sums: plan.sums.map((name, i) => ({ name, values: valuesOf(FIRST_SUM + i) })),
      minStartSec: valuesOf(MIN_START),
      maxEndSec: valuesOf(MAX_END),
    },
    restGroups,
  };
}

/** Of the rows in order, those of a part; how many there are. */
function choosePart({ kernel }: KernelMemory, part: Part | undefined): number {
  return part ? kernel.keepPart(part.number, part.of) : kernel.countRows();
}

/** Rows as columns; `choose` may leave some of them out, and says how many are left. */
function readRows(
  memory: KernelMemory,
  plan: DigestPlan,
  registers: Registers,
  { sorted, shared }: KernelFinishOptions,
  choose: () => number,
): Digest {
  const { kernel, bytes, put } = memory;
  const { keys, sums, bucketSec = 0 } = plan;
  const mark = kernel.mark();
  const columns = outgoingColumns(plan);
  const sizes = columns.map(({ key }) => countValues(key, registers));
  const descriptors = put(new Uint8Array(columns.length * OUT_WORDS * 4));
  const write = (): void =>
    columns.forEach(({ words }, i) => bytes().set(bytesOf(words), descriptors + i * OUT_WORDS * 4));
  write();
  kernel.setOrder(descriptors, columns.length, keys.length * 4);
  const rowCount = choose();
  columns.forEach(({ words }, i) => {
    const size = sizes[i]!;
    words[3] = size === 0 ? 0 : kernel.allocateZeros(size);
    words[5] = size === 0 ? 0 : kernel.allocate(Math.min(size, rowCount) * 4);
  });
  write();
  kernel.markUsed();
  columns.forEach((column, i) => {
    const listed = new Uint32Array(bytes().buffer, descriptors + (i * OUT_WORDS + 5) * 4, 2);
    column.used = new Uint32Array(bytes().buffer, listed[0], listed[1]).slice();
    translateUsed(memory, column, sizes[i]!, registers, sorted);
  });
  for (const { key, words } of columns) {
    words[5] = kernel.allocate(rowCount * 4);
    words[6] = key?.kind === 'address' ? kernel.allocate(rowCount) : 0;
  }
  write();
  if (sorted) {
    kernel.sortRows();
  }
  const numberColumns = Array.from({ length: FIRST_SUM + sums.length }, () => kernel.allocate(rowCount * 8));
  kernel.writeColumns(put(bytesOf(Uint32Array.from(numberColumns))), numberColumns.length);

  const { buffer } = bytes();
  const sizesShared = columns.map(({ key, used }) => sharedColumnBytes(key, rowCount, used.length));
  const keep: <T extends Column>(column: T) => T = shared
    ? createSharedRoom(sizesShared.reduce((sum, size) => sum + size, numberColumns.length * sharedBytes(rowCount * 8)))
    : (column) => column.slice() as typeof column;
  const wordsAt = (at: number): Uint32Array => new Uint32Array(buffer, at, rowCount);
  const numbers = numberColumns.map((at) => keep(new Float64Array(buffer, at, rowCount)));
  const digest: Digest = {
    rowCount,
    bucketStartSec: bucketSec > 0 ? keep(wordsAt(columns[0]!.words[5]!)) : undefined,
    keys: columns.flatMap(({ key, words, used }) => {
      const families = (): Uint8Array => new Uint8Array(buffer, words[6], rowCount);
      return key ? [keyColumn(key, wordsAt(words[5]!), families, used, registers, keep)] : [];
    }),
    flows: numbers[FLOWS]!,
    sums: sums.map((name, i) => ({ name, values: numbers[FIRST_SUM + i]! })),
    minStartSec: numbers[MIN_START]!,
    maxEndSec: numbers[MAX_END]!,
    tallies: NO_TALLIES,
    ...(sorted ? {} : { isUnsorted: true }),
  };
  kernel.release(mark);
  return digest;
}

/** The columns as they sort: the bucket, then the keys. */
function outgoingColumns({ keys, bucketSec = 0 }: DigestPlan): Outgoing[] {
  const used = new Uint32Array(0);
  let addressesLeft = keys.filter(({ kind }) => kind === 'address').length;
  const columns = keys.map((key, i): Outgoing => {
    const shift = key.kind === 'address' ? --addressesLeft * 4 : 0;
    // A missing 64-bit number comes first, a missing text last.
    const missing = key.kind === 'long' ? 0 : MISSING;
    return { key, words: Uint32Array.of(KINDS[key.kind], i * 4, shift, 0, missing, 0, 0, 0, 0, 0, 0, 0), used };
  });
  const hasTag = keys.some(({ kind }) => kind === 'address');
  const bucketAt = (keys.length + (hasTag ? 1 : 0)) * 4;
  return bucketSec > 0
    ? [{ key: undefined, words: Uint32Array.of(0, bucketAt, 0, 0, MISSING, 0, 0, 0, 0, 0, 0, 0), used }, ...columns]
    : columns;
}

/** How many texts or IPv6 addresses there are for a column. */
function countValues(key: PlanKey | undefined, { textTable, ipv6 }: Registers): number {
  switch (key?.kind) {
    case 'text':
    case 'long':
      return textTable(key.name).size;
    case 'address':
      return ipv6.size;
    default:
      return 0;
  }
}

/** Numbers the values that rows have from 0 on (64-bit numbers from 1 on) and gives the kernel the translation. */
function translateUsed(
  { kernel, bytes }: KernelMemory,
  { key, words, used }: Outgoing,
  size: number,
  { textTable, ipv6 }: Registers,
  sorted: boolean,
): void {
  if (!key || size === 0) {
    return;
  }
  const table = key.kind === 'address' ? undefined : textTable(key.name);
  if (sorted) {
    used.sort(
      !table
        ? ipv6.compare()
        : key.kind === 'long'
          ? (a, b) => Number(table.text(a)) - Number(table.text(b))
          : (a, b) => compareTexts(table.text(a), table.text(b)),
    );
  }
  const first = key.kind === 'long' ? 1 : 0;
  // Of values that no row has it says nothing: a few of very many are used where objects are digested by themselves.
  const at = kernel.allocate(size * 4);
  const translation = new Uint32Array(bytes().buffer, at, size);
  for (let place = 0; place < used.length; place++) {
    translation[used[place]!] = first + place;
  }
  words[3] = at;
}

function keyColumn(
  { name, kind }: PlanKey,
  words: Uint32Array,
  families: () => Uint8Array,
  used: Uint32Array,
  { textTable, ipv6 }: Registers,
  keep: <T extends Column>(column: T) => T,
): KeyColumn {
  switch (kind) {
    case 'integer':
    case 'port':
      return { kind: 'integer', name, values: keep(words) };
    case 'text': {
      const table = textTable(name);
      return { kind, name, codes: keep(words), dictionary: Array.from(used, (id) => table.text(id)) };
    }
    case 'long': {
      const table = textTable(name);
      const numbers = [-1, ...Array.from(used, (id) => Number(table.text(id)))];
      return { kind, name, values: keep(Float64Array.from(words, (code) => numbers[code]!)) };
    }
    case 'address': {
      const v6 = joinV6(Array.from(used, (id) => ipv6.bytes(id)));
      return { kind, name, families: keep(families()), words: keep(words), v6: keep(v6) };
    }
  }
}

/** What a key's columns take of shared memory. */
function sharedColumnBytes(key: PlanKey | undefined, rowCount: number, usedCount: number): number {
  switch (key?.kind) {
    case 'long':
      return sharedBytes(rowCount * 8);
    case 'address':
      return sharedBytes(rowCount * 4) + sharedBytes(rowCount) + sharedBytes(usedCount * 16);
    default:
      return sharedBytes(rowCount * 4);
  }
}
