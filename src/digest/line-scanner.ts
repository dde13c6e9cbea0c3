/**
 * Reads blocks of whole lines and fills the registers record by record: the hot loop of this project. One pass over the
 * bytes; a column that the plan does not read is only skipped over; nothing is allocated per line. Every line ends in
 * exactly one tally.
 *
 * A record is judged on its number of columns, its time, its status and the columns that the plan reads.
 */
import { FIELDS } from '../flow/fields';
import { MAX_SECONDS } from '../flow/record-time';
import { compileFilter } from './compile-filter';
import { createCopyJudge } from './count-once';
import { MISSING, NO_LINES } from './digest';
import { createEndCollector } from './logged-ends';
import { FLOW_LOG_KEY, asksStatus, type Plan } from './plan';
import { isHeaderAt } from './read-objects';
import type { EndReader, LineReader } from './read-objects';
import { STATUS_NODATA, STATUS_OK, STATUS_SKIPDATA } from './registers';
import type { Registers } from './registers';
import { HASH_FACTOR, HASH_START, encodeText, hashBytes } from './text-table';
import type { TextTable } from './text-table';

/** What happens to a record that counts: its registers are filled, `line` is `block[lineStart, lineEnd)`. */
export type AcceptRecord = (
  startSec: number,
  endSec: number,
  block: Uint8Array,
  lineStart: number,
  lineEnd: number,
  columns: readonly string[],
) => void;

const SKIP = 0;
const INTEGER = 1;
const LONG = 2;
const ADDRESS = 3;
const TEXT = 4;
const LONG_KEY = 5;

/** What the columns of one header do: column i runs `ops[i]` on `slots[i]`. */
interface Layout {
  readonly columns: readonly string[];
  readonly ops: Uint8Array;
  readonly slots: Uint16Array;
  readonly maxes: Float64Array;
  readonly tables: readonly (TextTable | undefined)[];
  /** Where in the current block the token stands that the column's register holds; −1 for none. */
  readonly lastStarts: Int32Array;
  readonly hasCounts: boolean;
}

const HYPHEN = 45;
/** Lines scanned per call, in bytes. */
const SLICE_BYTES = 64 * 1024;
/** Header lines are rare: the first token of a line is compared only with names of its first byte and length. */
const namesByStart = groupNamesByFirstByte();

