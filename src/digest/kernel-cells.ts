/**
 * Hands rows that come as columns to the kernel (`kernel/cells.ts`): spellings once, then only their codes.
 */
import { spellColumn } from './cells';
import type { CellBlock, CellColumn } from './cells';
import { bytesOf } from './kernel-memory';
import type { KernelLayout, KernelMemory, KernelStep } from './kernel-memory';
import type { Spellings } from './spellings';

/** The kernel's answer: 0 if all rows were read. */
export type CellReader = (block: CellBlock, layout: KernelLayout) => number;

/** A piece of the kernel's memory that grows; what it was before is lost, there is no way to give it back. */
interface Room {
  at: number;
  bytes: number;
}

/** What the kernel holds of one column. */
interface ColumnRooms {
  /** Which spellings `table` is of. */
  spellings?: Spellings;
  readonly table: Room;
  readonly cells: Room;
}

const STEP_BYTES = 32;
const VALUE_BYTES = 16;
const COLUMN_WORDS = 8;
/** How a column's cells come; 0 to 4 are the kinds of steps. */
const INTEGER_NUMBERS = 5;
const LONG_NUMBERS = 6;
const INTEGER_STEP = 0;
const LONG_STEP = 1;
/** Bytes that the kernel may read beyond either end of a text. */
const PADDING = 64;

/** A reader of columns for one kernel, whose registers have been laid out. */
export function createCellReader(memory: KernelMemory): CellReader {
  const { kernel, bytes } = memory;
  const words = kernel.registersAt(0);
  const numbers = kernel.registersAt(1);
  const families = kernel.registersAt(2);
  const columnRooms: ColumnRooms[] = [];
  const places = createRoom();
  const text = createRoom();
  const descriptions = createRoom();
  /** Whose steps the tables were made by: their columns and registers. */
  let tablesOf: KernelLayout | undefined;

  function place(room: Room, needed: number): number {
    if (room.bytes < needed) {
      room.bytes = Math.max(needed, 2 * room.bytes);
      room.at = kernel.allocate(room.bytes);
    }
    return room.at;
  }

  /** Has the kernel read all spellings of a column. */
  function readSpellings(step: number, spellings: Spellings, rooms: ColumnRooms): void {
    const { starts, ends, size } = spellings;
    const textBytes = ends.subarray(0, size).reduce((most, end) => (end > most ? end : most), 0);
    const table = place(rooms.table, size * VALUE_BYTES);
    const textAt = place(text, textBytes + 2 * PADDING) + PADDING;
    const startsAt = place(places, size * 8);
    const endsAt = startsAt + size * 4;
    bytes().set(spellings.text.subarray(0, textBytes), textAt);
    bytes().set(bytesOf(starts.subarray(0, size)), startsAt);
    bytes().set(bytesOf(ends.subarray(0, size)), endsAt);
    kernel.readSpellings(step, textAt, startsAt, endsAt, size, table);
    rooms.spellings = spellings;
  }

  /** What the kernel has to know of a column, with its cells in place. */
  function describe(
    column: CellColumn,
    { kind, word, number, max }: KernelStep,
    step: number,
    rooms: ColumnRooms,
  ): number[] {
    const slots = [words + 4 * word, numbers + 8 * number, families + word, max];
    if ('numbers' in column && (kind === INTEGER_STEP || kind === LONG_STEP)) {
      const at = place(rooms.cells, column.numbers.byteLength);
      bytes().set(bytesOf(column.numbers), at);
      return [kind === LONG_STEP ? LONG_NUMBERS : INTEGER_NUMBERS, at, 0, ...slots, 0];
    }
    const { spellings, codes } = spellColumn(column);
    if (rooms.spellings !== spellings) {
      readSpellings(step, spellings, rooms);
    }
    const at = place(rooms.cells, codes.byteLength);
    bytes().set(bytesOf(codes), at);
    return [kind, at, rooms.table.at, ...slots, 0];
  }

  return ({ rowCount, columns }, layout) => {
    if (tablesOf !== layout) {
      tablesOf = layout;
      columnRooms.forEach((rooms) => (rooms.spellings = undefined));
    }
    const described = layout.stepList.map((step, index) => {
      const rooms = (columnRooms[step.column] ??= { table: createRoom(), cells: createRoom() });
      return describe(columns[step.column]!, step, layout.steps + index * STEP_BYTES, rooms);
    });
    const at = place(descriptions, described.length * COLUMN_WORDS * 4);
    bytes().set(bytesOf(Uint32Array.from(described.flat())), at);
    return kernel.addCells(at, described.length, rowCount);
  };
}

function createRoom(): Room {
  return { at: 0, bytes: 0 };
}
