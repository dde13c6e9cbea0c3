/**
 * What an edge says beside its sums: the service ports its traffic went to, which end they are on, and the distinct
 * values of every other key of the digest.
 */
import { cellText, findKey, MISSING, type Digest, type IntegerColumn, type KeyColumn } from '../digest/digest';
import { protocolName } from '../flow/protocols';
import type { GraphField, GraphPort } from './graph-model';
import { createRowOrder, groupRows } from '../digest/group-rows';
import { selectTop } from '../digest/select-top';

/** Most ports, and most values of a field, that an edge lists; it counts the others. */
const MAX_LISTED = 10;

/** The ports of one edge. */
export interface EdgePorts {
  readonly ports: readonly GraphPort[];
  readonly portCount: number;
  readonly serviceSide: 'source' | 'target' | undefined;
}

/**
 * Reads the ports of the rows of an edge: the ten largest by bytes, equal ones by protocol and number. The
 * service port of a row is the derived key `port`; or of `srcport` and `dstport` the one that is not 0, of two the lower,
 * of two equal ones the target's; or the one of the two that is a key. The side with the service port in more flows is
 * the edge's.
 */
export function createPortReader(digest: Digest, bytes: Float64Array): (rows: Uint32Array) => EdgePorts {
  const port = integerKey(digest, 'port');
  const source = integerKey(digest, 'srcport');
  const target = integerKey(digest, 'dstport');
  const protocol = integerKey(digest, 'protocol');
  const portOf = (row: number): number => {
    if (port) {
      return numberAt(port, row);
    }
    const [a, b] = [source ? numberAt(source, row) : 0, target ? numberAt(target, row) : 0];
    return a === 0 || b === 0 ? a + b : Math.min(a, b);
  };
  const sideOf = (row: number): number => {
    const [a, b] = [source ? numberAt(source, row) : 0, target ? numberAt(target, row) : 0];
    return !source || !target || a + b === 0 ? 0 : b !== 0 && (a === 0 || b <= a) ? 1 : -1;
  };
  if (!port && !source && !target && !protocol) {
    return () => ({ ports: [], portCount: 0, serviceSide: undefined });
  }
  return (rows) => {
    const bytesByPort = new Map<number, number>();
    let flowsToTarget = 0;
    for (const row of rows) {
      const key = (protocol ? protocol.values[row]! : MISSING) * PORTS + portOf(row);
      bytesByPort.set(key, (bytesByPort.get(key) ?? 0) + bytes[row]!);
      flowsToTarget += sideOf(row) * digest.flows[row]!;
    }
    const keys = Float64Array.from(bytesByPort.keys());
    const weights = Float64Array.from(bytesByPort.values());
    const order = selectTop(weights, MAX_LISTED, (a, b) => keys[a]! - keys[b]!);
    return {
      ports: Array.from(order, (index) => describePort(keys[index]!, weights[index]!)),
      portCount: keys.length,
      serviceSide: flowsToTarget === 0 ? undefined : flowsToTarget > 0 ? 'target' : 'source',
    };
  };
}

/**
 * Reads the distinct values that the rows of an edge have of each of `columns`: the first ten in the digest's
 * order, and how many there are.
 */
export function createFieldReader(
  digest: Digest,
  columns: readonly KeyColumn[],
): (rows: Uint32Array) => readonly GraphField[] {
  const readers = columns.map((column) => {
    const { groupCount, ids, firstRows } = groupRows(digest, [column]);
    const compare = createRowOrder([column]);
    // Marks the values seen in the current edge, so that no set is made per edge.
    const seenBy = new Uint32Array(groupCount);
    let edge = 0;
    return (rows: Uint32Array): GraphField => {
      edge++;
      const first: number[] = [];
      let valueCount = 0;
      for (const row of rows) {
        const value = ids[row]!;
        if (seenBy[value] === edge) {
          continue;
        }
        seenBy[value] = edge;
        valueCount++;
        insertBounded(first, firstRows[value]!, compare);
      }
      return { name: column.name, values: first.map((row) => cellText(column, row)), valueCount };
    };
  });
  return (rows) => readers.map((read) => read(rows));
}

/** Keeps `list` the `MAX_LISTED` least of what was inserted, ascending. */
function insertBounded(list: number[], row: number, compare: (a: number, b: number) => number): void {
  if (list.length === MAX_LISTED && compare(list[MAX_LISTED - 1]!, row) <= 0) {
    return;
  }
  let position = list.length;
  while (position > 0 && compare(list[position - 1]!, row) > 0) {
    position--;
  }
  list.splice(position, 0, row);
  if (list.length > MAX_LISTED) {
    list.pop();
  }
}

const PORTS = 2 ** 16;

function describePort(key: number, bytes: number): GraphPort {
  const number = key % PORTS;
  const protocolNumber = Math.floor(key / PORTS);
  const port = number === 0 ? undefined : number;
  const protocol = protocolNumber === MISSING ? undefined : protocolNumber;
  const name = protocol === undefined ? undefined : (protocolName(protocol) ?? `protocol ${protocol}`);
  const label = port === undefined ? (name ?? 'no port') : name === undefined ? String(port) : `${port}/${name}`;
  return { port, protocol, label, bytes };
}

function integerKey(digest: Digest, name: string): IntegerColumn | undefined {
  const column = findKey(digest, name);
  return column?.kind === 'integer' ? column : undefined;
}

/** A port number; 0 for a missing one, as for protocols without ports. */
function numberAt(column: IntegerColumn, row: number): number {
  const value = column.values[row]!;
  return value === MISSING ? 0 : value;
}
