/**
 * The graph of who talks to whom as plain data: what `graph.ts` builds, and what DOT, SVG and node graph frames are
 * printed from. Everything survives JSON and `postMessage`.
 */
import type { Measure } from '../query/model';
import type { Sums } from './totals';

/** Id of the node that all folded addresses become. No address reads like it. */
export const OTHER_ID = 'Other';
/** Id of the node that stands for missing addresses. */
export const UNKNOWN_ID = '-';

/** Shares of a node's traffic by what became of it, each 0 … 1, adding up to 1 (all 0 for a node without traffic). */
export interface ActionShares {
  readonly accept: number;
  readonly reject: number;
  /** Records without an action, as those of transit gateways are. */
  readonly none: number;
}

/** One address, a group of addresses, the missing address, or *Other*. */
export interface GraphNode {
  /** The canonical text of the address, the id of the group, `UNKNOWN_ID` or `OTHER_ID`. */
  readonly id: string;
  readonly kind: 'address' | 'group' | 'unknown' | 'other';
  readonly label: string;
  readonly family: 4 | 6 | undefined;
  /** The innermost of `Graph.groups` that holds it (or that it is); `undefined` for the unknown and for *Other*. */
  readonly groupId: string | undefined;
  /** Addresses it stands for: 1, 0 for the unknown, those of a group, and for *Other* those that were folded. */
  readonly hosts: number;
  /** Of a group that stands for few addresses: these, in order. */
  readonly members?: readonly string[];
  /** Sums of the edges that end here. */
  readonly in: Sums;
  /** Sums of the edges that start here. An edge from a node to itself counts in both. */
  readonly out: Sums;
  /** Sums of in and out that were accepted. */
  readonly accept: Sums;
  /** Sums of in and out that were rejected. */
  readonly reject: Sums;
  /** By the first measure; by flows where that is 0. */
  readonly shares: ActionShares;
}

/** A service port of an edge. */
export interface GraphPort {
  /** `undefined` where the protocol has no ports. */
  readonly port: number | undefined;
  /** IANA protocol number, if the digest groups by it. */
  readonly protocol: number | undefined;
  /** Such as `443/tcp` or `icmp`. */
  readonly label: string;
  readonly bytes: number;
}

/** The distinct values that an edge's rows have of one key of the digest. */
export interface GraphField {
  /** The name of the key. */
  readonly name: string;
  /** The first few in the digest's order, `-` for missing. */
  readonly values: readonly string[];
  /** How many distinct ones there are. */
  readonly valueCount: number;
}

/** All traffic from one node to another with one action. */
export interface GraphEdge {
  readonly source: string;
  readonly target: string;
  /** `ACCEPT`, `REJECT` …; `undefined` where records have none. */
  readonly action: string | undefined;
  readonly sums: Sums;
  /** The first few service ports, by bytes, largest first. */
  readonly ports: readonly GraphPort[];
  readonly portCount: number;
  /** The end that has the service port in most of its flows, so the edge runs to a server or back from it. */
  readonly serviceSide: 'source' | 'target' | undefined;
  readonly minStartSec: number | undefined;
  readonly maxEndSec: number | undefined;
  /** Every key of the digest but the addresses and the action. */
  readonly fields: readonly GraphField[];
}

/** Where addresses are: a VPC, a subnet in one, an address range, an AWS service (in grouped graphs), or the internet. */
export interface GraphGroup {
  readonly id: string;
  readonly kind: 'vpc' | 'subnet' | 'range' | 'service' | 'internet';
  /** The VPC's or subnet's id, the range in CIDR notation, the name of the service, or `internet`. */
  readonly label: string;
  /** A subnet's VPC. */
  readonly parentId: string | undefined;
}

/** Nodes, edges and groups, each in a fixed order; the edges' sums add up to `totals`. */
export interface Graph {
  /** The measure that nodes were ranked by. */
  readonly rankedBy: Measure;
  /** The keys that nodes were made of. */
  readonly addressKeys: readonly [string, string];
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Only groups that hold a node or a group with one; a VPC comes before its subnets. */
  readonly groups: readonly GraphGroup[];
  readonly totals: Sums;
  readonly minStartSec: number | undefined;
  readonly maxEndSec: number | undefined;
  /** Distinct addresses in the digest, the missing one not counted. */
  readonly addressCount: number;
  /** Of these, how many *Other* stands for. */
  readonly foldedAddresses: number;
  /** Nodes of the first `top` that were folded as well, to keep to the most edges. */
  readonly foldedForEdges: number;
}