/** A scanner that fills `registers` and calls `accept` for each record that counts. */
export function createLineScanner(plan: Plan, registers: Registers, accept: AcceptRecord): LineReader {
  const { words, families, numbers, ipv6 } = registers;
  const predicate = plan.filter && compileFilter(plan.filter, registers);
  const fromSec = plan.range?.fromSec ?? -Infinity;
  const toSec = plan.range?.toSec ?? Infinity;
  const isRanged = plan.range !== undefined;
  const isStatusAsked = asksStatus(plan);
  const startSlot = registers.numberSlot('start');
  const endSlot = registers.numberSlot('end');
  const statusSlot = registers.wordSlot('log-status');
  const copyDirection = plan.kind === 'digest' ? plan.copyDirection : undefined;
  const directionSlot = copyDirection === undefined ? -1 : registers.wordSlot('flow-direction');
  const copyCode = copyDirection === undefined ? -1 : registers.internText('flow-direction', copyDirection);
  const packetsSlot = registers.numberSlot('packets');
  const bytesSlot = registers.numberSlot('bytes');
  const collected = plan.kind === 'digest' && plan.countsOnce ? createEndCollector(registers) : undefined;
  const judge = collected && createCopyJudge(registers, collected, plan.kind === 'digest' ? plan.hops : undefined);
  const layouts = new Map<string, Layout>();
  const tally = { ...NO_LINES };
  let firstSec = Infinity;
  let lastSec = -Infinity;
  let hasUntimed = false;
  let layout: Layout | undefined;
  let stampSec: number | undefined;

  function useColumns(next: readonly string[], region: string | undefined, flowLogId: string | undefined): void {
    const identity = next.join(' ');
    layout = layouts.get(identity) ?? compileLayout(registers, next);
    layouts.set(identity, layout);
    // Columns that this header lacks keep the missing value for all its records.
    words.fill(MISSING);
    families.fill(0);
    numbers.fill(-1);
    const slot = registers.wordSlot('region');
    if (region !== undefined && slot >= 0) {
      words[slot] = registers.internText('region', region);
    }
    if (judge && flowLogId !== undefined) {
      words[registers.wordSlot(FLOW_LOG_KEY)] = registers.internText(FLOW_LOG_KEY, flowLogId);
    }
  }

  function readLines(b: Uint8Array, start: number, end: number, areRecords = false): number {
    const { lastStarts } = layout!;
    lastStarts.fill(-1);
    let p = start;
    while (p < end) {
      // In slices, because compilers swap in better code when a function is called anew.
      const sliceEnd = end - p > SLICE_BYTES ? b.indexOf(10, p + SLICE_BYTES) + 1 : end;
      p = scanLines(b, p, sliceEnd, layout!, areRecords);
      if (p < sliceEnd) {
        return p;
      }
    }
    return end;
  }

  /**
   * Reads the lines of `b[start, end)`, which is empty or ends in a line feed: so no loop within a line needs a bound.
   * Returns `end`, or where a line begins that is another header.
   */
  function scanLines(
    b: Uint8Array,
    start: number,
    end: number,
    { ops, slots, maxes, tables, lastStarts, columns, hasCounts }: Layout,
    areRecords: boolean,
  ): number {
    const count = ops.length;
    let p = start;
    while (p < end) {
      const lineStart = p;
      let c = b[p]!;
      while (c <= 32 && c !== 10) {
        c = b[++p]!;
      }
      if (c === 10) {
        p++;
        tally.blankLines++;
        continue;
      }
      if (c >= 97 && !areRecords && startsWithName(b, p) && isHeaderAt(b, p, count)) {
        return lineStart;
      }

      let column = 0;
      let isBad = false;
      for (;;) {
        // Here c is the first byte of a token; afterwards b[p] is the first byte behind it, which is at most 32.
        switch (ops[column]) {
          case SKIP:
            do {
              c = b[++p]!;
            } while (c > 32);
            break;
          case INTEGER: {
            const tokenStart = p;
            let value = 0;
            do {
              const digit = c - 48;
              if (digit < 0 || digit > 9 || value > 214748364) {
                value = -1;
                break;
              }
              value = value * 10 + digit;
              c = b[++p]!;
            } while (c > 32);
            if (value < 0 || value > maxes[column]!) {
              while (b[p]! > 32) {
                p++;
              }
              if (p - tokenStart === 1 && b[tokenStart] === HYPHEN) {
                words[slots[column]!] = MISSING;
              } else {
                isBad = true;
              }
            } else {
              words[slots[column]!] = value;
            }
            break;
          }
          case LONG:
          case LONG_KEY: {
            const tokenStart = p;
            let value = 0;
            // Nine digits fit an integer; only longer numbers need floating point.
            const short = p + 9;
            for (; c > 32 && p < short; c = b[++p]!) {
              const digit = c - 48;
              if (digit < 0 || digit > 9) {
                value = -1;
                break;
              }
              value = value * 10 + digit;
            }
            if (c > 32) {
              let long = value;
              for (; c > 32; c = b[++p]!) {
                const digit = c - 48;
                if (long < 0 || digit < 0 || digit > 9) {
                  long = -1;
                } else {
                  long = long * 10 + digit;
                }
              }
              value = long;
            }
            const isMissing = p - tokenStart === 1 && b[tokenStart] === HYPHEN;
            if (value < 0 ? !isMissing : value > Number.MAX_SAFE_INTEGER) {
              isBad = true;
            }
            if (ops[column] === LONG) {
              numbers[slots[column]!] = value;
            } else if (!isBad) {
              storeLongKey(slots[column]!, tables[column]!, value);
            }
            break;
          }
          case ADDRESS: {
            const tokenStart = p;
            let word = 0;
            let octet = 0;
            let digits = 0;
            let dots = 0;
            do {
              const digit = c - 48;
              // No leading zeros: for some readers they make a number octal.
              if (digit >= 0 && digit <= 9 && (digits === 0 || (octet > 0 && octet < 26))) {
                octet = octet * 10 + digit;
                digits++;
              } else if (c === 46 && digits > 0 && octet <= 255) {
                word = (word << 8) | octet;
                octet = 0;
                digits = 0;
                dots++;
              } else {
                dots = 9;
                break;
              }
              c = b[++p]!;
            } while (c > 32);
            if (dots === 3 && digits > 0 && octet <= 255) {
              words[slots[column]!] = (word << 8) | octet;
              families[slots[column]!] = 4;
            } else {
              while (b[p]! > 32) {
                p++;
              }
              if (!storeOtherAddress(b, tokenStart, p, slots[column]!)) {
                isBad = true;
              }
            }
            break;
          }
          case TEXT: {
            const tokenStart = p;
            // Most columns repeat the value of the line before, which the register still holds.
            let last = lastStarts[column]!;
            if (last >= 0) {
              while (c > 32 && c === b[last]) {
                c = b[++p]!;
                last++;
              }
              if (c <= 32 && b[last]! <= 32) {
                lastStarts[column] = tokenStart;
                break;
              }
              p = tokenStart;
              c = b[p]!;
            }
            let hash = HASH_START;
            do {
              hash = Math.imul(hash ^ c, HASH_FACTOR);
              c = b[++p]!;
            } while (c > 32);
            words[slots[column]!] =
              p - tokenStart === 1 && b[tokenStart] === HYPHEN
                ? MISSING
                : tables[column]!.intern(b, tokenStart, p, hash);
            lastStarts[column] = tokenStart;
            break;
          }
        }
        column++;
        c = b[p]!;
        while (c <= 32 && c !== 10) {
          c = b[++p]!;
        }
        if (c === 10 || column === count) {
          break;
        }
      }

      const lineEnd = p;
      if (c !== 10) {
        p = b.indexOf(10, p) + 1;
        tally.tooManyFields++;
        continue;
      }
      p++;
      if (column < count) {
        tally.tooFewFields++;
        continue;
      }
      if (isBad) {
        tally.badValue++;
        continue;
      }
      let startSec = numbers[startSlot]!;
      let endSec = numbers[endSlot]!;
      if (startSec > MAX_SECONDS) {
        startSec = Math.floor(startSec / 1000);
        numbers[startSlot] = startSec;
      }
      if (endSec > MAX_SECONDS) {
        endSec = Math.floor(endSec / 1000);
        numbers[endSlot] = endSec;
      }
      if (startSec < 0) {
        startSec = endSec >= 0 ? endSec : (stampSec ?? -1);
      }
      // Time buckets are 32-bit words.
      if (startSec >= MISSING) {
        tally.badValue++;
        continue;
      }
      if (startSec < 0) {
        hasUntimed = true;
      } else {
        firstSec = Math.min(firstSec, startSec);
        lastSec = Math.max(lastSec, startSec);
      }
      judge?.learn();
      if (isRanged && (startSec < fromSec || startSec >= toSec)) {
        tally.otherTime++;
        continue;
      }
      const status = words[statusSlot];
      if (status !== STATUS_OK) {
        if (status === MISSING) {
          // Formats without a status: a window without traffic shows as missing counts.
          if (hasCounts && !(numbers[packetsSlot]! >= 0) && !(numbers[bytesSlot]! >= 0)) {
            tally.noData++;
            continue;
          }
        } else if (status !== STATUS_NODATA && status !== STATUS_SKIPDATA) {
          tally.badStatus++;
          continue;
        } else if (!isStatusAsked || !predicate!()) {
          if (status === STATUS_NODATA) {
            tally.noData++;
          } else {
            tally.skipData++;
          }
          continue;
        }
      }
      if (directionSlot >= 0 && words[directionSlot] === copyCode) {
        tally.copies++;
        continue;
      }
      if (predicate !== undefined && !predicate()) {
        tally.filtered++;
        continue;
      }
      if (judge?.isCopy() === true) {
        tally.copies++;
        continue;
      }
      accept(startSec, endSec, b, lineStart, lineEnd, columns);
      tally.flows++;
    }
    return end;
  }

  /** `-` or an IPv6 address; false if it is neither. */
  function storeOtherAddress(b: Uint8Array, start: number, end: number, slot: number): boolean {
    if (end - start === 1 && b[start] === HYPHEN) {
      words[slot] = MISSING;
      families[slot] = 0;
      return true;
    }
    const id = ipv6.intern(b, start, end);
    words[slot] = id;
    families[slot] = 6;
    return id >= 0;
  }

  /** A 64-bit key is held as the number of its decimal text (`slot`); sums and bounds read its number beside it. */
  function storeLongKey(slot: number, table: TextTable, value: number): void {
    const number = registers.numberSlot(plan.kind === 'digest' ? plan.keys[slot]!.name : '');
    numbers[number] = value;
    if (value < 0) {
      words[slot] = MISSING;
      return;
    }
    const isMilliseconds = value > MAX_SECONDS && (number === startSlot || number === endSlot);
    const text = encodeText(String(isMilliseconds ? Math.floor(value / 1000) : value));
    words[slot] = table.intern(text, 0, text.length, hashBytes(text, 0, text.length));
  }

  const ends: EndReader | undefined = judge && {
    begin({ flowLogId, stampSec }) {
      judge.forget();
      collected!.begin(flowLogId, stampSec);
    },
    all() {
      judge.forget();
      return collected!.all();
    },
    restart() {
      judge.forget();
      collected!.clear();
    },
  };

  return {
    useColumns,
    setStamp: (seconds) => (stampSec = seconds),
    readLines,
    ...(ends ? { ends } : {}),
    tallies: () => ({ ...tally }),
    span: () => ({ firstSec, lastSec, hasUntimed }),
  };
}

