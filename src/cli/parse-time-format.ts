/**
 * Times by a format of Python's `strptime`, as flowlogs_reader's `--time-format` takes it. Only what says a moment without
 * a locale's help is known; times are UTC unless the format has a zone.
 *
 * Source: https://docs.python.org/3/library/datetime.html#format-codes
 */
import { FlowError } from '../errors';

/** The format of flowlogs_reader where none is given. */
export const DEFAULT_TIME_FORMAT = '%Y-%m-%d %H:%M:%S';

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const WEEKDAYS = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ');
const short = (names: readonly string[]): string => names.map((name) => name.slice(0, 3)).join('|');

/** What each directive matches; those that only repeat the date are read and not used. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  Y: '\\d{4}',
  y: '\\d{2}',
  m: '1[0-2]|0?[1-9]',
  B: MONTHS.join('|'),
  b: short(MONTHS),
  d: '3[01]|[12]\\d|0?[1-9]',
  j: '36[0-6]|3[0-5]\\d|[12]\\d\\d|0?\\d?[1-9]|0?[1-9]0',
  H: '2[0-3]|[01]?\\d',
  I: '1[0-2]|0?[1-9]',
  p: 'am|pm',
  M: '[0-5]?\\d',
  S: '[0-5]?\\d',
  f: '\\d{1,6}',
  z: 'z|[+-]\\d\\d:?[0-5]\\d',
  Z: 'utc|gmt',
  A: WEEKDAYS.join('|'),
  a: short(WEEKDAYS),
};
const YEARS = ['Y', 'y'];

/** Unix milliseconds of a text in that format. Throws `bad-query` if either cannot be read. */
export function parseTimeByFormat(text: string, format: string): number {
  const { pattern, directives } = compileFormat(format);
  const match = pattern.exec(text);
  const timeMs = match && momentFromParts(new Map(directives.map((name, i) => [name, match[i + 1]!.toLowerCase()])));
  if (timeMs === undefined || timeMs === null) {
    throw new FlowError('bad-query', `cannot read time ${JSON.stringify(text)}: it is not of the format ${format}`, {
      fields: { found: text },
    });
  }
  return timeMs;
}

function compileFormat(format: string): { pattern: RegExp; directives: string[] } {
  const directives: string[] = [];
  const refuse = (why: string): never => {
    throw new FlowError('bad-query', `cannot use the time format ${JSON.stringify(format)}: ${why}`);
  };
  const source = format.replace(/%(.?)|\s+|[^%\s]+/gsu, (part, name: string | undefined) => {
    if (name === undefined) {
      return /^\s/.test(part) ? '\\s+' : part.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
    }
    if (name === '%') {
      return '%';
    }
    if (!Object.hasOwn(DIRECTIVES, name)) {
      return refuse(
        `%${name} is not supported; use ${Object.keys(DIRECTIVES)
          .map((known) => `%${known}`)
          .join(' ')}`,
      );
    }
    if (directives.includes(name)) {
      return refuse(`%${name} is there twice`);
    }
    directives.push(name);
    return `(${DIRECTIVES[name]})`;
  });
  if (!directives.some((name) => YEARS.includes(name))) {
    refuse('it has no year');
  }
  return { pattern: new RegExp(`^${source}$`, 'i'), directives };
}

/** The moment that the parts name, or `undefined` if the calendar lacks it. */
function momentFromParts(parts: ReadonlyMap<string, string>): number | undefined {
  const number = (name: string): number | undefined => (parts.has(name) ? Number(parts.get(name)) : undefined);
  const twoDigits = number('y');
  // As in POSIX: 69 to 99 are of the last century.
  const year = number('Y') ?? (twoDigits! < 69 ? 2000 + twoDigits! : 1900 + twoDigits!);
  const name = parts.get('B') ?? parts.get('b');
  const named = name === undefined ? undefined : MONTHS.findIndex((month) => month.startsWith(name)) + 1;
  const dayOfYear = number('j');
  const month = number('m') ?? named ?? 1;
  const day = number('d') ?? 1;
  const date = dayOfYear === undefined ? Date.UTC(year, month - 1, day) : Date.UTC(year, 0, dayOfYear);
  const isReal =
    dayOfYear === undefined ? new Date(date).getUTCDate() === day : new Date(date).getUTCFullYear() === year;
  if (!isReal || year < 1970) {
    return undefined;
  }
  const hour = number('H') ?? ((number('I') ?? 12) % 12) + (parts.get('p') === 'pm' ? 12 : 0);
  const milliseconds = Math.floor(Number((parts.get('f') ?? '').padEnd(6, '0')) / 1000);
  const seconds = (hour * 60 + (number('M') ?? 0)) * 60 + (number('S') ?? 0);
  return date + seconds * 1000 + milliseconds - offsetMinutes(parts.get('z')) * 60_000;
}

function offsetMinutes(zone = 'z'): number {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  return match ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
}
