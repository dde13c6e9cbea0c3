/**
 * Flow logs that record the same: of a VPC and of one of its subnets, or an old one and its successor. All that one records
 * twice would count twice.
 */

/** What the objects of a flow log tell of it. */
export interface FlowLogFacts {
  readonly id: string;
  /** Each with addresses that are its own, or may be. */
  readonly interfaces: Map<string, Set<string>>;
  /** `A` for ACCEPT, `R` for REJECT. */
  readonly actions: Set<string>;
  /** The stamps of its first and last object that has records; Infinity and -Infinity if they have none. */
  fromSec: number;
  toSec: number;
}

/** A flow log of which nothing is known yet. */
export function newFlowLog(id: string): FlowLogFacts {
  return { id, interfaces: new Map(), actions: new Set(), fromSec: Infinity, toSec: -Infinity };
}

export interface FlowLogOverlaps {
  /** Those of which another one records everything, with that one. */
  readonly redundant: ReadonlyMap<string, string>;
  /** Pairs of others that record some of the same, and cannot be told apart. */
  readonly partial: readonly (readonly [string, string])[];
}

/** Stamps may differ by that much: one flow log is written a little earlier, or an interval of it is empty. */
const SLACK_SEC = 600;

/** Which of these flow logs record the same. Of two that are equal the one with the first id stays. */
export function findOverlaps(all: readonly FlowLogFacts[]): FlowLogOverlaps {
  const known = all
    .filter(({ id, interfaces, fromSec }) => id !== '-' && interfaces.size > 0 && fromSec < Infinity)
    .sort((a, b) => a.interfaces.size - b.interfaces.size || (a.id < b.id ? 1 : -1));
  const redundant = new Map<string, string>();
  for (const flowLog of known) {
    const wider = known.find((other) => other !== flowLog && !redundant.has(other.id) && isWithin(flowLog, other));
    if (wider) {
      redundant.set(flowLog.id, wider.id);
    }
  }
  const left = known.filter(({ id }) => !redundant.has(id)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const partial = left.flatMap((one, i) =>
    left
      .slice(i + 1)
      .filter((other) => overlap(one, other))
      .map((other) => [one.id, other.id] as const),
  );
  return { redundant, partial };
}

function isWithin(inner: FlowLogFacts, outer: FlowLogFacts): boolean {
  return (
    inner.fromSec >= outer.fromSec - SLACK_SEC &&
    inner.toSec <= outer.toSec + SLACK_SEC &&
    [...inner.actions].every((action) => outer.actions.has(action)) &&
    [...inner.interfaces.keys()].every((id) => isSame(id, inner, outer)) &&
    // Records without an interface may be anybody's.
    !inner.interfaces.has('-')
  );
}

function overlap(a: FlowLogFacts, b: FlowLogFacts): boolean {
  return (
    Math.min(a.toSec, b.toSec) - Math.max(a.fromSec, b.fromSec) > SLACK_SEC &&
    [...a.actions].some((action) => b.actions.has(action)) &&
    [...a.interfaces.keys()].some((id) => id !== '-' && isSame(id, a, b))
  );
}

/** Whether both have that interface. Ids may be made up or masked, so that its addresses must agree. */
function isSame(id: string, a: FlowLogFacts, b: FlowLogFacts): boolean {
  const [one, other] = [a.interfaces.get(id), b.interfaces.get(id)];
  return (
    one !== undefined &&
    other !== undefined &&
    (one.size === 0 || other.size === 0 || [...one].some((address) => other.has(address)))
  );
}