function compileLayout(registers: Registers, columns: readonly string[]): Layout {
  const ops = new Uint8Array(columns.length);
  const slots = new Uint16Array(columns.length);
  const maxes = new Float64Array(columns.length);
  const tables: (TextTable | undefined)[] = columns.map(() => undefined);
  columns.forEach((name, column) => {
    // A column that a header names twice is read once.
    if (columns.indexOf(name) !== column) {
      return;
    }
    const { type, max } = registers.field(name);
    const word = registers.wordSlot(name);
    const number = registers.numberSlot(name);
    if (type === 'long') {
      ops[column] = word >= 0 ? LONG_KEY : number >= 0 ? LONG : SKIP;
      slots[column] = word >= 0 ? word : Math.max(number, 0);
      tables[column] = word >= 0 ? registers.textTable(name) : undefined;
    } else if (word >= 0) {
      ops[column] = type === 'integer' ? INTEGER : type === 'address' ? ADDRESS : TEXT;
      slots[column] = word;
      maxes[column] = max ?? 0x7fffffff;
      tables[column] = type === 'text' ? registers.textTable(name) : undefined;
    }
  });
  return {
    columns,
    ops,
    slots,
    maxes,
    tables,
    lastStarts: new Int32Array(columns.length),
    hasCounts: columns.includes('packets') || columns.includes('bytes'),
  };
}

function groupNamesByFirstByte(): readonly (readonly Uint8Array[])[] {
  const groups: Uint8Array[][] = Array.from({ length: 256 }, () => []);
  for (const { name } of FIELDS) {
    const bytes = encodeText(name);
    groups[bytes[0]!]!.push(bytes);
  }
  return groups;
}

/** True if the token at `start` is a documented field name. */
function startsWithName(b: Uint8Array, start: number): boolean {
  for (const name of namesByStart[b[start]!]!) {
    const { length } = name;
    if (!(b[start + length]! > 32)) {
      let i = 1;
      while (i < length && b[start + i] === name[i]) {
        i++;
      }
      if (i === length) {
        return true;
      }
    }
  }
  return false;
}
