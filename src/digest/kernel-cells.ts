/**
 * Hands rows that come as columns of pages to the kernel (`kernel/pages.ts`): pages as they are stored, where it reads that,
 * and unpacked cells of all others. Spellings are read once, then only their codes.
 */
import { createCellUnpacker, spellColumn } from './cells';
import type {
  CellBlock,
  CellPage,
  CellUnpacker,
  Dictionary,
  FindGreatest,
  PackedNumbers,
  PageRows,
  PlainValues,
} from './cells';
import { bytesOf } from './kernel-memory';
import type { KernelLayout, KernelMemory, KernelStep } from './kernel-memory';
import type { Spellings } from './spellings';

export interface CellReader {
  /** Reads the next rows of an object with this layout; the kernel's answer: 0 if all rows were read. */
  read(block: CellBlock, layout: KernelLayout): number;
  readonly findGreatest: FindGreatest;
}

/** A piece of the kernel's memory that grows; what it was before is lost, there is no way to give it back. */
interface Room {
  at: number;
  bytes: number;
}

/** What the kernel holds of the column of one step. */
interface HeldColumn {
  /** What `table` is of. */
  tableOf?: Spellings | Dictionary;
  readonly table: Room;
  readonly values: Room;
  readonly levels: Room;
  /** The page that is there as it is stored, and the row of it that comes next. */
  page?: CellPage;
  nextRow: number;
  readonly unpack: CellUnpacker;
}

const STEP_BYTES = 32;
const VALUE_BYTES = 16;
/** See `kernel/pages.ts`. */
const COLUMN_BYTES = 80;
const CODES = 0;
const PLAIN: Readonly<Record<PlainValues['kind'], number>> = { int32: 1, int64: 2, texts: 3 };
const FLOAT64 = 4;
const INTEGER_STEP = 0;
const LONG_STEP = 1;
const PACKED = 0xffffffff;
/** Bytes that the kernel may read beyond either end of a text. */
const PADDING = 64;

/** A reader of numbers that has not begun. */
type Runs = readonly [at: number, width: number, left: number, value: number, bits: number];
const NO_RUNS: Runs = [0, 0, 0, 0, 0];

/** How the values of a column lie in the kernel's memory. */
interface Values {
  readonly stored: number;
  readonly runs: Runs;
  /** What makes a place in the table of a code. */
  readonly plus?: number;
  readonly levels?: Runs;
}

/** A step, and where the kernel has it. */
interface StepPlace {
  readonly step: KernelStep;
  readonly at: number;
}

/** What `registerAt` is asked for. */
const [WORDS, NUMBERS, FAMILIES] = [0, 1, 2];

