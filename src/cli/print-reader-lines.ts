/**
 * Records as flowlogs_reader prints them: always the same 47 columns, in its order, `-` where a record has none. A zero is
 * `-` there too, which its users' scripts know; `vpcflow records` shows what was logged.
 */
import type { FlowRecord } from '../digest/records';
import { fieldOrText } from '../flow/fields';
import { splitLine } from '../flow/header';
import { MAX_SECONDS } from '../flow/record-time';

/** The columns, in their order: those of versions 2 to 5 and of Transit Gateway. */
export const READER_COLUMNS: readonly string[] = (
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status ' +
  'vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type sublocation-id ' +
  'pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path resource-type tgw-id tgw-attachment-id ' +
  'tgw-src-vpc-account-id tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id ' +
  'tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id packets-lost-no-route ' +
  'packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired'
).split(' ');

/** How a column's text is printed. */
type Spelling = 'text' | 'number' | 'time';

const SPELLINGS: readonly Spelling[] = READER_COLUMNS.map((name) => {
  const { type } = fieldOrText(name);
  return name === 'start' || name === 'end' ? 'time' : type === 'integer' || type === 'long' ? 'number' : 'text';
});

/** Makes lines of records, and counts those that cannot be printed because a number is none. */
export interface ReaderPrinter {
  /** The lines of some records. */
  print(records: readonly FlowRecord[]): string;
  /** Records printed so far. */
  printed(): number;
  malformed(): number;
}

/** A printer that has printed nothing. */
export function createReaderPrinter(): ReaderPrinter {
  let lastColumns: readonly string[] | undefined;
  /** Where in a line of those columns each printed one stands; −1 for nowhere. */
  let place: readonly number[] = [];
  let printed = 0;
  let malformed = 0;
  return {
    print(records) {
      let text = '';
      for (const { line, columns } of records) {
        if (columns !== lastColumns) {
          lastColumns = columns;
          place = READER_COLUMNS.map((name) => columns.indexOf(name));
        }
        const printable = spellLine(splitTokens(line, columns.length), place);
        if (printable === undefined) {
          malformed++;
        } else {
          text += printable;
          printed++;
        }
      }
      return text;
    },
    printed: () => printed,
    malformed: () => malformed,
  };
}

/** The tokens of a line: nearly all have one space between them, which is much quicker to split. */
function splitTokens(line: string, count: number): readonly string[] {
  const tokens = line.split(' ', count + 1);
  return tokens.length === count && !tokens.includes('') && !/[\t\r]/.test(line) ? tokens : splitLine(line);
}

function spellLine(tokens: readonly string[], place: readonly number[]): string | undefined {
  let line = '';
  for (let column = 0; column < place.length; column++) {
    const token = tokens[place[column]!] ?? '-';
    const spelt = token === '-' ? '-' : spell(token, SPELLINGS[column]!);
    if (spelt === undefined) {
      return undefined;
    }
    line += column === 0 ? spelt : ` ${spelt}`;
  }
  return `${line}\n`;
}

function spell(token: string, spelling: Spelling): string | undefined {
  if (spelling === 'text') {
    return token;
  }
  const value = Number(token);
  // `Number` also reads signs, exponents and hexadecimal.
  if (!Number.isSafeInteger(value) || !isDigits(token)) {
    return undefined;
  }
  if (spelling === 'time') {
    return String(value > MAX_SECONDS ? Math.floor(value / 1000) : value);
  }
  return value === 0 ? '-' : token.startsWith('0') ? String(value) : token;
}

function isDigits(token: string): boolean {
  for (let i = 0; i < token.length; i++) {
    const code = token.charCodeAt(i);
    if (code < 48 || code > 57) {
      return false;
    }
  }
  return true;
}
