/**
 * What the nodes of a graph are before any is folded: each address by itself, or (`group-nodes.ts`) groups of addresses.
 * The ends of every row are numbers of nodes.
 */
import type { Digest } from '../digest/digest';
import { UNKNOWN_ID, type GraphNode } from './graph-model';
import type { AddressIndex } from './index-addresses';
import { placeAddresses, type Placement } from './place-addresses';

/** All nodes that a digest has. */
export interface NodeSet {
  /** Nodes have the numbers below it; within a group they are shown in this order. */
  readonly count: number;
  /** Per row the node at its source, and at its target. */
  readonly sourceIds: Uint32Array;
  readonly targetIds: Uint32Array;
  describe(node: number): NodeFacts;
  /** Where those nodes are; one that is not in it is nowhere. */
  place(nodes: Uint32Array): Placement;
}

/** What a node is, without its traffic. */
export type NodeFacts = Pick<GraphNode, 'id' | 'kind' | 'label' | 'family' | 'hosts' | 'members'>;

/** Every address as a node. With `isPacketAddress` they are those of `pkt-` fields. */
export function createHostNodes(digest: Digest, addresses: AddressIndex, isPacketAddress: boolean): NodeSet {
  return {
    count: addresses.count,
    sourceIds: addresses.sourceIds,
    targetIds: addresses.targetIds,
    describe: (id) => describeAddress(addresses, id),
    place: (ids) => placeAddresses(digest, addresses, ids, isPacketAddress),
  };
}

/** The node that one address is; number 0 may be the missing one. */
export function describeAddress(addresses: AddressIndex, id: number): NodeFacts {
  const text = addresses.text(id);
  const family = addresses.family(id);
  return family === 0
    ? { id: UNKNOWN_ID, kind: 'unknown', label: 'unknown', family: undefined, hosts: 0 }
    : { id: text, kind: 'address', label: text, family, hosts: 1 };
}
