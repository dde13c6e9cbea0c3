/**
 * What the dashboards' queries say of the demo's estate, asked of the command and held against the log lines themselves, read
 * as plainly as can be: ten minutes with a port scan, an app that is refused, and records that were lost.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseObjectKey } from '../../../src/flow/object-key';
import { interpolateQuery } from '../../../src/query/interpolate-query';
import { writeDemoCorpus } from '../../../tools/demo-corpus';
import { demoRange, SCANNER } from '../../../tools/estate';
import { createFileSink } from '../../../tools/write-objects';
import { tellOnce } from '../../helpers/count-once';
import { knownVariables } from '../../helpers/variables';
import { run } from '../cli/run-cli';

type Line = Readonly<Record<string, string>>;

interface Query {
  readonly view: string;
  readonly keys?: readonly string[];
  readonly distinct?: readonly string[];
  readonly measures?: readonly Measure[];
  readonly filter?: string;
  readonly top?: number;
}

type Measure = 'bytes' | 'packets' | 'flows';

/** The minutes of the scan. */
const RANGE = { fromMs: demoRange.fromMs + 25 * 60_000, toMs: demoRange.fromMs + 35 * 60_000 };
const STEP_SEC = 300;
const SCAN_PORTS = 240;

/** The filters that the dashboards have on *All*, as tests on a line. */
const FILTERS: Readonly<Record<string, (line: Line) => boolean>> = {
  '': (line) => line['log-status'] === 'OK',
  'action = REJECT': (line) => line['action'] === 'REJECT',
  'log-status = SKIPDATA': (line) => line['log-status'] === 'SKIPDATA',
  'log-status in (NODATA, SKIPDATA)': (line) => line['log-status'] !== 'OK',
};

const VARIABLES = knownVariables({
  ...Object.fromEntries(['account', 'region', 'vpc', 'port', 'internet'].map((name) => [name, { all: [name] }])),
  ...{ focus: '', nodes: 'groups', top: '30', step: '5m' },
});

const FOLDER = join(__dirname, '../../../dashboards');
const QUERIES = readdirSync(FOLDER).flatMap((file) => {
  const { title, panels } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as {
    title: string;
    panels: { title: string; targets?: Query[] }[];
  };
  return panels.flatMap((panel) =>
    (panel.targets ?? []).map((target) => {
      const asked = interpolateQuery({ refId: 'A', ...target }, VARIABLES) as Query;
      return [`${title}: ${panel.title}`, asked] as const;
    }),
  );
});
const queriesOf = (...views: string[]) => QUERIES.filter(([, { view }]) => views.includes(view));

let folder: string;
const lines: Line[] = [];
/** Whether a line counts where flows count once. */
let isOnce: (line: Line) => boolean;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vpcflow-figures-'));
  const { sink, close } = createFileSink(folder);
  await writeDemoCorpus(async (object) => {
    const { stampSec, region } = parseObjectKey(object.key)!;
    if (stampSec * 1000 >= RANGE.fromMs && stampSec * 1000 < RANGE.toMs) {
      await sink(object);
      const [header, ...texts] = object.text.trimEnd().split('\n');
      const names = header!.split(' ');
      for (const text of texts) {
        lines.push({ region, ...Object.fromEntries(text.split(' ').map((cell, at) => [names[at]!, cell])) });
      }
    }
  });
  await close();
  isOnce = tellOnce(lines);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Asks the command the same. */
