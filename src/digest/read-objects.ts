/**
 * From objects to lines whose columns are known: settles the columns of each object by its header line, follows headers
 * amid the records and refuses what is no flow log. What lines become is a `LineReader`'s business.
 */
import { FlowError } from '../errors';
import { DEFAULT_FORMAT, findField } from '../flow/fields';
import { explainNotFlowLog, isDefaultRecord, parseHeader, splitLine } from '../flow/header';
import { logTypeOf } from '../flow/log-type';
import { createLineWriter } from './cells';
import type { CellBlock, FindGreatest } from './cells';
import type { LineTallies } from './digest';
import type { LoggedEnds } from './logged-ends';
import { namedFields } from './plan';
import type { Plan } from './plan';

/** What an object tells of itself apart from its lines. */
export interface ObjectFacts {
  /** The time of records that have none of their own, in Unix seconds. */
  readonly stampSec?: number;
  /** The columns, if the object has no header line. */
  readonly columns?: readonly string[];
  /** The region of its records where no column says it, as in the default format: an object is of one region. */
  readonly region?: string;
  /** The id of the flow log that it is of. */
  readonly flowLogId?: string;
}

/** When the records that were read began, whether they count or not. */
export interface TimeSpan {
  /** The earliest `start` in Unix seconds (or what stands for it); Infinity for none. */
  readonly firstSec: number;
  /** The latest; -Infinity for none. */
  readonly lastSec: number;
  /** Some record has no time at all. */
  readonly hasUntimed: boolean;
}

/** Learns whose interfaces recorded what, where a plan counts once. */
export interface EndReader {
  /** An object begins. */
  begin(object: ObjectFacts): void;
  /** What all objects told. */
  all(): LoggedEnds;
  /** Forgets all objects. */
  restart(): void;
}

/** Reads lines of known columns; every one ends in exactly one tally. */
export interface LineReader {
  /** The columns of the lines to come, the region of their records if no column says it, and their flow log. */
  useColumns(columns: readonly string[], region: string | undefined, flowLogId: string | undefined): void;
  /** The time of records to come that have none of their own. */
  setStamp(stampSec: number | undefined): void;
  /**
   * Reads the lines of `block[start, end)`, which is empty or ends in a line feed. Returns `end`, or where a line begins
   * that is another header, unless all lines are said to be records. Throws `over-limit` beyond the plan's keys.
   */
  readLines(block: Uint8Array, start: number, end: number, areRecords?: boolean): number;
  /** Reads rows of the columns; without it they are made into lines, which is why those may all be records. */
  readCells?(block: CellBlock): void;
  readonly findGreatest?: FindGreatest;
  readonly ends?: EndReader;
  /** Tallies of the lines read so far; headers are not among them. */
  tallies(): LineTallies;
  /** Of all records so far but malformed ones. */
  span(): TimeSpan;
}

export interface ObjectReader {
  /** Starts an object and forgets the last one's columns. */
  begin(object: ObjectFacts): void;
  /**
   * Reads a block of whole lines (the last may lack its line feed).
   * Throws `corrupt-object` if the object's first line shows that it is no flow log; nothing has been counted then.
   */
  read(block: Uint8Array): void;
  /** Reads rows of an object whose columns are known. */
  readCells(block: CellBlock): void;
  /** Tallies of all lines so far. */
  tallies(): LineTallies;
  /** Objects whose format lacks a field that the plan names: field → objects. */
  missingFields(): Record<string, number>;
  /** Forgets what was counted; `begin` or `resume` follows, or the object goes on, of whose interfaces nothing is forgotten. */
  restart(options?: { readonly keepsEnds?: boolean }): void;
  /** The object begun last, as far as it was read. */
  current(): StartedObject;
  /** Goes on with an object that this or another reader has begun. */
  resume(object: StartedObject): void;
}

/** An object of which some lines have been read. */
export interface StartedObject {
  /** With the columns that its lines to come have, if any line was read. */
  readonly facts: ObjectFacts;
  /** Fields that it was noted to lack. */
  readonly noted: readonly string[];
}

/** What an object's columns mean to a plan. */
interface Format extends Pick<ObjectFacts, 'region' | 'flowLogId'> {
  readonly columns: readonly string[];
  /** The object is of another kind of flow log than the plan asks for. */
  readonly isOtherType: boolean;
  /** Fields that the plan names and nothing tells. */
  readonly missing: readonly string[];
}

/** A header line and what it names. */
interface Header {
  readonly line: Buffer;
  readonly columns: readonly string[];
}

