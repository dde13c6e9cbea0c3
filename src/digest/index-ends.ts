/**
 * Whose flows are logged at their own interface: what it comes to that all objects tell (`logged-ends`).
 */
import { findOverlaps, newFlowLog, type FlowLogFacts, type FlowLogOverlaps } from './flow-log-overlaps';
import { FAMILIES, familyOf, partLines, type LoggedEnds } from './logged-ends';
import { compareTexts } from './text-table';

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
  const flowLogs = new Map<string, FlowLogFacts>();
  const factsOf = (id: string): FlowLogFacts => {
    const facts = flowLogs.get(id) ?? newFlowLog(id);
    flowLogs.set(id, facts);
    return facts;
  };
  /** Notes addresses that are the interface's, or may be. */
  const note = (id: string, recorder: string, addresses: readonly string[]): void => {
    const { interfaces } = factsOf(id);
    const before = interfaces.get(recorder) ?? new Set();
    interfaces.set(recorder, before);
    addresses.forEach((address) => before.add(address));
  };
  const { own: told, left, spans } = partLines(ends);
  for (const [owner, addresses] of told) {
    const [id, recorder] = owner.split(' ') as [string, string];
    note(id, recorder, [...addresses]);
    addresses.forEach((address) => give(recorder, address));
  }
  for (const [key, { fromSec, toSec }] of spans) {
    const [id, actions] = key.split(' ') as [string, string];
    const facts = factsOf(id);
    [...actions.slice(1)].forEach((action) => facts.actions.add(action));
    facts.fromSec = Math.min(facts.fromSec, fromSec);
    facts.toSec = Math.max(facts.toSec, toSec);
  }
  /** Per interface and family the addresses that are in all its pairs. */
  const candidates = new Map<string, readonly string[]>();
  for (const family of FAMILIES) {
    for (const [owner, { left: addresses, some }] of left[family]) {
      const [id, recorder] = owner.split(' ') as [string, string];
      note(id, recorder, [...addresses, ...some]);
      const ofAll = `${recorder} ${family}`;
      candidates.set(ofAll, candidates.get(ofAll)?.filter((address) => addresses.includes(address)) ?? addresses);
    }
  }
  let open = [...candidates].flatMap(([key, addresses]) => {
    const [recorder, family] = key.split(' ') as [string, string];
    const isKnown = [...(own.get(recorder) ?? [])].some((address) => familyOf(address) === Number(family));
    return isKnown || addresses.length === 0 ? [] : [{ recorder, addresses }];
  });
  open
    .filter(({ addresses }) => addresses.length === 1)
    .forEach(({ recorder, addresses }) => give(recorder, addresses[0]!));
  open = open.filter(({ addresses }) => addresses.length === 2).sort((a, b) => compareTexts(a.recorder, b.recorder));

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
  for (const [pair, recorders] of [...twins].sort(([a], [b]) => compareTexts(a, b))) {
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
  const isSameSet = (addresses: ReadonlySet<string>, others: ReadonlySet<string> | undefined): boolean =>
    addresses.size === others?.size && [...addresses].every((address) => others.has(address));
  return (
    a.own.size === b.own.size &&
    [...a.own].every(([recorder, addresses]) => isSameSet(addresses, b.own.get(recorder))) &&
    a.flowLogs.redundant.size === b.flowLogs.redundant.size &&
    [...a.flowLogs.redundant].every(([id, other]) => b.flowLogs.redundant.get(id) === other) &&
    JSON.stringify(a.flowLogs.partial) === JSON.stringify(b.flowLogs.partial)
  );
}
