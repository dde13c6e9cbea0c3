/**
 * Whose flows are logged at their own interface: what objects tell of that, added up. `index-ends` says what it comes to.
 */
import { compareAddresses, compareBytes, formatIPv4, formatIPv6, parseAddress } from '../flow/address';
import { MISSING } from './digest';
import type { FlowLogFacts } from './flow-log-overlaps';
import type { Registers } from './registers';

/**
 * Interfaces and their addresses, as text that can be kept, sent and added up: lines, which are sorted where the digest is.
 * Each begins with the id of a flow log (`-` if it is not known) and goes on with an interface, then
 * - nothing if no address of it can be told, or one that is its own;
 * - of a family of which no address is told, those that are an end of all its records: two (`10.0.0.1 10.0.0.2`), one of
 *   several (`10.0.0.1 -`) or none (`- 4`), and of the last two the first few addresses of all that its records have. There
 *   is one such line per family, so that objects can be many;
 * - or what records it has: their actions (`=A`, `=R` or `=AR`), and the stamps of the first and last object with such.
 */
export type LoggedEnds = string;

/** Collects what objects tell, in numbers of the registers. */
export interface EndCollector {
  /** What follows is of an object of that flow log. */
  begin(flowLogId: string | undefined, stampSec: number | undefined): void;
  /** An address of an interface's own. */
  add(recorder: number, family: number, word: number): void;
  /** An interface of which no address can be told. */
  addRecorder(recorder: number): void;
  /** All that the interface recorded went between these two. */
  addPair(recorder: number, family: number, first: number, second: number): void;
  /** The object's records have these actions: 1 for ACCEPT, 2 for REJECT, 3 for both. */
  addActions(actions: number): void;
  /** All that was collected, in any order. */
  all(): LoggedEnds;
  clear(): void;
}

/** What the objects of one flow log tell, in codes of addresses. */
interface Told {
  /** Per interface. */
  readonly own: Map<number, Set<number>>;
  /** Per interface and family those that are in all pairs. */
  readonly left: Map<number, Left<number>>;
}

/** An empty collector for numbers of these registers. */
export function createEndCollector(registers: Registers): EndCollector {
  const byFlowLog = new Map<string, Told>();
  const spans = new Map<string, Span>();
  let flowLog = '-';
  let stamp: number | undefined;
  let told = toldBy('-');

  function toldBy(id: string): Told {
    const found = byFlowLog.get(id) ?? {
      own: new Map<number, Set<number>>(),
      left: new Map<number, Left<number>>(),
    };
    byFlowLog.set(id, found);
    return found;
  }
  const ownOf = (recorder: number): Set<number> => {
    const found = told.own.get(recorder) ?? new Set();
    told.own.set(recorder, found);
    return found;
  };
  const code = (family: number, word: number): number => (family === 6 ? SIXTH : 0) + word;
  const addressOf = (address: number): string =>
    address >= SIXTH ? formatIPv6(registers.ipv6.bytes(address - SIXTH)) : formatIPv4(address);
  const byNumber = (a: number, b: number): number => a - b;
  // Their codes are in the order in which they came.
  const byBytes = (a: number, b: number): number =>
    compareBytes(registers.ipv6.bytes(a - SIXTH), registers.ipv6.bytes(b - SIXTH));
  return {
    begin(flowLogId = '-', stampSec) {
      flowLog = flowLogId;
      stamp = stampSec;
      told = toldBy(flowLogId);
    },
    add: (recorder, family, word) => void ownOf(recorder).add(code(family, word)),
    addRecorder: (recorder) => void ownOf(recorder),
    addPair(recorder, family, first, second) {
      const key = recorder * 2 + (family === 6 ? 1 : 0);
      const pair = [code(family, first), code(family, second)];
      told.left.set(key, addLeft(told.left.get(key), { left: pair, some: pair }, family === 6 ? byBytes : byNumber));
    },
    addActions(actions) {
      if (actions !== 0 && flowLog !== '-' && stamp !== undefined) {
        widen(spans, `${flowLog} =${['A', 'R', 'AR'][actions - 1]}`, { fromSec: stamp, toSec: stamp });
      }
    },
    all() {
      const interfaces = registers.textTable('interface-id');
      const nameOf = (recorder: number): string => (recorder === MISSING ? '-' : interfaces.text(recorder));
      const lines = [...byFlowLog].flatMap(([id, { own, left }]) => [
        ...[...own].flatMap(([recorder, addresses]) =>
          addresses.size === 0
            ? [`${id} ${nameOf(recorder)}`]
            : [...addresses].map((address) => `${id} ${nameOf(recorder)} ${addressOf(address)}`),
        ),
        ...[...left].map(([key, told]) =>
          leftLine(`${id} ${nameOf(Math.floor(key / 2))}`, key % 2 === 1 ? 6 : 4, {
            left: told.left.map(addressOf),
            some: told.some.map(addressOf),
          }),
        ),
      ]);
      return [...lines, ...[...spans].map(spanLine)].join('\n');
    },
    clear() {
      byFlowLog.clear();
      spans.clear();
      told = toldBy(flowLog);
    },
  };
}

/** Codes of IPv6 addresses begin here. */
const SIXTH = 2 ** 32;

/** Adds up what objects tell, one after the other: what was told before takes no more room. */
export interface EndSum {
  add(ends: LoggedEnds): void;
  all(options?: { readonly sorted?: boolean }): LoggedEnds;
}

