/**
 * Whose flows are logged at their own interface: what objects tell of that, added up, and what it comes to over all of them.
 */
import { formatIPv4, formatIPv6 } from '../flow/address';
import { MISSING } from './digest';
import { findOverlaps, newFlowLog, type FlowLogFacts, type FlowLogOverlaps } from './flow-log-overlaps';
import type { Registers } from './registers';

/**
 * Interfaces and their addresses, as text that can be kept, sent and added up: lines in ascending order. Each begins with the
 * id of a flow log (`-` if it is not known) and goes on with an interface and the address that is its own, two of which one
 * is, or none; or with what records of it there are: their actions (`=A`, `=R` or `=AR`) and the stamp of the object.
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
  /** All that was collected. */
  all(): LoggedEnds;
  clear(): void;
}

/** What the objects of one flow log tell: per interface codes of addresses, and pairs of them. */
interface Told {
  readonly own: Map<number, Set<number>>;
  readonly pairs: Map<number, Set<string>>;
}

/** An empty collector for numbers of these registers. */
export function createEndCollector(registers: Registers): EndCollector {
  const byFlowLog = new Map<string, Told>();
  const spans = new Set<string>();
  let flowLog = '-';
  let stamp: number | undefined;
  let told = toldBy('-');

  function toldBy(id: string): Told {
    const found = byFlowLog.get(id) ?? { own: new Map<number, Set<number>>(), pairs: new Map<number, Set<string>>() };
    byFlowLog.set(id, found);
    return found;
  }
  const setOf = <T>(map: Map<number, Set<T>>, recorder: number): Set<T> => {
    const found = map.get(recorder) ?? new Set<T>();
    map.set(recorder, found);
    return found;
  };
  const code = (family: number, word: number): number => (family === 6 ? SIXTH : 0) + word;
  const addressOf = (address: number): string =>
    address >= SIXTH ? formatIPv6(registers.ipv6.bytes(address - SIXTH)) : formatIPv4(address);
  return {
    begin(flowLogId = '-', stampSec) {
      flowLog = flowLogId;
      stamp = stampSec;
      told = toldBy(flowLogId);
    },
    add: (recorder, family, word) => void setOf(told.own, recorder).add(code(family, word)),
    addRecorder: (recorder) => void setOf(told.own, recorder),
    addPair: (recorder, family, first, second) =>
      void setOf(told.pairs, recorder).add(`${code(family, first)} ${code(family, second)}`),
    addActions(actions) {
      if (actions !== 0 && flowLog !== '-' && stamp !== undefined) {
        spans.add(`${flowLog} =${['A', 'R', 'AR'][actions - 1]} ${stamp}`);
      }
    },
    all() {
      const interfaces = registers.textTable('interface-id');
      const nameOf = (recorder: number): string => (recorder === MISSING ? '-' : interfaces.text(recorder));
      const lines = [...byFlowLog].flatMap(([id, { own, pairs }]) => [
        ...[...own].flatMap(([recorder, addresses]) =>
          addresses.size === 0
            ? [`${id} ${nameOf(recorder)}`]
            : [...addresses].map((address) => `${id} ${nameOf(recorder)} ${addressOf(address)}`),
        ),
        ...[...pairs].flatMap(([recorder, both]) =>
          [...both].map((pair) => {
            const addresses = pair.split(' ').map((address) => addressOf(Number(address)));
            return `${id} ${nameOf(recorder)} ${addresses.sort().join(' ')}`;
          }),
        ),
      ]);
      return [...new Set([...lines, ...spans])].sort().join('\n');
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

/** All that any of these says. */
export function addEnds(all: readonly LoggedEnds[]): LoggedEnds {
  const told = all.filter((ends) => ends !== '');
  if (told.length <= 1) {
    return told[0] ?? '';
  }
  return [...new Set(told.flatMap((ends) => ends.split('\n')))].sort().join('\n');
}

/** Who is logged at an interface of their own. */
export interface EndIndex {
  /** Interfaces with the addresses that are theirs. */
  readonly own: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether an interface has that address. */
  isLogged(address: string): boolean;
  /** Whether it is this interface's. */
  isOwn(recorder: string, address: string): boolean;
  readonly flowLogs: FlowLogOverlaps;
}

/**
 * What all objects together tell. An interface of which none told its address has the one that is in all its pairs. If there
 * are two such: the one that is no other interface's; of interfaces that have the same two, the first has the first and the
 * second the second.
 */
export function indexEnds(ends: LoggedEnds): EndIndex {
  const own = new Map<string, Set<string>>();
  const logged = new Set<string>();
  const give = (recorder: string, address: string): void => {
    own.set(recorder, (own.get(recorder) ?? new Set()).add(address));
    logged.add(address);
  };
  /** Per interface and family the addresses that are in all its pairs. */
  const candidates = new Map<string, readonly string[]>();
  const flowLogs = new Map<string, FlowLogFacts>();
  for (const line of ends === '' ? [] : ends.split('\n')) {
    const [id, recorder, ...addresses] = line.split(' ') as [string, string, ...string[]];
    const facts = flowLogs.get(id) ?? newFlowLog(id);
    flowLogs.set(id, facts);
    if (recorder.startsWith('=')) {
      const stampSec = Number(addresses[0]);
      [...recorder.slice(1)].forEach((action) => facts.actions.add(action));
      facts.fromSec = Math.min(facts.fromSec, stampSec);
      facts.toSec = Math.max(facts.toSec, stampSec);
      continue;
    }
    const before = facts.interfaces.get(recorder) ?? new Set();
    facts.interfaces.set(recorder, before);
    addresses.forEach((address) => before.add(address));
    if (addresses.length === 1) {
      give(recorder, addresses[0]!);
    } else if (addresses.length === 2) {
      const key = `${recorder} ${familyOf(addresses[0]!)}`;
      candidates.set(
        key,
        (candidates.get(key) ?? addresses).filter((address) => addresses.includes(address)),
      );
    }
  }
  let open = [...candidates].flatMap(([key, addresses]) => {
    const [recorder, family] = key.split(' ') as [string, string];
    const isKnown = [...(own.get(recorder) ?? [])].some((address) => familyOf(address) === family);
    return isKnown || addresses.length === 0 ? [] : [{ recorder, addresses }];
  });
  open
    .filter(({ addresses }) => addresses.length === 1)
    .forEach(({ recorder, addresses }) => give(recorder, addresses[0]!));
  open = open.filter(({ addresses }) => addresses.length === 2).sort((a, b) => compare(a.recorder, b.recorder));

  for (let before = Infinity; open.length < before;) {
    before = open.length;
    open = open.filter(({ recorder, addresses }) => {
      const free = addresses.filter((address) => !logged.has(address));
      if (free.length === 1) {
        give(recorder, free[0]!);
      }
      return free.length === 2;
    });
  }
  const twins = new Map<string, string[]>();
  open.forEach(({ recorder, addresses }) => {
    const pair = [...addresses].sort().join(' ');
    twins.set(pair, [...(twins.get(pair) ?? []), recorder]);
  });
  for (const [pair, recorders] of [...twins].sort(([a], [b]) => compare(a, b))) {
    if (recorders.length > 1) {
      pair
        .split(' ')
        .filter((address) => !logged.has(address))
        .forEach((address, i) => give(recorders[i]!, address));
    }
  }
  return {
    own,
    isLogged: (address) => logged.has(address),
    isOwn: (recorder, address) => own.get(recorder)?.has(address) === true,
    flowLogs: findOverlaps([...flowLogs.values()]),
  };
}

/** Whether two come to the same, for every record. */
export function isSameIndex(a: EndIndex, b: EndIndex): boolean {
  const say = ({ own, flowLogs: { redundant, partial } }: EndIndex): string =>
    JSON.stringify([
      [...own].map(([recorder, addresses]) => [recorder, ...[...addresses].sort()].join(' ')).sort(),
      [...redundant].sort(([x], [y]) => compare(x, y)),
      partial,
    ]);
  return say(a) === say(b);
}

function familyOf(address: string): '4' | '6' {
  return address.includes(':') ? '6' : '4';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
