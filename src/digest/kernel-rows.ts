/**
 * Rows from one kernel to another of the same plan, as they lie in memory: threads that each have a table give each other those
 * that the other one is to add up. Texts and IPv6 addresses go with them, since each kernel has its own numbers for these.
 */
import { joinV6 } from './encode-columns';
import { TRANSLATION, columnsOf, describeColumns, tagPlace } from './kernel-columns';
import type { Outgoing, OutgoingColumns } from './kernel-columns';
import { bytesOf, createRoom } from './kernel-memory';
import type { KernelMemory } from './kernel-memory';
import type { DigestPlan, PlanKey } from './plan';
import type { Registers } from './registers';

/** One of several parts of all rows, of which each has all rows of its groups, whichever kernel they are in. */
export interface Part {
  readonly number: number;
  readonly of: number;
}

/** Rows as a kernel has them. */
export interface KernelRows {
  readonly rows: Uint8Array;
  /** What the numbers in a column stand for, if they do for something. */
  readonly values: readonly (NumberedValues | undefined)[];
}

/** The texts or addresses (16 bytes each) that rows have, and the number of each. */
type NumberedValues =
  | { readonly numbers: Uint32Array; readonly texts: readonly string[] }
  | { readonly numbers: Uint32Array; readonly v6: Uint8Array };

/** What is left when rows were given away. */
export interface LeftRows {
  /** Addresses of the rows that are of the own part. */
  readonly own: Uint32Array;
  /** How many rows there were; those that came later are of the own part, too. */
  readonly before: number;
}

/** Rows that are copied at once: they stay in the cache on their way. */
const SLICE_ROWS = 1024;
/** What a row takes in a list. */
const LISTED_BYTES = 4;

/** The rows of each part but the own one (`undefined` for that, and where there are none), and what is left. */
export function giveRows(
  memory: KernelMemory,
  plan: DigestPlan,
  registers: Registers,
  own: Part,
): { readonly given: readonly (KernelRows | undefined)[]; readonly left: LeftRows } {
  const { kernel, bytes } = memory;
  const mark = kernel.mark();
  const outgoing = describeColumns(memory, plan, registers);
  const placesAt = kernel.partRows(own.of);
  const places = new Uint32Array(bytes().buffer, placesAt, own.of + 1).slice();
  const room = kernel.allocate(SLICE_ROWS * kernel.bytesPerRow());
  const given = Array.from({ length: own.of }, (_, part) =>
    part === own.number || places[part] === places[part + 1]
      ? undefined
      : copyRows(memory, registers, outgoing, { from: places[part]!, end: places[part + 1]!, room }),
  );
  const [from, end] = [places[own.number]!, places[own.number + 1]!];
  const left = {
    own: new Uint32Array(bytes().buffer, from, (end - from) / LISTED_BYTES).slice(),
    before: kernel.countRows(),
  };
  kernel.release(mark);
  return { given, left };
}

/** The rows of a list `[from, end)`, through a room in the kernel. */
function copyRows(
  { kernel, bytes }: KernelMemory,
  registers: Registers,
  outgoing: OutgoingColumns,
  { from, end, room }: { readonly from: number; readonly end: number; readonly room: number },
): KernelRows {
  const mark = kernel.mark();
  const rowBytes = kernel.bytesPerRow();
  const rowCount = (end - from) / LISTED_BYTES;
  const rows = new Uint8Array(rowCount * rowBytes);
  outgoing.placeMarks(rowCount);
  for (let row = 0; row < rowCount; row += SLICE_ROWS) {
    const count = Math.min(SLICE_ROWS, rowCount - row);
    const at = from + row * LISTED_BYTES;
    kernel.useRows(at, at + count * LISTED_BYTES);
    kernel.markUsed();
    kernel.copyRows(room);
    rows.set(bytes().subarray(room, room + count * rowBytes), row * rowBytes);
  }
  outgoing.readUsed();
  kernel.release(mark);
  return { rows, values: outgoing.columns.map((column) => valuesOf(column, registers)) };
}

function valuesOf({ key, used: numbers }: Outgoing, { textTable, ipv6 }: Registers): NumberedValues | undefined {
  if (!key || numbers.length === 0) {
    return undefined;
  }
  if (key.kind === 'address') {
    return { numbers, v6: joinV6(Array.from(numbers, (id) => ipv6.bytes(id))) };
  }
  const table = textTable(key.name);
  return { numbers, texts: Array.from(numbers, (id) => table.text(id)) };
}

/** Means the rows that are left; how many they are. What is meant must be all rows. */
export function meanLeft({ kernel, put }: KernelMemory, { own, before }: LeftRows): number {
  return kernel.leaveRows(put(bytesOf(own)), own.length, before);
}

/** A function that adds rows of other kernels to those in this one; `registers` are its own. */
export function createRowTaker(
  memory: KernelMemory,
  plan: DigestPlan,
  registers: Registers,
): (given: KernelRows) => void {
  const { kernel, bytes } = memory;
  const rowBytes = kernel.bytesPerRow();
  const room = kernel.allocate(SLICE_ROWS * rowBytes);
  const columns = columnsOf(plan, registers);
  const putColumns = createRoom(memory);
  const translationRooms = columns.map(() => createRoom(memory));
  return ({ rows, values }) => {
    const words = columns.flatMap(({ key, words: own }, i) => {
      const numbered = values[i];
      const at = key && numbered ? translationRooms[i]!(bytesOf(translate(key, numbered, registers))) : 0;
      return [...own.subarray(0, TRANSLATION), at];
    });
    const columnsAt = putColumns(bytesOf(Uint32Array.from(words)));
    for (let from = 0; from < rows.length; from += SLICE_ROWS * rowBytes) {
      const slice = rows.subarray(from, from + SLICE_ROWS * rowBytes);
      bytes().set(slice, room);
      kernel.addKernelRows(room, slice.length / rowBytes, columnsAt, columns.length, tagPlace(plan));
    }
  };
}

/** The own number of each value, by the number that the rows have. */
function translate(key: PlanKey, values: NumberedValues, { textTable, ipv6 }: Registers): Uint32Array {
  const { numbers } = values;
  const own = new Uint32Array(numbers.reduce((most, number) => Math.max(most, number), 0) + 1);
  if ('texts' in values) {
    const table = textTable(key.name);
    numbers.forEach((number, i) => (own[number] = table.add(values.texts[i]!)));
  } else {
    numbers.forEach((number, i) => (own[number] = ipv6.add(values.v6.subarray(i * 16, i * 16 + 16))));
  }
  return own;
}
