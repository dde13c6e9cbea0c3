/**
 * What the kernel is told of the columns of its rows when they are on their way out (`kernel/order.ts`).
 */
import { MISSING } from './digest';
import { bytesOf } from './kernel-memory';
import type { KernelMemory } from './kernel-memory';
import type { DigestPlan, PlanKey } from './plan';
import type { Registers } from './registers';

/** What happens to a column's numbers: as they are, translated, or an address. */
const KINDS: Readonly<Record<PlanKey['kind'], number>> = { integer: 0, port: 0, text: 1, long: 1, address: 2 };
const OUT_WORDS = 12;
// Of a column's words, those that the host changes.
export const TRANSLATION = 3;
export const VALUES = 5;
export const FAMILIES = 6;
const MARKS = TRANSLATION;
const LISTED = VALUES;

/** A column on its way out of the kernel. */
export interface Outgoing {
  /** `undefined` for the bucket. */
  readonly key: PlanKey | undefined;
  /** The words of `kernel/order.ts`. */
  readonly words: Uint32Array;
  /** How many texts or IPv6 addresses there are for it. */
  readonly size: number;
  /** The numbers of those that rows have, once that is known. */
  used: Uint32Array;
}

/** All columns, as they sort: the bucket, then the keys. */
export interface OutgoingColumns {
  readonly columns: readonly Outgoing[];
  /** Tells the kernel what their words are. */
  write(): void;
  /** Makes room for what `markUsed` finds in so many rows. */
  placeMarks(rowCount: number): void;
  /** Sets `used` to what it found. */
  readUsed(): void;
}

/** The columns of all rows, which become those that are meant; what is allocated is the caller's to release. */
export function describeColumns(
  { kernel, bytes, put }: KernelMemory,
  plan: DigestPlan,
  registers: Registers,
): OutgoingColumns {
  const columns = columnsOf(plan, registers);
  const at = put(new Uint8Array(columns.length * OUT_WORDS * 4));
  const write = (): void => columns.forEach(({ words }, i) => bytes().set(bytesOf(words), at + i * OUT_WORDS * 4));
  write();
  kernel.setOrder(at, columns.length, tagPlace(plan));
  return {
    columns,
    write,
    placeMarks(rowCount) {
      for (const { words, size } of columns) {
        words[MARKS] = size === 0 ? 0 : kernel.allocateZeros(size);
        words[LISTED] = size === 0 ? 0 : kernel.allocate(Math.min(size, rowCount) * 4);
      }
      write();
    },
    readUsed() {
      columns.forEach((column, i) => {
        const listed = new Uint32Array(bytes().buffer, at + (i * OUT_WORDS + LISTED) * 4, 2);
        column.used = new Uint32Array(bytes().buffer, listed[0], listed[1]).slice();
      });
    },
  };
}

/** Where the families of addresses are in a row: behind its keys. */
export function tagPlace({ keys }: DigestPlan): number {
  return keys.length * 4;
}

/** The columns as they sort, without what is known of their rows. */
export function columnsOf(plan: DigestPlan, registers: Registers): readonly Outgoing[] {
  const { keys, bucketSec = 0 } = plan;
  const used = new Uint32Array(0);
  let addressesLeft = keys.filter(({ kind }) => kind === 'address').length;
  const columns = keys.map((key, i): Outgoing => {
    const shift = key.kind === 'address' ? --addressesLeft * 4 : 0;
    // A missing 64-bit number comes first, a missing text last.
    const missing = key.kind === 'long' ? 0 : MISSING;
    const words = Uint32Array.of(KINDS[key.kind], i * 4, shift, 0, missing, 0, 0, 0, 0, 0, 0, 0);
    return { key, words, size: countValues(key, registers), used };
  });
  const hasTag = keys.some(({ kind }) => kind === 'address');
  const bucketAt = tagPlace(plan) + (hasTag ? 4 : 0);
  const bucketWords = Uint32Array.of(0, bucketAt, 0, 0, MISSING, 0, 0, 0, 0, 0, 0, 0);
  return bucketSec > 0 ? [{ key: undefined, words: bucketWords, size: 0, used }, ...columns] : columns;
}

function countValues(key: PlanKey, { textTable, ipv6 }: Registers): number {
  switch (key.kind) {
    case 'text':
    case 'long':
      return textTable(key.name).size;
    case 'address':
      return ipv6.size;
    default:
      return 0;
  }
}