async function ask({ view, keys = [], distinct = [], measures = ['bytes'], filter, top }: Query, ...more: string[]) {
  const range = [RANGE.fromMs, RANGE.toMs].map((timeMs) => new Date(timeMs).toISOString());
  const { exitCode, stdout, stderr } = await run([
    ...[view, folder, '--from', range[0]!, '--to', range[1]!, '--format', 'json', '--measure', measures[0]!],
    ...['--by', keys.join(',')],
    ...(distinct.length > 0 ? ['--distinct', distinct.join(',')] : []),
    ...(filter ? ['--filter', filter] : []),
    ...(top ? ['--top', String(top)] : []),
    ...more,
  ]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return JSON.parse(stdout) as unknown;
}

/** The value of a key as a table shows it. */
function cellOf(line: Line, key: string): string {
  if (key === 'port') {
    const ports = [line['srcport'], line['dstport']].map(Number);
    return String(Math.min(...ports));
  }
  return line[key]!;
}

const amountOf = (measure: Measure, line: Line): number => (measure === 'flows' ? 1 : Number(line[measure]) || 0);

/** What tells interfaces apart: whoever names it gets every record. */
const OF_INTERFACES =
  /^(interface-id|account-id|region|vpc-id|subnet-id|az-id|instance-id|log-status|flow-direction|version)$/;

/** The lines that a query counts. */
function countedLines({ keys = [], distinct = [], filter = '' }: Query): readonly Line[] {
  const asLogged = [...keys, ...distinct, filter.split(' ')[0]!].some((name) => OF_INTERFACES.test(name));
  return lines.filter((line) => FILTERS[filter]!(line) && (asLogged || isOnce(line)));
}

/** What is added up, by the group's keys, largest first. */
function addUp(query: Query): [string, number][] {
  const { keys = [], distinct = [], measures = ['bytes'] } = query;
  const sums = new Map<string, number>();
  const seen = new Set<string>();
  for (const line of countedLines(query)) {
    const group = keys.map((key) => cellOf(line, key)).join(' ');
    const door = [group, ...distinct.map((key) => cellOf(line, key))].join(' ');
    const amount = distinct.length === 0 ? amountOf(measures[0]!, line) : seen.has(door) ? 0 : 1;
    seen.add(door);
    sums.set(group, (sums.get(group) ?? 0) + amount);
  }
  return [...sums].sort(([, a], [, b]) => b - a);
}

test('the logs are what the tests take them for', () => {
  expect(lines.length).toBeGreaterThan(10_000);
  const isKnown = QUERIES.every(([, { filter = '' }]) => FILTERS[filter] !== undefined);
  expect(isKnown).toBe(true);
  expect(Object.values(FILTERS).map((filter) => lines.some(filter))).toEqual([true, true, true, true]);
});

test.each(queriesOf('table'))('%s', async (_title, query) => {
  const expected = addUp(query);
  const { rows, other } = (await ask(query)) as { rows: Record<string, number>[]; other?: Record<string, number> };
  const { keys = [], distinct = [], measures = ['bytes'], top = 10 } = query;
  const column = distinct.length > 0 ? `distinct ${distinct.join(', ')}` : measures[0];
  // Equal sums may be in any order, so sums are compared by rank, and each row with its own group.
  expect(rows.map((row) => row[column!])).toEqual(expected.slice(0, top).map(([, sum]) => sum));
  const sums = new Map(expected);
  for (const row of rows) {
    expect(row[column!]).toBe(sums.get(keys.map((key) => String(row[key])).join(' ')));
  }
  const rest = expected.slice(top).reduce((sum, [, amount]) => sum + amount, 0);
  expect(other?.[column!] ?? 0).toBe(rest);
});

test.each(queriesOf('stat'))('%s', async (_title, query) => {
  const { totals } = (await ask({ ...query, view: 'table', keys: ['protocol'], measures: ['bytes'] })) as {
    totals: Record<Measure, number>;
  };
  for (const measure of ['bytes', 'packets', 'flows'] as const) {
    expect(totals[measure]).toBe(addUp({ ...query, keys: [], measures: [measure] })[0]![1]);
  }
});

test.each(queriesOf('series'))('%s', async (_title, query) => {
  const { series, startSec } = (await ask(query, '--bucket', String(STEP_SEC))) as {
    startSec: number[];
    series: { kind: string; labels: Record<string, unknown>; measures: { values: number[] }[] }[];
  };
  const { keys = [], measures = ['bytes'] } = query;
  expect(startSec).toEqual([RANGE.fromMs / 1000, RANGE.fromMs / 1000 + STEP_SEC]);
  for (const { kind, labels, measures: shown } of series) {
    const isOf = (line: Line) => keys.every((key) => cellOf(line, key) === String(labels[key]));
    const expected = startSec.map((fromSec) =>
      countedLines(query)
        .filter((line) => Math.floor((Number(line['start']) - fromSec) / STEP_SEC) === 0)
        .filter((line) => kind === 'other' || isOf(line))
        .reduce((sum, line) => sum + amountOf(measures[0]!, line), 0),
    );
    if (kind === 'other') {
      // All series together are all there is.
      const totals = startSec.map((_, at) => series.reduce((sum, one) => sum + one.measures[0]!.values[at]!, 0));
      expect(totals).toEqual(expected);
    } else {
      expect(shown[0]!.values).toEqual(expected);
    }
  }
  expect(series.length).toBeGreaterThan(0);
});

test('the scan stands first among those who knock at many doors', async () => {
  const [, query] = QUERIES.find(([title]) => title.includes('Fan-out'))!;
  const { rows } = (await ask(query)) as { rows: Record<string, unknown>[] };
  const hosts = new Set(lines.filter(({ srcaddr }) => srcaddr === SCANNER).map(({ dstaddr }) => dstaddr));
  expect(rows[0]).toMatchObject({ srcaddr: SCANNER, 'distinct dstaddr, dstport': SCAN_PORTS * hosts.size });
});
