import { NO_TALLIES, type AddressColumn, type Digest, type TextColumn } from '../../../src/digest/digest';
import { buildGraph } from '../../../src/view/graph';
import { buildSeries } from '../../../src/view/series';
import { buildTable } from '../../../src/view/table';
import { digestTotals } from '../../../src/view/totals';

const ROWS = 1_000_000;

function text(name: string, count: number): TextColumn {
  const dictionary = Array.from({ length: count }, (_, i) => `${name}-${String(i).padStart(6, '0')}`);
  return { kind: 'text', name, codes: Uint32Array.from({ length: ROWS }, (_, row) => row % count), dictionary };
}

function addresses(name: string, wordOf: (row: number) => number): AddressColumn {
  const words = Uint32Array.from({ length: ROWS }, (_, row) => wordOf(row));
  return { kind: 'address', name, families: new Uint8Array(ROWS).fill(4), words, v6: new Uint8Array() };
}

function numbers(valueOf: (row: number) => number): Float64Array {
  return Float64Array.from({ length: ROWS }, (_, row) => valueOf(row));
}

/** A million rows, each with a target of its own; not in the order of keys, which the views do not rely on. */
const digest: Digest = {
  rowCount: ROWS,
  bucketStartSec: Uint32Array.from({ length: ROWS }, (_, row) => Math.floor(row / 1000) * 60),
  keys: [
    text('interface-id', 5000),
    addresses('srcaddr', (row) => (0x0a000000 + ((row * 7919) % 900_001)) >>> 0),
    addresses('dstaddr', (row) => (0x0b000000 + row) >>> 0),
    { kind: 'integer', name: 'dstport', values: Uint32Array.from({ length: ROWS }, (_, row) => row % 60_000) },
    text('action', 2),
    text('vpc-id', 20),
    text('subnet-id', 200),
  ],
  flows: numbers(() => 1),
  sums: [
    { name: 'packets', values: numbers((row) => row % 100) },
    { name: 'bytes', values: numbers((row) => (row * 31) % 100_003) },
  ],
  minStartSec: numbers((row) => row),
  maxEndSec: numbers((row) => row + 60),
  tallies: NO_TALLIES,
};
const measures = ['bytes', 'packets', 'flows'] as const;
const totals = digestTotals(digest, measures);

test('a graph of a million rows and 1.9 million addresses', () => {
  const graph = buildGraph(digest, { measures, top: 50 });
  expect(graph.nodes).toHaveLength(51);
  expect(graph.addressCount).toBe(1_900_001);
  expect(graph.foldedAddresses).toBe(1_899_951);
  for (const measure of measures) {
    expect(graph.edges.reduce((sum, edge) => sum + edge.sums[measure], 0)).toBe(totals[measure]);
  }
});

test('tables of a million groups', () => {
  const table = buildTable(digest, { keys: digest.keys.map(({ name }) => name), measures, top: 20 });
  expect(table).toMatchObject({ rowCount: 21, groupCount: ROWS, foldedGroups: ROWS - 20 });
  expect(buildTable(digest, { keys: ['dstaddr'], measures, top: ROWS }).rowCount).toBe(ROWS);
});

test('series of a million groups', () => {
  const { series, startSec } = buildSeries(digest, {
    keys: ['srcaddr'],
    measures,
    top: 10,
    bucketSec: 60,
    fill: 'zero',
    unit: 'total',
  });
  expect(startSec).toHaveLength(1000);
  expect(series).toHaveLength(11);
  expect(series.flatMap(({ measures: [bytes] }) => bytes!.values).reduce<number>((sum, value) => sum + value!, 0)).toBe(
    totals.bytes,
  );
});
