/**
 * Digests into the kernel's memory (`kernel/merge.ts`): merging is adding up rows in one table, whatever their order.
 */
import { MISSING } from './digest';
import type { Digest, KeyColumn } from './digest';
import { FIRST_SUM } from './digest-from-rows';
import { bytesOf, createRoom } from './kernel-memory';
import type { KernelMemory } from './kernel-memory';
import type { DigestPlan } from './plan';
import type { Registers } from './registers';

/** Rows handed over at once. */
const SLICE_ROWS = 8192;
/** What happens to a column's values: as they are, translated, or addresses. */
const PLAIN = 0;
const TRANSLATED = 1;
const ADDRESS = 2;
const COLUMN_BYTES = 16;

/**
 * A function that adds the rows of digests to those in the kernel, a slice at a time. Digests may be unsorted; `plan` must
 * be theirs, `registers` those of the kernel.
 */
export function createAbsorber(
  memory: KernelMemory,
  { keys, sums, bucketSec }: DigestPlan,
  registers: Registers,
): (digest: Digest) => void {
  const { kernel, bytes, put } = memory;
  const room = (bytesPerRow: number): number => kernel.allocate(SLICE_ROWS * bytesPerRow);
  const columnRooms = keys.map(({ kind }) => ({ words: room(4), families: kind === 'address' ? room(1) : 0 }));
  const translationRooms = keys.map(() => createRoom(memory));
  const columnsAt = kernel.allocate(keys.length * COLUMN_BYTES);
  const bucketRoom = bucketSec ? room(4) : 0;
  const numberRooms = Array.from({ length: FIRST_SUM + sums.length }, () => room(8));
  const numberColumns = put(bytesOf(Uint32Array.from(numberRooms)));

  return (digest) => {
    const numbers = [
      ...[digest.flows, digest.minStartSec, digest.maxEndSec],
      ...digest.sums.map(({ values }) => values),
    ];
    const columns = digest.keys.map((column) => incomingColumn(column, registers));
    const descriptors = columns.flatMap(({ kind, translation }, i) => {
      const { words, families } = columnRooms[i]!;
      return [kind, words, translation ? translationRooms[i]!(bytesOf(translation)) : 0, families];
    });
    bytes().set(bytesOf(Uint32Array.from(descriptors)), columnsAt);
    for (let from = 0; from < digest.rowCount; from += SLICE_ROWS) {
      const to = Math.min(from + SLICE_ROWS, digest.rowCount);
      const view = bytes();
      columns.forEach(({ words, families }, i) => {
        view.set(bytesOf(words.subarray(from, to)), columnRooms[i]!.words);
        if (families) {
          view.set(families.subarray(from, to), columnRooms[i]!.families);
        }
      });
      if (digest.bucketStartSec) {
        view.set(bytesOf(digest.bucketStartSec.subarray(from, to)), bucketRoom);
      }
      numbers.forEach((column, i) => view.set(bytesOf(column.subarray(from, to)), numberRooms[i]!));
      kernel.addRows(to - from, columnsAt, columns.length, bucketRoom, numberColumns, numbers.length);
    }
  };
}

/** A column on its way into the kernel. */
interface Incoming {
  readonly kind: number;
  readonly words: Uint32Array;
  readonly translation?: Uint32Array;
  readonly families?: Uint8Array;
}

function incomingColumn(column: KeyColumn, { textTable, ipv6 }: Registers): Incoming {
  switch (column.kind) {
    case 'integer':
      return { kind: PLAIN, words: column.values };
    case 'text': {
      const table = textTable(column.name);
      const { dictionary } = column;
      const translation = new Uint32Array(dictionary.length);
      for (let code = 0; code < dictionary.length; code++) {
        translation[code] = table.add(dictionary[code]!);
      }
      return { kind: TRANSLATED, words: column.codes, translation };
    }
    case 'long': {
      // As in a row: the number of its text, and MISSING for none.
      const table = textTable(column.name);
      const words = Uint32Array.from(column.values, (value) => (value < 0 ? MISSING : table.add(String(value))));
      return { kind: PLAIN, words };
    }
    case 'address': {
      const translation = new Uint32Array(column.v6.length / 16);
      for (let i = 0; i < translation.length; i++) {
        translation[i] = ipv6.add(column.v6.subarray(i * 16, i * 16 + 16));
      }
      return { kind: ADDRESS, words: column.words, translation, families: column.families };
    }
  }
}