/** A sum of nothing. */
export function createEndSum(): EndSum {
  // Most objects are digested by themselves: one text is left as it is.
  let only: LoggedEnds = '';
  let lines: PartedLines | undefined;
  return {
    add(ends) {
      if (ends === '' || ends === only) {
        return;
      }
      if (!lines && only === '') {
        only = ends;
        return;
      }
      lines ??= partLines(only);
      takeLines(lines, ends);
    },
    all({ sorted = true } = {}) {
      const all = lines ? textsOf(lines) : sorted ? only.split('\n') : [only];
      return (sorted ? all.sort() : all).join('\n');
    },
  };
}

/** All that any of these says. */
export function addEnds(all: readonly LoggedEnds[]): LoggedEnds {
  const sum = createEndSum();
  all.forEach((ends) => sum.add(ends));
  return sum.all();
}

/** Stamps in Unix seconds, both of them within. */
type Span = Pick<FlowLogFacts, 'fromSec' | 'toSec'>;

/** Of one family, of an interface whose address is not told. */
interface Left<Address> {
  /** Addresses that all its records have: two, one or none. */
  readonly left: readonly Address[];
  /** The first few of all addresses of its records, which tell interfaces apart whose ids are made up. */
  readonly some: readonly Address[];
}

const MAX_SOME = 8;

/** What is left of both. */
function addLeft<Address>(
  before: Left<Address> | undefined,
  more: Left<Address>,
  inOrder: (a: Address, b: Address) => number,
): Left<Address> {
  if (!before) {
    return more;
  }
  const last = before.some[MAX_SOME - 1];
  let isNew = false;
  for (const address of more.some) {
    isNew ||= !(last !== undefined && inOrder(address, last) > 0) && !before.some.includes(address);
  }
  if (before.left.length === 0 && !isNew) {
    return before;
  }
  const left = before.left.filter((address) => more.left.includes(address));
  const some = isNew ? [...new Set([...before.some, ...more.some])].sort(inOrder).slice(0, MAX_SOME) : before.some;
  return { left, some };
}

const byValue = (a: string, b: string): number => compareAddresses(parseAddress(a)!, parseAddress(b)!);

/** Lines by what they say. */
interface PartedLines {
  /** Addresses of its own by flow log and interface. */
  readonly own: Map<string, Set<string>>;
  /** By family, and then by flow log and interface. */
  readonly left: Readonly<Record<Family, Map<string, Left<string>>>>;
  /** By flow log and actions. */
  readonly spans: Map<string, Span>;
}

/** What lines say. */
export function partLines(ends: LoggedEnds): PartedLines {
  const lines: PartedLines = { own: new Map(), left: { 4: new Map(), 6: new Map() }, spans: new Map() };
  takeLines(lines, ends);
  return lines;
}

/** Adds lines to others. */
function takeLines({ own, left, spans }: PartedLines, ends: LoggedEnds): void {
  for (let at = 0, end = 0; at < ends.length; at = end + 1) {
    end = ends.indexOf('\n', at);
    end = end < 0 ? ends.length : end;
    const line = ends.slice(at, end);
    const first = line.indexOf(' ');
    const second = line.indexOf(' ', first + 1);
    if (line[first + 1] === '=') {
      const [fromSec, toSec = fromSec] = line
        .slice(second + 1)
        .split(' ')
        .map(Number) as [number, number?];
      widen(spans, line.slice(0, second), { fromSec, toSec });
    } else if (second < 0 || !line.includes(' ', second + 1)) {
      const owner = second < 0 ? line : line.slice(0, second);
      const addresses = own.get(owner) ?? new Set();
      own.set(owner, addresses);
      if (second >= 0) {
        addresses.add(line.slice(second + 1));
      }
    } else {
      takeLeft(left, line.slice(0, second), line.slice(second + 1).split(' ') as [string, string, ...string[]]);
    }
  }
}

/** Adds the line of addresses that are left to an interface of a flow log. */
function takeLeft(left: PartedLines['left'], owner: string, addresses: readonly [string, string, ...string[]]): void {
  const [first, second, ...some] = addresses;
  const ofFamily = left[first === '-' ? (Number(second) as Family) : familyOf(first)];
  const told =
    first === '-'
      ? { left: [], some }
      : second === '-'
        ? { left: [first], some }
        : { left: [first, second], some: [first, second] };
  ofFamily.set(owner, addLeft(ofFamily.get(owner), told, byValue));
}

function textsOf({ own, left, spans }: PartedLines): string[] {
  const ownLines = [...own].flatMap(([owner, addresses]) =>
    addresses.size === 0 ? [owner] : [...addresses].map((address) => `${owner} ${address}`),
  );
  const leftLines = FAMILIES.flatMap((family) =>
    [...left[family]].map(([owner, told]) => leftLine(owner, family, told)),
  );
  return [...ownLines, ...leftLines, ...[...spans].map(spanLine)];
}

function widen(spans: Map<string, Span>, key: string, { fromSec, toSec }: Span): void {
  const before = spans.get(key) ?? { fromSec, toSec };
  spans.set(key, { fromSec: Math.min(before.fromSec, fromSec), toSec: Math.max(before.toSec, toSec) });
}

function spanLine([key, { fromSec, toSec }]: readonly [string, Span]): string {
  return `${key} ${fromSec}${toSec === fromSec ? '' : ` ${toSec}`}`;
}

/** The line of addresses that are left to an interface of a flow log. */
function leftLine(owner: string, family: Family, { left: [first, second], some }: Left<string>): string {
  if (first === undefined) {
    return [owner, '-', family, ...some].join(' ');
  }
  return second === undefined
    ? [owner, first, '-', ...some].join(' ')
    : `${owner} ${first < second ? `${first} ${second}` : `${second} ${first}`}`;
}

type Family = 4 | 6;
export const FAMILIES: readonly Family[] = [4, 6];

export function familyOf(address: string): Family {
  return address.includes(':') ? 6 : 4;
}
