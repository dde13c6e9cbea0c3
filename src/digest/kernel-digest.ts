/**
 * Digests out of the kernel's memory: its rows become columns, sorted there (`kernel/order.ts`). Where only the largest groups
 * are needed, only those become columns.
 */
import { NO_TALLIES } from './digest';
import type { Digest, KeyColumn } from './digest';
import { FIRST_SUM, FLOWS, MAX_END, MIN_START } from './digest-from-rows';
import { joinV6 } from './encode-columns';
import type { FoldedDigest, GroupFold } from './fold-groups';
import { FAMILIES, TRANSLATION, VALUES, describeColumns } from './kernel-columns';
import type { Outgoing } from './kernel-columns';
import { bytesOf } from './kernel-memory';
import type { KernelMemory } from './kernel-memory';
import { meanLeft } from './kernel-rows';
import type { LeftRows } from './kernel-rows';
import type { DigestPlan, PlanKey } from './plan';
import type { Registers } from './registers';
import { createSharedRoom, sharedBytes } from './share-digest';
import type { Column } from './share-digest';
import { compareTexts } from './text-table';

export interface KernelFinishOptions {
  /** Otherwise rows and texts come in any order. */
  readonly sorted: boolean;
  /** The columns are to lie in shared memory. */
  readonly shared: boolean;
}

/** The rows in the kernel as a digest without tallies. */
export function readDigest(
  memory: KernelMemory,
  plan: DigestPlan,
  registers: Registers,
  options: KernelFinishOptions,
): Digest {
  return readRows(memory, plan, registers, options, memory.kernel.countRows);
}

/**
 * The same as the largest groups and the sums of all others, but that rows as large as the smallest of those are kept, too. The
 * plan must have no buckets, and each of its rows be a group. If rows were given away, it is of those that are left.
 */
export function readFolded(
  memory: KernelMemory,
  plan: DigestPlan,
  registers: Registers,
  { rank, top }: GroupFold,
  left?: LeftRows,
): FoldedDigest {
  const { kernel, bytes, put } = memory;
  const none = [0, Infinity, -Infinity, ...plan.sums.map(() => 0)];
  const rankAt = rank === 'flows' ? FLOWS : FIRST_SUM + plan.sums.indexOf(rank);
  let numbers = none;
  let restGroups = 0;
  const kept = readRows(memory, plan, registers, { sorted: true, shared: false }, () => {
    const rowCount = left ? meanLeft(memory, left) : kernel.countRows();
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

/** Rows as columns; `choose` may leave some of them out, and says how many are left. */
function readRows(
  memory: KernelMemory,
  plan: DigestPlan,
  registers: Registers,
  { sorted, shared }: KernelFinishOptions,
  choose: () => number,
): Digest {
  const { kernel, bytes, put } = memory;
  const { sums, bucketSec = 0 } = plan;
  const mark = kernel.mark();
  const outgoing = describeColumns(memory, plan, registers);
  const { columns } = outgoing;
  const rowCount = choose();
  outgoing.placeMarks(rowCount);
  kernel.markUsed();
  outgoing.readUsed();
  columns.forEach((column) => translateUsed(memory, column, registers, sorted));
  for (const { key, words } of columns) {
    words[VALUES] = kernel.allocate(rowCount * 4);
    words[FAMILIES] = key?.kind === 'address' ? kernel.allocate(rowCount) : 0;
  }
  outgoing.write();
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
    bucketStartSec: bucketSec > 0 ? keep(wordsAt(columns[0]!.words[VALUES]!)) : undefined,
    keys: columns.flatMap(({ key, words, used }) => {
      const families = (): Uint8Array => new Uint8Array(buffer, words[FAMILIES], rowCount);
      return key ? [keyColumn(key, wordsAt(words[VALUES]!), families, used, registers, keep)] : [];
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

/** Numbers the values that rows have from 0 on (64-bit numbers from 1 on) and gives the kernel the translation. */
function translateUsed(
  { kernel, bytes }: KernelMemory,
  { key, words, used, size }: Outgoing,
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
  words[TRANSLATION] = at;
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
