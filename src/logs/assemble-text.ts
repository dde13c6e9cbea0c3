/**
 * From the messages of a page to text as the digester reads it: lines, and before those of another format than the lines so
 * far a header line that says so.
 */
import { DEFAULT_FORMAT } from '../flow/fields';
import { parseHeader, splitLine } from '../flow/header';
import { countTokens, isRecordOf, KNOWN_FORMATS, recogniseFormats, type Columns } from './recognise-format';

/** What the messages of a log group may be. */
export interface GroupFormats {
  /** Known ones, the likeliest first; none if there has been no message to tell. */
  readonly columns: readonly Columns[];
  /** Somebody said that this one it is: the messages are not asked, and text begins with records of it. */
  readonly isGiven: boolean;
}

export interface TextAssembler {
  /** The text of a page; each message is a line of its own (or several, if it has line feeds). */
  assemble(messages: readonly string[]): string;
}

/** Of the messages with one number of columns, so many are looked at before all are taken for records of one format. */
const MAX_LOOKED_AT = 32;
const SMALL_A = 97;
const SMALL_Z = 122;

/** An assembler of one time slice. Unless the format is given, its text begins with a header. */
export function createTextAssembler({ columns, isGiven }: GroupFormats): TextAssembler {
  const first = columns[0] ?? DEFAULT_FORMAT;
  /** Formats in use: those that were known, and those that headers amid the messages named. */
  const formats: Columns[] = [...columns];
  let current = isGiven ? identityOf(first) : '';
  let lines: string[] = [];

  const use = (format: Columns): void => {
    const identity = identityOf(format);
    if (identity !== current) {
      lines.push(identity);
      current = identity;
    }
  };

  /** A header that was written as a message is a header: it names a format, also of lines before it. */
  const takeHeader = (message: string, header: Columns): void => {
    const identity = identityOf(header);
    if (!formats.some((format) => identityOf(format) === identity)) {
      formats.push(header);
    }
    lines.push(message);
    current = identity;
  };

  const addRecords = (count: number, messages: readonly string[]): void => {
    const known = formats.filter((format) => format.length === count);
    const [only] = known;
    // Where two formats are known to have so many columns, each message may be of either.
    const looked = known.length > 1 ? messages : sampleOf(messages);
    const fitting = known.find((format) => looked.every((message) => isRecordOf(splitLine(message), format)));
    if (fitting) {
      use(fitting);
      push(lines, messages);
      return;
    }
    const candidates = [...known, ...recogniseFormats(messages, KNOWN_FORMATS).map((found) => found.columns)].filter(
      (format) => format.length === count,
    );
    if (candidates.length <= 1) {
      // Nothing to choose from. What is no record at all is counted as malformed, whatever the columns.
      use(candidates[0] ?? first);
      push(lines, messages);
      return;
    }
    const byFormat = new Map<Columns, string[]>();
    for (const message of messages) {
      const tokens = splitLine(message);
      const format = candidates.find((candidate) => isRecordOf(tokens, candidate)) ?? only ?? candidates[0]!;
      const same = byFormat.get(format) ?? [];
      same.push(message);
      byFormat.set(format, same);
    }
    for (const [format, same] of byFormat) {
      use(format);
      push(lines, same);
    }
  };

  return {
    assemble(messages) {
      lines = [];
      const byCount = new Map<number, string[]>();
      for (const message of messages) {
        const begin = message.charCodeAt(0);
        const header = begin >= SMALL_A && begin <= SMALL_Z ? headerOf(message) : undefined;
        if (header) {
          takeHeader(message, header);
          continue;
        }
        const count = isGiven ? first.length : countTokens(message);
        const same = byCount.get(count) ?? [];
        same.push(message);
        byCount.set(count, same);
      }
      for (const [count, same] of byCount) {
        if (isGiven) {
          use(first);
          push(lines, same);
        } else {
          addRecords(count, same);
        }
      }
      return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
    },
  };
}

/** As the digester tells a header amid records: a lone word is none. */
function headerOf(message: string): Columns | undefined {
  const header = parseHeader(message);
  return header && header.length > 1 ? header : undefined;
}

function identityOf(columns: Columns): string {
  return columns.join(' ');
}

/** Evenly spread. */
function sampleOf(messages: readonly string[]): readonly string[] {
  const step = Math.max(1, Math.floor(messages.length / MAX_LOOKED_AT));
  return messages.filter((_, i) => i % step === 0);
}

/** Arrays may be too long to be spread into arguments. */
function push(into: string[], from: readonly string[]): void {
  for (const line of from) {
    into.push(line);
  }
}