/** A reader of objects that hands their lines to `lines`. */
export function createObjectReader(plan: Plan, lines: LineReader): ObjectReader {
  const named = namedFields(plan);
  const missingFields = new Map<string, number>();
  /** Fields of which the object begun last has been noted to lack them. */
  const noted = new Set<string>();
  let facts: ObjectFacts = {};
  let region: string | undefined;
  let flowLogId: string | undefined;
  /** Of the lines to come, if that is known yet. */
  let format: Format | undefined;
  /** What `lines` was told last: most objects have the format of the one before. */
  let told: Format | undefined;
  let lastHeader: Header | undefined;
  let headerLines = 0;
  let blankLines = 0;
  let blankLinesBefore = 0;
  let otherType = 0;
  const toLines = createLineWriter();

  function useColumns(columns: readonly string[]): void {
    const isTold = told && told.columns === columns && told.region === region && told.flowLogId === flowLogId;
    format = isTold ? told! : tell(columns);
    facts = { ...facts, columns };
    for (const name of format.missing) {
      if (!noted.has(name)) {
        noted.add(name);
        missingFields.set(name, (missingFields.get(name) ?? 0) + 1);
      }
    }
  }

  function tell(columns: readonly string[]): Format {
    const isOtherType = plan.logType !== undefined && logTypeOf(columns) !== plan.logType;
    const ownRegion = columns.includes('region') ? undefined : region;
    const missing = named.filter((name) => !columns.includes(name) && !(name === 'region' && ownRegion !== undefined));
    const next = { columns, region, flowLogId, isOtherType, missing };
    if (!isOtherType) {
      lines.useColumns(columns, ownRegion, flowLogId);
      told = next;
    }
    return next;
  }

  /** The columns that a line names, if it is a header. */
  function readHeader(b: Uint8Array, start: number, end: number): readonly string[] | undefined {
    if (!(lastHeader && lastHeader.line.equals(b.subarray(start, end)))) {
      const columns = parseHeader(textOf(b, start, end));
      lastHeader = columns && { line: Buffer.from(b.subarray(start, end)), columns };
    }
    return lastHeader?.columns;
  }

  /** Settles the columns of an object by its first line that is not blank; returns where its records begin. */
  function startObject(b: Uint8Array, start: number, end: number): number {
    for (let p = start, lineEnd = 0; p < end; p = lineEnd + 1) {
      lineEnd = b.indexOf(10, p);
      const header = readHeader(b, p, lineEnd);
      if (header) {
        useColumns(header);
        headerLines++;
        return lineEnd + 1;
      }
      const line = textOf(b, p, lineEnd);
      if (splitLine(line).length > 0) {
        if (!isDefaultRecord(line)) {
          blankLines = blankLinesBefore;
          throw new FlowError('corrupt-object', `not a flow log: ${explainNotFlowLog(line)}`);
        }
        useColumns(DEFAULT_FORMAT);
        return p;
      }
      blankLines++;
    }
    return end;
  }

  /** Counts lines, as they would be read, without reading them; returns where a header begins, or `end`. */
  function passLines(b: Uint8Array, start: number, end: number, columns: readonly string[]): number {
    for (let p = start; p < end; p = b.indexOf(10, p) + 1) {
      let first = p;
      while (b[first]! <= 32 && b[first] !== 10) {
        first++;
      }
      if (b[first] === 10) {
        blankLines++;
      } else if (b[first]! >= 97 && startsWithField(b, p) && isHeaderAt(b, p, columns.length)) {
        return p;
      } else {
        otherType++;
      }
    }
    return end;
  }

  /** Reads `b[0, end)`, which is empty or ends in a line feed. */
  function readText(b: Uint8Array, end: number): void {
    let p = 0;
    while (p < end) {
      if (format === undefined) {
        p = startObject(b, p, end);
        continue;
      }
      p = format.isOtherType ? passLines(b, p, end, format.columns) : lines.readLines(b, p, end);
      if (p < end) {
        const lineEnd = b.indexOf(10, p);
        useColumns(readHeader(b, p, lineEnd)!);
        headerLines++;
        p = lineEnd + 1;
      }
    }
  }

  function begin(object: ObjectFacts, alreadyNoted: readonly string[]): void {
    lines.ends?.begin(object);
    lines.setStamp(object.stampSec);
    ({ region, flowLogId } = object);
    facts = object;
    format = undefined;
    noted.clear();
    alreadyNoted.forEach((name) => noted.add(name));
    blankLinesBefore = blankLines;
    if (object.columns && object.columns.length > 0) {
      useColumns(object.columns);
    }
  }

  return {
    begin: (object) => begin(object, []),
    current: () => ({ facts, noted: [...noted] }),
    resume: ({ facts: object, noted: names }) => begin(object, names),
    read(block) {
      const whole = block.lastIndexOf(10) + 1;
      readText(block, whole);
      if (whole < block.length) {
        const rest = new Uint8Array(block.length - whole + 1);
        rest.set(block.subarray(whole));
        rest[rest.length - 1] = 10;
        readText(rest, rest.length);
      }
    },
    readCells(block) {
      if (format?.isOtherType) {
        otherType += block.rowCount;
      } else if (lines.readCells) {
        lines.readCells(block);
      } else {
        for (const text of toLines(block)) {
          lines.readLines(text, 0, text.length, true);
        }
      }
    },
    tallies() {
      const read = lines.tallies();
      const all = { ...read, headerLines, otherType, blankLines: read.blankLines + blankLines, lines: 0 };
      return { ...all, lines: Object.values(all).reduce((sum, count) => sum + count, 0) };
    },
    missingFields: () => Object.fromEntries(missingFields),
    restart({ keepsEnds = false } = {}) {
      missingFields.clear();
      headerLines = 0;
      blankLines = 0;
      otherType = 0;
      if (!keepsEnds) {
        lines.ends?.restart();
      }
    },
  };
}

/** True if the line at `p` amid records is another header; a lone word in a log of several columns is none. */
export function isHeaderAt(b: Uint8Array, p: number, columnCount: number): boolean {
  const header = parseHeader(lineAt(b, p));
  return header !== undefined && (header.length > 1 || columnCount === 1);
}

/** Headers amid records begin with a documented name. */
function startsWithField(b: Uint8Array, p: number): boolean {
  return findField(splitLine(lineAt(b, p))[0]!) !== undefined;
}

const decoder = new TextDecoder();

/** The line that begins at `p`, without its line feed. */
function lineAt(b: Uint8Array, p: number): string {
  return textOf(b, p, b.indexOf(10, p));
}

function textOf(b: Uint8Array, start: number, end: number): string {
  return decoder.decode(b.subarray(start, end));
}