/** A reader of columns for one kernel, whose registers have been laid out. */
export function createCellReader(memory: KernelMemory): CellReader {
  const { kernel, bytes } = memory;
  const held: HeldColumn[] = [];
  const places = createRoom();
  const text = createRoom();
  const columnsRoom = createRoom();
  const dictionaryRoom = createRoom();
  /** Whose steps `held` is of. */
  let heldOf: KernelLayout | undefined;

  function place(room: Room, needed: number): number {
    if (room.bytes < needed) {
      // With some to spare: the pages of the next file are a little larger, and what is not touched is no memory yet.
      room.bytes = Math.max(needed + (needed >> 2), 2 * room.bytes);
      room.at = kernel.allocate(room.bytes);
    }
    return room.at;
  }

  function put(room: Room, source: Uint8Array): number {
    const at = place(room, source.length + 2 * PADDING) + PADDING;
    bytes().set(source, at);
    return at;
  }

  /** Has the kernel read all spellings of a column. */
  function readSpellings(step: StepPlace, spellings: Spellings, column: HeldColumn): void {
    if (column.tableOf === spellings) {
      return;
    }
    const { starts, ends, size } = spellings;
    const textBytes = ends.subarray(0, size).reduce((most, end) => (end > most ? end : most), 0);
    const table = place(column.table, size * VALUE_BYTES);
    const textAt = put(text, spellings.text.subarray(0, textBytes));
    const startsAt = place(places, size * 8);
    const endsAt = startsAt + size * 4;
    bytes().set(bytesOf(starts.subarray(0, size)), startsAt);
    bytes().set(bytesOf(ends.subarray(0, size)), endsAt);
    kernel.readSpellings(step.at, textAt, startsAt, endsAt, size, table);
    column.tableOf = spellings;
  }

  /** Has the kernel read all values of a dictionary. */
  function readDictionary(step: StepPlace, dictionary: Dictionary, column: HeldColumn): void {
    if (column.tableOf === dictionary) {
      return;
    }
    const { size, stored } = dictionary;
    const values = stored && putPlain(step, stored, size, text);
    if (!values) {
      readSpellings(step, dictionary.spellings(), column);
      return;
    }
    const table = place(column.table, (size + 1) * VALUE_BYTES);
    const at = place(dictionaryRoom, COLUMN_BYTES);
    describe(at, step, table, values);
    kernel.readTable(at, size, table);
    column.tableOf = dictionary;
  }

  /** Plain values as they are stored; `undefined` if the step does not read them. */
  function putPlain(
    { step: { kind } }: StepPlace,
    { kind: stored, bytes: source, start }: PlainValues,
    count: number,
    room: Room,
  ): Values | undefined {
    const isText = stored === 'texts';
    if (!isText && kind !== INTEGER_STEP && kind !== LONG_STEP) {
      return undefined;
    }
    const at = put(room, source.subarray(start));
    if (isText && kernel.areTokens(at, count) === 0) {
      return undefined;
    }
    return { stored: PLAIN[stored], runs: [at, 0, 0, 0, 0] };
  }

  function putPacked(room: Room, { bytes: source, start, end, width }: PackedNumbers): Runs {
    return [put(room, source.subarray(start, end)), width, 0, 0, 0];
  }

  /** The values of a page as they are stored; `undefined` if the step does not read them. */
  function putPage(step: StepPlace, { stored, present, valueCount }: CellPage, column: HeldColumn): Values | undefined {
    if (!stored) {
      return undefined;
    }
    let values: Values | undefined;
    if (stored.kind === 'codes') {
      readDictionary(step, stored.dictionary, column);
      values = { stored: CODES, runs: putPacked(column.values, stored.packed), plus: 1 };
    } else {
      values = putPlain(step, stored, valueCount, column.values);
    }
    return values && present ? { ...values, levels: putPacked(column.levels, present) } : values;
  }

  /** Unpacked cells of some rows. */
  function putCells(step: StepPlace, rows: PageRows, rowCount: number, column: HeldColumn): Values {
    const { kind } = step.step;
    const cells = column.unpack(rows, rowCount);
    if ('numbers' in cells && (kind === INTEGER_STEP || kind === LONG_STEP)) {
      return { stored: FLOAT64, runs: [put(column.values, bytesOf(cells.numbers)), 0, 0, 0, 0] };
    }
    const { spellings, codes } = spellColumn(cells);
    readSpellings(step, spellings, column);
    // Codes of 32 bits each are packed ones.
    return { stored: CODES, runs: [put(column.values, bytesOf(codes)), 32, rowCount, PACKED, 0] };
  }

  /** Tells the kernel where the values of a column are, which it goes through from then on. */
  function describe(at: number, { step, at: stepAt }: StepPlace, table: number, values: Values): void {
    const { kind, word, number, max } = step;
    const { stored, runs, plus = 0, levels } = values;
    const description = [
      ...[stored, kind, kernel.registerAt(WORDS, word), kernel.registerAt(NUMBERS, number)],
      ...[kernel.registerAt(FAMILIES, word), max, table, plus],
      ...[levels ? 1 : 0, stepAt],
      ...(levels ?? NO_RUNS),
      ...runs,
    ];
    bytes().set(bytesOf(Uint32Array.from(description)), at);
  }

  function read({ rowCount, columns }: CellBlock, layout: KernelLayout): number {
    const { stepList, steps } = layout;
    const columnsAt = place(columnsRoom, stepList.length * COLUMN_BYTES);
    if (heldOf !== layout) {
      heldOf = layout;
      held.forEach((column) => (column.page = column.tableOf = undefined));
    }
    stepList.forEach((step, index) => {
      const column = (held[index] ??= createHeldColumn());
      const rows = columns[step.column]!;
      if (column.page !== rows.page || column.nextRow !== rows.firstRow) {
        const at = columnsAt + index * COLUMN_BYTES;
        const own = { step, at: steps + index * STEP_BYTES };
        const page = putPage(own, rows.page, column);
        const values = page ?? putCells(own, rows, rowCount, column);
        describe(at, own, column.table.at, values);
        column.page = page && rows.page;
        if (page && rows.firstRow > 0) {
          kernel.passRows(at, rows.firstRow);
        }
      }
      column.nextRow = rows.firstRow + rowCount;
    });
    return kernel.addCells(columnsAt, stepList.length, rowCount);
  }

  return {
    read,
    findGreatest({ bytes: source, start, end, width }, count) {
      const at = put(text, source.subarray(start, end));
      const greatest = kernel.greatestOf(at, at + end - start, width, count);
      return greatest < -1 ? undefined : greatest;
    },
  };
}

function createHeldColumn(): HeldColumn {
  return { table: createRoom(), values: createRoom(), levels: createRoom(), nextRow: 0, unpack: createCellUnpacker() };
}

function createRoom(): Room {
  return { at: 0, bytes: 0 };
}
