/** Queries of a real data source over a folder of made-up logs, from Grafana's request to the frames it decodes. */
import { Registry } from 'prom-client';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';

import { FlowError } from '../../../src/errors';
import { createScanMetrics } from '../../../src/plugin/scan-metrics';
import { createDataSource, type DataSource } from '../../../src/plugin/data-source';
import { createInstances } from '../../../src/plugin/instances';
import { createLog } from '../../../src/plugin/log';
import type { DataQuery, DataResponse, QueryDataRequest } from '../../../src/plugin/messages';
import { createNodePositions } from '../../../src/plugin/node-positions';
import { queryData, type QueryDataOptions, type WithDataSource } from '../../../src/plugin/query-data';
import { REFERENCE_KEYS } from '../../../src/query/model';
import { normaliseScanQuery } from '../../../src/query/normalise';
import { VIEWS } from '../../../src/query/query-schema';
import { runScan } from '../../../src/scan/run-scan';
import { createWorkerPool } from '../../../src/scan/worker-pool';
import { buildTable } from '../../../src/view/table';
import { type LogObject, writeDemoCorpus } from '../../../tools/demo-corpus';
import { demoRange } from '../../../tools/estate';
import { tellOnce } from '../../helpers/count-once';
import { logKey, logText, recordLine } from '../scan/flow-logs';
import { makeInput } from './data-source-input';
import { createInProcessAnswers } from './in-process-answers';
import { columnOf, decodeFrame, sumOf, type DecodedFrame } from './decode-frame';

/** Objects of the demo's first five minutes: one per flow log. */
const OBJECT_COUNT = 4;
const RANGE = { fromMs: demoRange.fromMs, toMs: demoRange.fromMs + 5 * 60_000 };
const MINUTES = [0, 1, 2, 3, 4];
/** A long time later: nothing is young. */
const NOW_MS = demoRange.fromMs + 24 * 3_600_000;

let localRoot: string;
const objects: LogObject[] = [];
const pool = createWorkerPool({
  size: 0,
  createWorker: () => {
    throw new Error('there are no threads');
  },
});
const answers = createInProcessAnswers();
const opened: DataSource[] = [];

beforeAll(async () => {
  localRoot = realpathSync(mkdtempSync(join(tmpdir(), 'vpcflow-query-')));
  await writeDemoCorpus((object) => {
    if (objects.length < OBJECT_COUNT) {
      objects.push(object);
      write(`demo/${object.key}`, object.text);
    }
  });
});
afterAll(() => {
  opened.forEach((dataSource) => dataSource.close());
  pool.close();
  answers.close();
  rmSync(localRoot, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(localRoot, path)), { recursive: true });
  writeFileSync(join(localRoot, path), gzipSync(text));
}

const inputOf = (jsonData: unknown) => makeInput(jsonData, { environment: { GF_PLUGIN_LOCAL_ROOT: localRoot } });

function open(...locations: string[]): DataSource {
  const sources = locations.map((location) => ({ location, name: location }));
  const dataSource = createDataSource(inputOf({ sources }), {
    version: '1',
    pool,
    metrics: createScanMetrics(new Registry(), Date.now),
    clock: () => NOW_MS,
  });
  opened.push(dataSource);
  return dataSource;
}

type Asked = Readonly<Record<string, unknown>>;

function dataQuery(refId: string, json: Asked | Uint8Array, more: Partial<DataQuery> = {}): DataQuery {
  return {
    refId,
    queryType: '',
    maxDataPoints: 1000,
    intervalMs: 1000,
    timeRange: RANGE,
    json: json instanceof Uint8Array ? json : new TextEncoder().encode(JSON.stringify(json)),
    ...more,
  };
}

const HEADERS = {
  panel: {},
  alert: { FromAlert: 'true', 'http_X-Grafana-From-Expr': 'true' },
  expression: { 'http_X-Grafana-From-Expr': 'true' },
} as const;

interface Call {
  readonly asker?: keyof typeof HEADERS;
  readonly grafanaConfig?: Readonly<Record<string, string>>;
  readonly options?: Partial<QueryDataOptions>;
}

const logLines: string[] = [];

/** Asks as Grafana does. */
async function ask(
  dataSource: DataSource | WithDataSource,
  queries: readonly DataQuery[],
  { asker = 'panel', grafanaConfig = {}, options = {} }: Call = {},
): Promise<ReadonlyMap<string, DataResponse>> {
  const request: QueryDataRequest = {
    queries,
    headers: new Map(Object.entries(HEADERS[asker])),
    pluginContext: {
      orgId: 1,
      pluginId: 'vpcflow-flowlogs-datasource',
      pluginVersion: '',
      userAgent: '',
      apiVersion: '',
      namespace: '',
      grafanaConfig: new Map(Object.entries(grafanaConfig)),
    },
  };
  const withDataSource: WithDataSource =
    typeof dataSource === 'function' ? dataSource : async (run) => await run(dataSource);
  const { responses } = await queryData(request, withDataSource, {
    signal: new AbortController().signal,
    log: createLog({ module: 'test', destination: { write: (line) => void logLines.push(line) } }),
    clock: () => NOW_MS + 0.25,
    positions: createNodePositions(),
    answers,
    ...options,
  });
  return responses;
}

/** The frames of one query, which must succeed. */
async function framesOf(
  dataSource: DataSource,
  json: Asked,
  call: Call & { readonly query?: Partial<DataQuery> } = {},
): Promise<readonly DecodedFrame[]> {
  const response = (await ask(dataSource, [dataQuery('A', json, call.query)], call)).get('A')!;
  expect(response).toMatchObject({ status: 200 });
  expect(response).not.toHaveProperty('error');
  return response.frames!.map(decodeFrame);
}

interface Row {
  readonly startSec: number;
  readonly bytes: number;
  readonly packets: number;
  readonly action: string;
  readonly srcaddr: string;
  readonly dstport: string;
}

/** Cells of all lines. */
function readCells(): readonly Readonly<Record<string, string>>[] {
  return objects.flatMap(({ text }) => {
    const [header, ...lines] = text.trimEnd().split('\n');
    const names = header!.split(' ');
    return lines.map((line) => Object.fromEntries(line.split(' ').map((cell, index) => [names[index]!, cell])));
  });
}

/** As `rowsInRange`, with each flow counted once. */
function onceInRange(range = RANGE): readonly Row[] {
  return rowsInRange(range, tellOnce(readCells()));
}

/** What the objects say, read as plainly as can be: records of the range that carry traffic. */
function rowsInRange(
  { fromMs, toMs } = RANGE,
  counts: (cells: Readonly<Record<string, string>>) => boolean = () => true,
): readonly Row[] {
  return readCells()
    .filter((cells) => cells['log-status'] === 'OK' && counts(cells))
    .map(({ start, bytes, packets, action, srcaddr, dstport }) => ({
      startSec: Number(start),
      bytes: Number(bytes),
      packets: Number(packets),
      action: action!,
      srcaddr: srcaddr!,
      dstport: dstport!,
    }))
    .filter(({ startSec }) => startSec * 1000 >= fromMs && startSec * 1000 < toMs);
}

function totalsOf(rows: readonly Row[]): { bytes: number; packets: number; flows: number } {
  const sum = (name: 'bytes' | 'packets') => rows.reduce((total, row) => total + row[name], 0);
  return { bytes: sum('bytes'), packets: sum('packets'), flows: rows.length };
}

const numbersOf = (frame: DecodedFrame) => frame.fields.filter(({ type }) => type === 'Float64');

const ALL_KEYS = { keys: REFERENCE_KEYS, portRule: 'as-logged' };

describe('a panel', () => {
  let demo: DataSource;
  beforeAll(() => (demo = open('demo')));

  test('the logs are what the tests take them for', () => {
    expect(objects).toHaveLength(OBJECT_COUNT);
    expect(rowsInRange().length).toBeGreaterThan(5_000);
    expect(rowsInRange().some(({ action }) => action === 'REJECT')).toBe(true);
  });

  test('a table: keys as text, sums, times; with *Other* it adds up to all records', async () => {
    const [frame, ...others] = await framesOf(demo, { view: 'table', top: 5 });
    expect(others).toEqual([]);
    expect(frame!.fields.map(({ name, type }) => [name, type])).toEqual([
      ['srcaddr', 'Utf8'],
      ['dstaddr', 'Utf8'],
      ['port', 'Utf8'],
      ['protocol', 'Utf8'],
      ['action', 'Utf8'],
      ['bytes', 'Float64'],
      ['packets', 'Float64'],
      ['flows', 'Float64'],
      ['start', 'Timestamp<NANOSECOND>'],
      ['end', 'Timestamp<NANOSECOND>'],
    ]);
    expect(frame).toMatchObject({ name: 'table', refId: 'A', rowCount: 6 });
    expect(frame!.meta).toMatchObject({ preferredVisualisationType: 'table' });
    expect(columnOf(frame!, 'srcaddr').at(-1)).toMatch(/^Other \(\d+\)$/);
    const { bytes, packets, flows } = totalsOf(onceInRange());
    expect(flows).toBeLessThan(rowsInRange().length * 0.8);
    expect(['bytes', 'packets', 'flows'].map((name) => sumOf(frame!, name))).toEqual([bytes, packets, flows]);
  });

  test('a table is row by row what a scan gives directly', async () => {
    const asked = { view: 'table', top: 40, keys: ['interface-id', 'action'], filter: 'dstport = 443' };
    const [frame] = await framesOf(demo, asked);
    const query = normaliseScanQuery({ ...asked, range: RANGE }, { nowMs: NOW_MS });
    const { answer } = await runScan(
      query,
      demo.sources.map(({ source }) => source),
      { pool },
    );
    const table = buildTable((answer as Extract<typeof answer, { kind: 'digest' }>).digest, query as never);
    expect(table.groupCount).toBeGreaterThan(5);
    for (const { name, kind, values } of table.columns) {
      const expected = values.map((value, row) =>
        row === table.otherRow ? expect.anything() : kind === 'seconds' ? (value as number) * 1000 : value,
      );
      expect(columnOf(frame!, name)).toEqual(expected);
    }
  });

  test('a digest: all groups', async () => {
    const [frame] = await framesOf(demo, { view: 'digest', ...ALL_KEYS });
    expect(frame!.rowCount).toBeGreaterThan(2_000);
    expect(columnOf(frame!, 'version')).not.toContainEqual(expect.stringContaining('Other'));
    expect(sumOf(frame!, 'flows')).toBe(rowsInRange().length);
  });

  test('a series per action adds up to all records, bucket by bucket', async () => {
    const [frame, ...others] = await framesOf(demo, { view: 'series', bucketSec: 60, measures: ['bytes', 'flows'] });
    expect(others).toEqual([]);
    expect(frame!.meta).toMatchObject({ type: 'timeseries-wide', typeVersion: [0, 1] });
    const [time, ...fields] = frame!.fields;
    expect(time).toMatchObject({ name: 'time', type: 'Timestamp<NANOSECOND>', isNullable: false });
    expect(time!.values).toEqual(MINUTES.map((minute) => RANGE.fromMs + minute * 60_000));
    expect(fields.map(({ name, labels }) => [name, labels])).toEqual(
      expect.arrayContaining([
        ['bytes', { action: 'ACCEPT' }],
        ['flows', { action: 'REJECT' }],
      ]),
    );
    const rows = onceInRange();
    for (const { name, labels, values } of fields) {
      const expected = MINUTES.map((minute) => {
        const fromSec = RANGE.fromMs / 1000 + minute * 60;
        const own = rows.filter(
          ({ action, startSec }) => action === labels['action'] && startSec >= fromSec && startSec < fromSec + 60,
        );
        return totalsOf(own)[name as 'bytes' | 'flows'];
      });
      expect(values).toEqual(expected);
    }
  });

  test('a series whose groups have gaps shows them as such', async () => {
    const asked = {
      view: 'series',
      bucketSec: 60,
      keys: ['interface-id', 'dstport'],
      top: 300,
      measures: ['flows'],
      fill: 'null',
    };
    const [frame] = await framesOf(demo, asked);
    const [, ...fields] = frame!.fields;
    expect(new Set(fields.map(({ isNullable }) => isNullable))).toEqual(new Set([false, true]));
    expect(fields.every(({ isNullable, values }) => isNullable === values.includes(null))).toBe(true);
    const total = fields.reduce((sum, { values }) => sum + values.reduce<number>((a, b) => a + Number(b), 0), 0);
    expect(total).toBe(rowsInRange().length);
  });

  test('a stat is the sum of all', async () => {
    const [frame] = await framesOf(demo, { view: 'stat', measures: ['flows', 'bytes'] });
    const { bytes, flows } = totalsOf(onceInRange());
    expect(frame).toMatchObject({ name: 'total', rowCount: 1, meta: { type: 'numeric-wide', typeVersion: [0, 1] } });
    expect(frame!.fields.map(({ name, values }) => [name, values])).toEqual([
      ['flows', [flows]],
      ['bytes', [bytes]],
    ]);
  });

  test('a graph: nodes that stand somewhere, and edges between them', async () => {
    const frames = await framesOf(demo, { view: 'graph' });
    expect(frames.map(({ name, refId, meta }) => [name, refId, meta.preferredVisualisationType])).toEqual([
      ['nodes', 'A', 'nodeGraph'],
      ['edges', 'A', 'nodeGraph'],
    ]);
    const [nodes, edges] = frames as [DecodedFrame, DecodedFrame];
    const ids = columnOf(nodes, 'id');
    expect(ids.length).toBeGreaterThan(3);
    expect(edges.rowCount).toBeGreaterThan(3);
    expect(ids).toEqual(expect.arrayContaining([...columnOf(edges, 'source'), ...columnOf(edges, 'target')]));
    for (const [name, size] of [
      ['fixedx', 1100],
      ['fixedy', 600],
    ] as const) {
      expect(columnOf<number>(nodes, name).every((at) => Math.abs(at) <= size / 2)).toBe(true);
    }
    // Hosts are more than groups.
    const [hosts] = await framesOf(demo, { view: 'graph', nodes: 'hosts', top: 190 });
    expect(hosts!.rowCount).toBeGreaterThan(nodes.rowCount);
  });

  test('what is clicked opens the same query, without its time and limits', async () => {
    const [nodes] = await framesOf(demo, { view: 'graph', filter: 'protocol = tcp' });
    const links = nodes!.fields[0]!.config['links'] as unknown as {
      internal: { query: Asked; datasourceUid: string };
    }[];
    expect(links.length).toBeGreaterThan(0);
    for (const { internal } of links) {
      expect(internal.datasourceUid).toBe('ds-uid');
      expect(Object.keys(internal.query)).not.toEqual(expect.arrayContaining(['range']));
      expect(Object.keys(internal.query)).not.toEqual(expect.arrayContaining(['limits']));
    }
  });

  test('records, newest first, each with its line', async () => {
    const [frame] = await framesOf(demo, { view: 'records', top: 50 });
    expect(frame).toMatchObject({ name: 'records', rowCount: 50, meta: { type: 'log-lines' } });
    const times = columnOf<number>(frame!, 'timestamp');
    expect([...times].sort((a, b) => b - a)).toEqual(times);
    const newestMs = Math.max(...rowsInRange().map(({ startSec }) => startSec * 1000));
    expect(times[0]).toBe(newestMs);
    const lines = new Set(objects.flatMap(({ text }) => text.split('\n')));
    expect(columnOf<string>(frame!, 'body').every((line) => lines.has(line))).toBe(true);
    expect(new Set(columnOf(frame!, 'id')).size).toBe(50);
  });

  test('events, as annotations', async () => {
    const asked = { view: 'events', keys: ['dstaddr'], bucketSec: 60, sigmas: 1, atLeast: 5, measures: ['flows'] };
    const [frame, ...others] = await framesOf(demo, asked);
    expect(others).toEqual([]);
    expect(frame!.name).toBe('annotations');
    expect(frame!.fields.map(({ name, type }) => [name, type])).toEqual([
      ['time', 'Timestamp<NANOSECOND>'],
      ['timeEnd', 'Timestamp<NANOSECOND>'],
      ['title', 'Utf8'],
      ['text', 'Utf8'],
      ['tags', 'Utf8'],
      ['id', 'Utf8'],
    ]);
    expect(frame!.rowCount).toBeGreaterThan(0);
    const times = columnOf<number>(frame!, 'time');
    expect(times.every((time) => time >= RANGE.fromMs && time < RANGE.toMs)).toBe(true);
    expect(new Set(columnOf(frame!, 'id')).size).toBe(frame!.rowCount);
  });

  test('completeness: a row per flow log, told by listings alone', async () => {
    const dataSource = open('demo');
    const [frame, ...others] = await framesOf(dataSource, { view: 'completeness' });
    expect(others).toEqual([]);
    expect(frame).toMatchObject({ name: 'completeness', refId: 'A', rowCount: 4 });
    expect(new Set(columnOf(frame!, 'flow log')).size).toBe(4);
    expect(sumOf(frame!, 'objects')).toBe(OBJECT_COUNT);
    expect(columnOf(frame!, 'newest')).toEqual(Array(4).fill(RANGE.fromMs));
    expect(dataSource.sources[0]!.counts()).toMatchObject({ readRequests: 0 });
  });

  test.each(VIEWS.filter((view) => view !== 'completeness'))(
    '%s says on its first frame how it came about',
    async (view) => {
      const isOnce = view !== 'records' && view !== 'digest';
      const frames = await framesOf(demo, { view });
      expect(frames.every(({ refId }) => refId === 'A')).toBe(true);
      const { stats, executedQueryString } = frames[0]!.meta;
      expect(Object.fromEntries(stats!.map(({ displayName, value }) => [displayName, value]))).toMatchObject({
        Objects: OBJECT_COUNT,
        'Records counted': (isOnce ? onceInRange() : rowsInRange()).length,
        'Copies left out': isOnce ? rowsInRange().length - onceInRange().length : 0,
      });
      const counting = isOnce ? 'counting: each byte once' : view === 'digest' ? 'counting: as logged' : '';
      expect(executedQueryString).toContain(counting);
      expect(executedQueryString).toContain(`"view": "${view}"`);
      expect(executedQueryString).toContain(`to read: ${OBJECT_COUNT} objects`);
      expect(frames.slice(1).every(({ meta }) => meta.stats === undefined)).toBe(true);
    },
  );

  test('nothing found is empty, not an error', async () => {
    const [table] = await framesOf(demo, { filter: 'bytes > 1000000000000' });
    expect(table).toMatchObject({ rowCount: 0 });
    expect(table!.fields.length).toBeGreaterThan(5);
    const [stat] = await framesOf(demo, { view: 'stat', measures: ['flows'], filter: 'bytes > 1000000000000' });
    expect(stat!.fields[0]!.values).toEqual([0]);
    const graph = await framesOf(demo, { view: 'graph', filter: 'bytes > 1000000000000' });
    expect(graph.map(({ rowCount }) => rowCount)).toEqual([0, 0]);
    const [records] = await framesOf(demo, { view: 'records', filter: 'bytes > 1000000000000' });
    expect(records).toMatchObject({ rowCount: 0 });
  });

  test('a range without logs is told where they end', async () => {
    const before = { timeRange: { fromMs: RANGE.fromMs - 90_000_000, toMs: RANGE.fromMs - 86_400_000 } };
    const [table] = await framesOf(demo, { view: 'table' }, { query: before });
    const newest = new Date(RANGE.toMs - 300_000).toISOString().slice(0, 16);
    expect(table!.meta.notices).toEqual([
      { severity: 'info', text: expect.stringMatching(`^no flow-log object was found;[^]*of ${newest}Z$`) as string },
    ]);
  });

  test('a range without logs of an account is told where those end, not those of others', async () => {
    const times = { '111111111111': RANGE.fromMs - 3 * 86_400_000, '222222222222': RANGE.fromMs };
    for (const [accountId, timeMs] of Object.entries(times)) {
      const key = logKey(new Date(timeMs).toISOString(), { accountId });
      write(`accounts/${key}`, logText([recordLine({ start: timeMs / 1000 })]));
    }
    const query = { timeRange: { fromMs: RANGE.fromMs + 3 * 3_600_000, toMs: RANGE.fromMs + 4 * 3_600_000 } };
    const dataSource = open('accounts');
    for (const [accounts, timeMs] of [
      [['111111111111'], times['111111111111']],
      [[], times['222222222222']],
    ] as const) {
      const [table] = await framesOf(dataSource, { view: 'table', accounts }, { query });
      const time = new Date(timeMs).toISOString().slice(0, 16);
      expect(table!.meta.notices![0]!.text).toContain(`the newest object is of ${time}Z`);
    }
    const [nobody] = await framesOf(dataSource, { view: 'table', accounts: ['333333333333'] }, { query });
    expect(nobody!.meta.notices![0]!.text).not.toContain('newest');
  });

  test('a limit ends it with an error, or with what was read and a warning', async () => {
    const limits = { maxObjects: 2, onLimit: 'fail' };
    const failed = (await ask(demo, [dataQuery('A', { limits })])).get('A')!;
    expect(failed).toMatchObject({ status: 413, errorSource: 'downstream' });
    const [frame] = await framesOf(demo, { view: 'stat', limits: { ...limits, onLimit: 'partial' } });
    expect(columnOf<number>(frame!, 'flows')[0]).toBeLessThan(rowsInRange().length);
    const [notice, ...more] = frame!.meta.notices!.filter(({ severity }) => severity === 'warning');
    expect(notice!.text).toContain('PARTIAL');
    expect(more).toEqual([]);
  });

  test('events that are not shown are counted', async () => {
    const asked = { view: 'events', keys: ['dstaddr'], bucketSec: 60, sigmas: 1, atLeast: 5, measures: ['flows'] };
    const [all] = await framesOf(demo, { ...asked, top: 1000 });
    const [some] = await framesOf(demo, { ...asked, top: 3 });
    expect(some!.rowCount).toBe(3);
    expect(some!.meta.notices).toContainEqual({
      severity: 'info',
      text: `${(all!.rowCount - 3).toLocaleString('en')} smaller events are not shown (top)`,
    });
    expect((all!.meta.notices ?? []).map(({ text }) => text).join()).not.toContain('not shown');
  });

  test('a digest by time is refused: a table has no place for the time', async () => {
    const response = (await ask(demo, [dataQuery('A', { view: 'digest', bucketSec: 60 })])).get('A')!;
    expect(response).toMatchObject({ status: 400, error: expect.stringContaining('use the view series') as string });
  });

  test.each<[string, Asked, RegExp]>([
    [
      'keys',
      { keys: ['reject-reason'] },
      /^the format of 4 objects has no reject-reason: it counts as missing \(-\) there$/,
    ],
    [
      'what is counted',
      { keys: [], distinct: ['reject-reason'] },
      /^the format of 4 objects has no reject-reason: it counts as one value \(-\) there$/,
    ],
    [
      'a filter',
      { view: 'stat', filter: 'reject-reason = BPA' },
      /^the format of 4 objects has no reject-reason: no record there can meet the filter$/,
    ],
    [
      'columns of records',
      { view: 'records', fields: ['srcaddr', 'reject-reason'], top: 10 },
      /^the format of 10 of the 10 records has no reject-reason$/,
    ],
  ])('what the format lacks is remarked on: %s', async (_, asked, text) => {
    const [frame] = await framesOf(demo, asked);
    expect(frame!.meta.notices).toEqual([{ severity: 'info', text: expect.stringMatching(text) as string }]);
  });

  test('lost records are a warning where all records count, and else a remark', async () => {
    const start = RANGE.fromMs / 1000;
    const lost = `2 123456789012 eni-0a - - - - - - - ${start} ${start + 59} - SKIPDATA`;
    write(`lost/${logKey(new Date(RANGE.fromMs).toISOString())}`, logText([lost, recordLine({ start })]));
    const dataSource = open('lost');
    const noticesOf = async (asked: Asked) => (await framesOf(dataSource, { view: 'stat', ...asked }))[0]!.meta.notices;
    const text = 'SKIPDATA: AWS lost an unknown number of records, 1 time';
    expect(await noticesOf({})).toEqual([{ severity: 'warning', text }]);
    expect(await noticesOf({ filter: 'action = REJECT' })).toEqual([
      { severity: 'info', text: `${text} in all logs of the range, whatever the filter` },
    ]);
  });
});

describe('the places of a graph', () => {
  const placesOf = ([nodes]: readonly DecodedFrame[]): Map<string, string> => {
    const [ids, x, y] = ['id', 'fixedx', 'fixedy'].map((name) => columnOf(nodes!, name));
    return new Map(ids!.map((id, row) => [String(id), `${String(x![row])} ${String(y![row])}`]));
  };

  test('stay as they are when the same graph is asked for again with less in it', async () => {
    const demo = open('demo');
    const options = { positions: createNodePositions() };
    const asked = { view: 'graph', nodes: 'hosts', top: 40 };
    const before = placesOf(await framesOf(demo, asked, { options }));
    const narrowed = { ...asked, filter: 'action = REJECT' };
    const after = placesOf(await framesOf(demo, narrowed, { options }));
    const stayed = [...after.keys()].filter((id) => before.has(id) && id !== 'Other');
    expect(stayed.length).toBeGreaterThan(5);
    expect(stayed.map((id) => after.get(id))).toEqual(stayed.map((id) => before.get(id)));
    // Without a memory they would have moved.
    const anew = placesOf(await framesOf(demo, narrowed));
    expect(stayed.map((id) => anew.get(id))).not.toEqual(stayed.map((id) => before.get(id)));
  });

  test('are those of one graph: another one has its own', async () => {
    const demo = open('demo');
    const options = { positions: createNodePositions() };
    const asked = { view: 'graph', nodes: 'hosts', top: 39, filter: 'action = REJECT' };
    const alone = placesOf(await framesOf(demo, asked));
    await framesOf(demo, { view: 'graph', nodes: 'hosts', top: 40 }, { options });
    expect(placesOf(await framesOf(demo, asked, { options }))).toEqual(alone);
  });
});

describe.each(['alert', 'expression'] as const)('%s', (asker) => {
  let demo: DataSource;
  let quiet: DataSource;
  let lossy: DataSource;
  let busy: DataSource;
  beforeAll(() => {
    demo = open('demo');
    const empty = (status: string) =>
      `2 123456789012 eni-0a - - - - - - - ${RANGE.fromMs / 1000} ${RANGE.fromMs / 1000 + 59} - ${status}`;
    const key = logKey(new Date(RANGE.fromMs).toISOString());
    write(`quiet/${key}`, logText([empty('NODATA')]));
    write(`lossy/${key}`, logText([empty('SKIPDATA')]));
    write(`busy/${key}`, logText([recordLine({ start: RANGE.fromMs / 1000 })]));
    busy = open('busy');
    quiet = open('quiet');
    lossy = open('lossy');
  });

  const NOTHING = 'bytes > 1000000000000';
  const META = {
    table: { type: 'numeric-long', typeVersion: [0, 1] },
    series: { type: 'timeseries-wide', typeVersion: [0, 1] },
    stat: { type: 'numeric-wide', typeVersion: [0, 1] },
    events: { type: 'numeric-long', typeVersion: [0, 1] },
  } as const;
  const RULE_VIEWS = ['table', 'series', 'stat', 'events'] as const;
  /** The range has few minutes. */
  const askedOf = (view: (typeof RULE_VIEWS)[number]) => (view === 'events' ? { view, bucketSec: 20 } : { view });

  test('a table: text that tells rows apart and one number', async () => {
    const asked = { view: 'table', keys: ['dstaddr', 'port'], measures: ['flows', 'bytes'], filter: 'action = REJECT' };
    const [frame, ...others] = await framesOf(demo, { ...asked, top: 3 }, { asker });
    expect(others).toEqual([]);
    expect(frame!.meta).toMatchObject(META.table);
    expect(frame!.fields.map(({ name, type, isNullable }) => [name, type, isNullable])).toEqual([
      ['dstaddr', 'Utf8', false],
      ['port', 'Utf8', false],
      ['flows', 'Float64', false],
    ]);
    // The three largest, without what stands for all others.
    expect(frame!.rowCount).toBe(3);
    const [panel] = await framesOf(demo, { ...asked, top: 3 });
    expect(columnOf(frame!, 'flows')).toEqual(columnOf(panel!, 'flows').slice(0, 3));
    expect(
      new Set(frame!.fields[0]!.values.map((to, row) => `${String(to)} ${String(frame!.fields[1]!.values[row])}`)).size,
    ).toBe(3);
    const [all] = await framesOf(demo, { ...asked, top: 10_000 }, { asker });
    expect(sumOf(all!, 'flows')).toBe(rowsInRange().filter(({ action }) => action === 'REJECT').length);
  });

  test('a table of distinct values: a row per source with how many ports it was at', async () => {
    const asked = { view: 'table', keys: ['srcaddr'], distinct: ['dstport'], filter: 'action = REJECT', top: 10_000 };
    const [frame] = await framesOf(demo, asked, { asker });
    expect(frame!.fields.map(({ name }) => name)).toEqual(['srcaddr', 'distinct dstport']);
    const ports = new Map<string, Set<unknown>>();
    for (const { action, srcaddr, dstport } of rowsInRange()) {
      if (action === 'REJECT') {
        ports.set(srcaddr, (ports.get(srcaddr) ?? new Set()).add(dstport));
      }
    }
    const counted = new Map(columnOf(frame!, 'srcaddr').map((from, row) => [from, frame!.fields[1]!.values[row]]));
    expect(counted).toEqual(new Map([...ports].map(([from, { size }]) => [from, size])));
    expect(Math.max(...(frame!.fields[1]!.values as number[]))).toBeGreaterThan(1);
  });

  test('a series: times that are never null, and the first measure with its labels', async () => {
    const asked = { view: 'series', keys: ['action'], measures: ['flows', 'bytes'], bucketSec: 60, fill: 'null' };
    const [frame, ...others] = await framesOf(demo, asked, { asker });
    expect(others).toEqual([]);
    expect(frame!.meta).toMatchObject(META.series);
    expect(frame!.rowCount).toBe(MINUTES.length);
    expect(frame!.fields[0]).toMatchObject({ name: 'time', isNullable: false });
    expect(frame!.fields.slice(1).every(({ name }) => name === 'flows')).toBe(true);
    const total = numbersOf(frame!).reduce(
      (sum, { values }) => sum + values.reduce<number>((a, b) => a + Number(b), 0),
      0,
    );
    expect(total).toBe(onceInRange().length);
  });

  test('events: a row per group that bursts in the newest whole bucket, with its first measure there', async () => {
    const start = (minute: number) => RANGE.fromMs / 1000 + 60 * minute;
    const many = (count: number, parts: Parameters<typeof recordLine>[0]) =>
      Array.from({ length: count }, () => recordLine(parts));
    const lines = [
      // As much as ever, a burst in the minute before the last whole one, one in it, and one in the minute that is cut.
      ...MINUTES.flatMap((minute) => many(12, { dst: '10.0.0.1', start: start(minute) })),
      ...many(30, { dst: '10.0.0.2', start: start(2) }),
      ...many(11, { dst: '10.0.0.3', start: start(3) }),
      ...many(40, { dst: '10.0.0.4', start: start(3) }),
      ...many(50, { dst: '10.0.0.5', start: start(4) }),
    ];
    write(`${asker}-bursts/${logKey(new Date(RANGE.fromMs).toISOString())}`, logText(lines));
    const bursts = open(`${asker}-bursts`);
    const json = { view: 'events', keys: ['dstaddr'], measures: ['flows', 'bytes'], bucketSec: 60 };
    const query = { timeRange: { fromMs: RANGE.fromMs, toMs: RANGE.toMs - 30_000 } };
    const [frame, ...others] = await framesOf(bursts, json, { asker, query });
    expect(others).toEqual([]);
    expect(frame!.meta).toMatchObject(META.events);
    expect(frame!.fields.map(({ name, type, isNullable, values }) => [name, type, isNullable, values])).toEqual([
      ['dstaddr', 'Utf8', false, ['10.0.0.4', '10.0.0.3', '10.0.0.2']],
      ['flows', 'Float64', false, [40, 11, 0]],
    ]);
    const [fresh] = await framesOf(bursts, { ...json, kind: 'new', atLeast: 20 }, { asker, query });
    expect(columnOf(fresh!, 'dstaddr')).toEqual(['10.0.0.4', '10.0.0.2']);
    expect(columnOf(fresh!, 'flows')).toEqual([40, 0]);
  });

  test('a stat: the first measure only', async () => {
    const [frame, ...others] = await framesOf(demo, { view: 'stat', measures: ['bytes', 'flows'] }, { asker });
    expect(others).toEqual([]);
    expect(frame!.meta).toMatchObject(META.stat);
    expect(frame!.fields.map(({ name, values }) => [name, values])).toEqual([
      ['bytes', [totalsOf(onceInRange()).bytes]],
    ]);
  });

  describe.each(RULE_VIEWS)('%s', (view) => {
    const zeros = view === 'series' ? MINUTES.map(() => 0) : [0];
    const asked = { ...askedOf(view), ...(view === 'series' ? { bucketSec: 60 } : {}), measures: ['flows'] };

    test.each([
      ['logs came, and nothing of them was asked for', () => busy, { filter: NOTHING }],
      ['logs came that say that nothing happened', () => quiet, {}],
      ['AWS lost records', () => lossy, {}],
    ])('zero where %s', async (_, dataSource, more) => {
      const frames = await framesOf(dataSource(), { ...asked, ...more }, { asker });
      expect(frames).toHaveLength(1);
      expect(frames[0]!.meta).toMatchObject(META[view]);
      expect(numbersOf(frames[0]!).map(({ name, labels, values }) => [name, labels, values])).toEqual([
        ['flows', {}, zeros],
      ]);
    });

    test.each([
      [
        'no log came',
        () => demo,
        { timeRange: { fromMs: RANGE.fromMs - 7_200_000, toMs: RANGE.fromMs - 3_600_000 } },
        {},
      ],
      // The object is read, since records may be late; all of its records are of another time.
      [
        'those that came are of another time',
        () => demo,
        { timeRange: { fromMs: RANGE.fromMs - 120_000, toMs: RANGE.fromMs - 60_000 } },
        { filter: NOTHING },
      ],
      [
        'quiet is of another time',
        () => quiet,
        { timeRange: { fromMs: RANGE.fromMs - 120_000, toMs: RANGE.fromMs - 60_000 } },
        {},
      ],
    ] as const)('no data where %s', async (_, dataSource, query, more) => {
      const frames = await framesOf(dataSource(), { ...asked, ...more }, { asker, query });
      expect(frames).toHaveLength(1);
      expect(frames[0]).toMatchObject({ fields: [], refId: 'A' });
      expect(frames[0]!.meta).toMatchObject(META[view]);
    });
  });

  describe('what could not be read is an error, not a smaller number', () => {
    const rule = asker === 'alert' ? 'an alert rule' : 'an expression';
    const stamp = (minutes: number) => new Date(RANGE.fromMs + minutes * 60_000).toISOString();
    const text = () => logText([recordLine({ start: RANGE.fromMs / 1000 })]);
    const failureFrom = async (json: Asked, ...locations: string[]) => {
      const dataSource = open(...locations);
      expect(await framesOf(dataSource, json)).not.toEqual([]);
      return (await ask(dataSource, [dataQuery('A', json)], { asker })).get('A');
    };

    test.each(RULE_VIEWS)('%s: objects and sources', async (view) => {
      for (const minutes of [0, 5, 10]) {
        write(`torn/${logKey(stamp(minutes), { hash: `a${minutes}` })}`, text());
      }
      for (const minutes of [5, 10]) {
        writeFileSync(join(localRoot, `torn/${logKey(stamp(minutes), { hash: `a${minutes}` })}`), 'no gzip');
      }
      const torn = await failureFrom(askedOf(view), 'torn');
      expect(torn).toMatchObject({ status: 502, errorSource: 'downstream' });
      expect(torn!.error).toMatch(new RegExp(`\\(and 1 more\\): ${rule} cannot count over what could not be read$`));
      expect(torn).not.toHaveProperty('frames');
      expect(await failureFrom(askedOf(view), 'busy', 'missing')).toMatchObject({ status: 404 });
    });

    test.each(RULE_VIEWS)('%s: a damaged Parquet file', async (view) => {
      const key = logKey(stamp(0));
      write(`mixed/${key}`, text());
      write(`mixed/${key.replace('.log.gz', '.log.parquet')}`, 'PAR1');
      expect(await failureFrom(askedOf(view), 'mixed')).toMatchObject({
        status: 502,
        error: expect.stringMatching(/Parquet file.*cannot count over what could not be read$/) as string,
      });
    });

    test('archived objects', async () => {
      const archiving: DataSource = {
        ...busy,
        scan: async (query, call) => {
          const result = await busy.scan(query, call);
          return { ...result, selection: { ...result.selection, archivedObjects: 2 } };
        },
      };
      const response = (await ask(archiving, [dataQuery('A', { view: 'stat' })], { asker })).get('A');
      expect(response).toMatchObject({ status: 502, error: expect.stringContaining('2 archived') as string });
    });

    test.each(RULE_VIEWS)('%s: a part', async (view) => {
      const response = await failureFrom({ ...askedOf(view), limits: { maxObjects: 2, onLimit: 'partial' } }, 'demo');
      expect(response).toMatchObject({
        status: 413,
        error: expect.stringContaining(`${rule} cannot count over a part`),
      });
    });
  });

  describe('what the format of the logs does not have', () => {
    test.each<[string, Asked]>([
      ['cannot meet the filter', { filter: 'reject-reason = BPA' }],
      ['cannot count distinct values', { view: 'table', distinct: ['reject-reason'] }],
      ['cannot add up', { measures: ['packets-lost-blackhole'], logType: 'vpc' }],
    ])('%s: an error, not a calm rule', async (error, asked) => {
      const response = (await ask(demo, [dataQuery('A', { view: 'stat', ...asked })], { asker })).get('A');
      expect(response).toMatchObject({ status: 400, errorSource: 'downstream' });
      expect(response!.error).toMatch(
        new RegExp(`^${error}: no object of the time range has \\S+ in its format, so an? ${asker}`),
      );
      // Nothing of the time range came, of whatever format.
      const query = { timeRange: { fromMs: RANGE.fromMs - 120_000, toMs: RANGE.fromMs - 60_000 } };
      expect((await framesOf(demo, { view: 'stat', ...asked }, { asker, query }))[0]!.fields).toEqual([]);
    });

    test('of some objects only is remarked on', async () => {
      const path = `formats-${asker}`;
      const key = (hash: string) => `${path}/${logKey(new Date(RANGE.fromMs).toISOString(), { hash })}`;
      write(key('a'), logText([recordLine({ start: RANGE.fromMs / 1000 })]));
      write(key('b'), `start end action reject-reason log-status\n${RANGE.fromMs / 1000} - REJECT - OK\n`);
      const [frame] = await framesOf(
        open(path),
        { view: 'stat', measures: ['flows'], filter: 'reject-reason = BPA' },
        { asker },
      );
      expect(frame!.fields[0]!.values).toEqual([0]);
      expect(frame!.meta.notices).toEqual([
        {
          severity: 'info',
          text: 'the format of 1 object has no reject-reason: no record there can meet the filter',
        },
      ]);
    });
  });

  describe('completeness', () => {
    test('is one age per account and region', async () => {
      const [frame, ...others] = await framesOf(demo, { view: 'completeness' }, { asker });
      expect(others).toEqual([]);
      expect(frame!.meta).toMatchObject({ type: 'numeric-long', typeVersion: [0, 1] });
      expect(frame!.fields.map(({ name, type, isNullable }) => [name, type, isNullable])).toEqual([
        ['account', 'Utf8', false],
        ['region', 'Utf8', false],
        ['age', 'Float64', false],
      ]);
      // Two flow logs are of one account and region.
      expect(frame!.rowCount).toBe(3);
      expect(columnOf(frame!, 'age')).toEqual(Array(3).fill((NOW_MS - RANGE.fromMs) / 1000));
    });

    test('of a time without logs is as old as that is long, never absent', async () => {
      const timeRange = { fromMs: NOW_MS - 3_600_000, toMs: NOW_MS };
      const [frame] = await framesOf(demo, { view: 'completeness' }, { asker, query: { timeRange } });
      expect(frame!.rowCount).toBe(3);
      expect(columnOf(frame!, 'age')).toEqual(Array(3).fill(3600));
    });

    test('that cannot be listed is an error, not late logs', async () => {
      const both = open('demo', 'missing');
      const response = (await ask(both, [dataQuery('A', { view: 'completeness' })], { asker })).get('A');
      expect(response).toMatchObject({ status: 404, errorSource: 'downstream' });
      const [panel] = await framesOf(both, { view: 'completeness' });
      expect(panel!.rowCount).toBeGreaterThan(3);
      expect(panel!.meta.notices).toContainEqual({
        severity: 'warning',
        text: expect.stringContaining('missing') as string,
      });
    });
  });

  test.each(['graph', 'records', 'digest'])('%s is refused before anything is read', async (view) => {
    const dataSource = open('demo');
    const responses = await ask(dataSource, [dataQuery('A', { view })], { asker });
    expect(responses.get('A')).toEqual({
      status: 400,
      error: `cannot use the view ${view} in an ${asker === 'alert' ? 'alert rule' : 'expression'}: use table, series, stat, events, completeness`,
      errorSource: 'downstream',
    });
    expect(dataSource.sources[0]!.counts()).toMatchObject({ listRequests: 0, readRequests: 0 });
  });
});

describe('groups that are gone', () => {
  const start = (minute: number) => RANGE.fromMs / 1000 + 60 * minute;
  const reject = (dst: string, minute: number, dstport = 443) =>
    recordLine({ dst, dstport, start: start(minute), action: 'REJECT' });
  const json = {
    ...{ view: 'table', keys: ['dstaddr', 'port'], measures: ['flows'] },
    filter: 'action = REJECT',
    top: 2,
  };
  const minutes = (from: number, to: number) => ({ timeRange: { fromMs: start(from) * 1000, toMs: start(to) * 1000 } });
  let rejects: DataSource;
  beforeAll(() => {
    const lines = [
      ...[reject('10.0.0.1', 0), reject('10.0.0.1', 0), reject('10.0.0.1', 2), reject('10.0.0.2', 1)],
      ...[reject('10.0.0.2', 1, 22), reject('10.0.0.2', 1, 22), reject('10.0.0.3', 3)],
      ...[0, 1, 2, 3, 4].map((minute) => recordLine({ dst: '10.0.0.9', start: start(minute) })),
    ];
    write(`rejects/${logKey(new Date(RANGE.fromMs).toISOString())}`, logText(lines));
    rejects = open('rejects');
  });
  const rowsOfRule = async (range: Partial<DataQuery>, asked: Asked = {}, asker: keyof typeof HEADERS = 'alert') => {
    const [frame] = await framesOf(rejects, { ...json, ...asked }, { asker, query: range });
    return Array.from({ length: frame!.rowCount }, (_, row) =>
      frame!.fields.map(({ values }) => values[row]).join(' '),
    );
  };

  test('are zeros for as long as the range is, and then absent', async () => {
    const top = { top: 10 };
    expect(await rowsOfRule(minutes(0, 2), top)).toEqual(['10.0.0.1 443 2', '10.0.0.2 22 2', '10.0.0.2 443 1']);
    // The minutes before it had all of them.
    expect(await rowsOfRule(minutes(2, 4), top)).toEqual([
      ...['10.0.0.1 443 1', '10.0.0.3 443 1'],
      ...['10.0.0.2 22 0', '10.0.0.2 443 0'],
    ]);
    expect(await rowsOfRule(minutes(4, 5), top)).toEqual(['10.0.0.3 443 0']);
    expect(await rowsOfRule(minutes(4, 5), { ...top, filter: 'dstaddr = 10.0.0.1' })).toEqual(['0']);
  });

  test('are those that an answer had rows for; what is only folded is not gone', async () => {
    // Of the first two minutes the two largest are one that goes on and one that is gone.
    expect(await rowsOfRule(minutes(2, 4))).toEqual(['10.0.0.1 443 1', '10.0.0.3 443 1', '10.0.0.2 22 0']);
    expect(await rowsOfRule(minutes(1, 2), { top: 1 })).toEqual(['10.0.0.2 22 2', '10.0.0.1 443 0']);
    const folded = { keys: ['dstaddr'], top: 1, filter: '' };
    expect(await rowsOfRule(minutes(1, 2), folded)).toEqual(['10.0.0.2 3', '10.0.0.1 0']);
    expect(await rowsOfRule(minutes(3, 4), { ...folded, top: 2 })).toEqual(['10.0.0.3 1', '10.0.0.9 1', '10.0.0.1 0']);
  });

  test('are the same however often it is asked, and whoever asked before', async () => {
    const once = await rowsOfRule(minutes(4, 5));
    await rowsOfRule(minutes(0, 5));
    expect(await rowsOfRule(minutes(4, 5))).toEqual(once);
  });

  test('have no zero where no log came, in a total, and for who is no rule', async () => {
    expect(await rowsOfRule(minutes(10, 20))).toEqual([]);
    expect(await rowsOfRule(minutes(4, 5), { keys: [] })).toEqual(['0']);
    expect(await rowsOfRule(minutes(4, 5), {}, 'expression')).toEqual(['0']);
    expect(await rowsOfRule(minutes(4, 5), {}, 'panel')).toEqual([]);
  });

  test('are looked for an hour back at most', async () => {
    const scanned: unknown[] = [];
    const watched: DataSource = {
      ...rejects,
      scan: async (query, call) => {
        scanned.push(query.range);
        return await rejects.scan(query, call);
      },
    };
    const hours = (from: number, to: number) => ({ timeRange: { fromMs: from * 3_600_000, toMs: to * 3_600_000 } });
    await framesOf(watched, json, { asker: 'alert', query: hours(100, 124) });
    expect(scanned).toEqual([hours(100, 124).timeRange, hours(99, 100).timeRange]);
  });

  test('that cannot be found are no reason to fail', async () => {
    const failing: DataSource = {
      ...rejects,
      scan: async (query, call) => {
        if (query.range!.toMs === minutes(2, 4).timeRange.fromMs) {
          throw new FlowError('over-limit', 'cannot finish within 25 s');
        }
        return await rejects.scan(query, call);
      },
    };
    const [frame] = await framesOf(failing, json, { asker: 'alert', query: minutes(2, 4) });
    expect(columnOf(frame!, 'flows')).toEqual([1, 1]);
    expect(frame!.meta.notices).toEqual([
      { severity: 'info', text: 'groups that are gone have no zeros: cannot finish within 25 s' },
    ]);
  });
});

describe('more groups than memory may hold', () => {
  const json = { view: 'table', keys: ['dstaddr'], measures: ['flows'], top: 2 };
  const limits = { maxKeys: 300 };
  const half = (RANGE.toMs - RANGE.fromMs) / 2;
  const later = { timeRange: { fromMs: RANGE.fromMs + half, toMs: RANGE.toMs } };
  let many: DataSource;
  beforeAll(() => {
    // Of the first half only 10.9.9.9, which is gone in the second.
    const startSec = RANGE.fromMs / 1000;
    const lines = [
      recordLine({ dst: '10.9.9.9', start: startSec }),
      ...[1, 2, 3].map(() => recordLine({ dst: '10.0.0.7', start: startSec + half / 1000 })),
      ...Array.from({ length: 1500 }, (_, i) =>
        recordLine({ dst: `10.0.${i >> 8}.${i & 255}`, start: startSec + half / 1000 }),
      ),
    ];
    write(`many/${logKey(new Date(RANGE.fromMs).toISOString())}`, logText(lines));
    many = open('many');
  });
  const notice =
    '1,501 groups: the 1,000 with most flows are kept, the others are added up as Other: they do not fit into ' +
    'memory (limits.maxKeys: 300)';

  test('a table has the largest and the exact rest, and says so', async () => {
    const [few] = await framesOf(many, { ...json, limits });
    // An answer with all groups would be kept, and serve the limited question too.
    const [all] = await framesOf(many, json);
    expect(few!.fields).toEqual(all!.fields);
    expect(columnOf(few!, 'flows')).toEqual([4, 1, 1499]);
    expect(few!.meta.notices).toEqual([{ severity: 'info', text: notice }]);
    const [stat] = await framesOf(many, { view: 'stat', keys: ['dstaddr'], measures: ['flows'], limits });
    expect(stat!.fields[0]!.values).toEqual([1504]);
  });

  test('a rule is not told that a group is gone which may be in the rest', async () => {
    const call = { asker: 'alert', query: later } as const;
    const [all] = await framesOf(many, json, call);
    expect(columnOf(all!, 'flows')).toEqual([4, 1, 0]);
    const [few] = await framesOf(many, { ...json, limits }, call);
    expect(columnOf(few!, 'flows')).toEqual([4, 1]);
    expect(few!.meta.notices?.map(({ text }) => text).join()).toContain(
      'groups that are gone have no zeros: there are too many groups now to tell which of them are',
    );
  });

  test('who needs every group is told that there are too many', async () => {
    const query = normaliseScanQuery({ ...json, limits }, { nowMs: NOW_MS });
    const scan = many.scan(query, { signal: new AbortController().signal, needsAll: true });
    await expect(scan).rejects.toMatchObject({ code: 'over-limit', fields: { limit: 'maxKeys' } });
  });
});

test("a rule's range is moved by the data source's settle delay, a panel's is not", async () => {
  const demo = open('demo');
  // Now is the end of the range, so that a rule looks at a quarter of an hour before.
  const options = { clock: () => RANGE.toMs };
  const asked = { view: 'stat', measures: ['flows'] };
  const [late] = await framesOf(demo, asked, { asker: 'alert', options });
  expect(late!.fields).toEqual([]);
  const [settled] = await framesOf(demo, { ...asked, settleSec: 60 }, { asker: 'alert', options });
  const settledRange = { fromMs: RANGE.fromMs - 60_000, toMs: RANGE.toMs - 60_000 };
  expect(settled!.fields[0]!.values).toEqual([onceInRange(settledRange).length]);
  const [panel] = await framesOf(demo, asked, { options });
  expect(panel!.fields[0]!.values).toEqual([onceInRange().length]);
});

describe('several queries of one call', () => {
  let demo: DataSource;
  beforeAll(() => (demo = open('demo')));

  test('one that is wrong fails alone, with its status and whose fault it is', async () => {
    const both = open('demo', 'missing');
    const responses = await ask(both, [
      dataQuery('A', { view: 'stat', sources: ['demo'] }),
      dataQuery('B', new TextEncoder().encode('{]')),
      dataQuery('C', { sources: ['s3://elsewhere/'] }),
      dataQuery('D', { sources: ['missing'] }),
      dataQuery('E', { view: 'nonsense' }),
      dataQuery('F', { sources: ['demo'], limits: { maxObjects: 1 } }),
      dataQuery('G', { view: 'stat', sources: ['demo'] }),
    ]);
    expect([...responses].map(([refId, { status, errorSource }]) => [refId, status, errorSource]).sort()).toEqual([
      ['A', 200, undefined],
      ['B', 400, 'downstream'],
      ['C', 400, 'downstream'],
      ['D', 404, 'downstream'],
      ['E', 400, 'downstream'],
      ['F', 413, 'downstream'],
      ['G', 200, undefined],
    ]);
    for (const refId of ['B', 'C', 'D', 'E', 'F']) {
      expect(responses.get(refId)!.error).toMatch(/^cannot /);
      expect(responses.get(refId)).not.toHaveProperty('frames');
    }
    expect(decodeFrame(responses.get('G')!.frames![0]!).refId).toBe('G');
  });

  test('refIds are whatever they are', async () => {
    const refIds = ['__proto__', '', 'constructor', 'ü', 'toString'];
    const responses = await ask(
      demo,
      refIds.map((refId) => dataQuery(refId, { view: 'stat' })),
    );
    expect([...responses.keys()].sort()).toEqual([...refIds].sort());
    for (const [refId, { frames }] of responses) {
      expect(decodeFrame(frames![0]!)).toMatchObject({ refId, rowCount: 1 });
    }
  });

  test('two of one refId are one answer', async () => {
    const responses = await ask(demo, [dataQuery('A', { view: 'stat' }), dataQuery('A', { view: 'table' })]);
    expect([...responses.keys()]).toEqual(['A']);
    expect(responses.get('A')).toMatchObject({ status: 200 });
  });

  test('no query is no answer', async () => {
    expect((await ask(demo, [])).size).toBe(0);
  });

  test.each([
    ['2', 2],
    ['1', 1],
    ['100000', 20],
    ['0', 10],
    ['-3', 10],
    ['many', 10],
    [undefined, 10],
  ])("run at a time as Grafana's setting says: %s", async (setting, expected) => {
    let running = 0;
    let most = 0;
    const counting: DataSource = {
      ...demo,
      scan: async (query, call) => {
        running++;
        most = Math.max(most, running);
        try {
          // So that all that may start have started.
          await new Promise((resolve) => setImmediate(resolve));
          return await demo.scan(query, call);
        } finally {
          running--;
        }
      },
    };
    const asked = { view: 'stat', limits: { maxObjects: 1, onLimit: 'partial' } };
    const queries = Array.from({ length: 20 }, (_, index) => dataQuery(`Q${index}`, asked));
    const grafanaConfig: Record<string, string> = setting === undefined ? {} : { GF_CONCURRENT_QUERY_COUNT: setting };
    const responses = await ask(counting, queries, { grafanaConfig });
    expect(most).toBe(expected);
    expect([...responses.values()].map(({ status }) => status)).toEqual(Array(20).fill(200));
  });
});

describe('what queries come to is counted', () => {
  /** Counts by view and outcome. */
  function createCounts() {
    const counts: Record<string, number> = {};
    const countQuery = (view: string, outcome: string) => {
      counts[`${view} ${outcome}`] = (counts[`${view} ${outcome}`] ?? 0) + 1;
    };
    return { counts, metrics: { countQuery } };
  }

  test('each under its view, also those that failed before they were understood', async () => {
    const { counts, metrics } = createCounts();
    const queries = [
      {},
      { view: 'stat' },
      { view: 'stat', sources: ['no'] },
      { view: 'table', top: 10_001 },
      { view: 'x' },
      [],
    ];
    await ask(
      open('demo'),
      queries.map((json, index) => dataQuery(`Q${index}`, json as Asked)),
      { options: { metrics } },
    );
    expect(counts).toEqual({
      'table ok': 1,
      'stat ok': 1,
      'stat bad-query': 1,
      'table over-limit': 1,
      'unknown bad-query': 1,
      'table bad-query': 1,
    });
  });

  test('also where the data source cannot be opened', async () => {
    const { counts, metrics } = createCounts();
    const refuse = () => Promise.reject(new FlowError('bad-settings', 'cannot open'));
    await ask(refuse, [dataQuery('A', { view: 'graph' }), dataQuery('B', {})], { options: { metrics } });
    expect(counts).toEqual({ 'graph bad-settings': 1, 'table bad-settings': 1 });
  });

  test('as Prometheus reads it', async () => {
    const registry = new Registry();
    createScanMetrics(registry, Date.now).countQuery('stat', 'over-limit');
    expect(await registry.metrics()).toContain('vpcflow_queries_total{view="stat",outcome="over-limit"} 1');
  });
});

test('a scan that takes too long says what helps', async () => {
  write(`slow/${logKey(new Date(RANGE.fromMs).toISOString())}`, logText([recordLine({ start: RANGE.fromMs / 1000 })]));
  const slow = open('slow');
  const limits = { ...slow.boundLimits(undefined), maxSec: 0.001 };
  const query = { ...normaliseScanQuery({ view: 'stat', range: RANGE }, { nowMs: NOW_MS }), limits };
  // The thread is kept busy until the time is over.
  const scan = slow.scan(query, { signal: new AbortController().signal });
  const untilMs = Date.now() + 5;
  while (Date.now() < untilMs);
  await expect(scan).rejects.toMatchObject({
    code: 'over-limit',
    message: 'cannot finish within 0.001 s: narrow the time range or filter, or raise limits.maxSec',
  });
});

test('a data source that cannot be opened is the error of every query', async () => {
  const instances = createInstances<DataSource>({
    create: (input) =>
      createDataSource(input, { version: '1', pool, metrics: createScanMetrics(new Registry(), Date.now) }),
  });
  const input = inputOf({ sources: [{ location: '/etc' }] });
  const responses = await ask(
    async (run) => instances.use(input, run),
    [dataQuery('A', {}), dataQuery('__proto__', {})],
  );
  expect([...responses.keys()]).toEqual(['A', '__proto__']);
  for (const response of responses.values()) {
    expect(response).toMatchObject({ status: 400, errorSource: 'downstream' });
    expect(response.error).toContain('/etc');
  }
  await instances.close();
});

describe('a call that is given up', () => {
  test('before it began reads nothing', async () => {
    const demo = open('demo');
    const responses = await ask(demo, [dataQuery('A', {}), dataQuery('B', { view: 'graph' })], {
      options: { signal: AbortSignal.abort() },
    });
    expect([...responses].map(([refId, { status }]) => [refId, status])).toEqual([
      ['A', 499],
      ['B', 499],
    ]);
    expect(demo.sources[0]!.counts()).toMatchObject({ readRequests: 0 });
  });

  test('amid a scan ends it, and those that wait', async () => {
    const demo = open('demo');
    const controller = new AbortController();
    let begun = 0;
    const waiting: DataSource = {
      ...demo,
      scan: async (query, call) => {
        begun++;
        // Given up when the scan has read its first object.
        return demo.scan(query, { ...call, report: () => controller.abort() });
      },
    };
    const queries = ['A', 'B', 'C'].map((refId) => dataQuery(refId, {}));
    const responses = await ask(waiting, queries, {
      grafanaConfig: { GF_CONCURRENT_QUERY_COUNT: '1' },
      options: { signal: controller.signal },
    });
    expect(begun).toBeGreaterThan(0);
    expect([...responses.values()].map(({ status, errorSource }) => [status, errorSource])).toEqual(
      Array(3).fill([499, 'downstream']),
    );
    expect(demo.sources[0]!.counts().readRequests).toBeLessThan(OBJECT_COUNT * 3);
  });
});

describe('whatever is asked is answered', () => {
  let small: DataSource;
  beforeAll(() => {
    const start = RANGE.fromMs / 1000;
    write(
      `small/${logKey(new Date(RANGE.fromMs).toISOString())}`,
      logText([recordLine({ start }), recordLine({ start: start + 60, action: 'REJECT', dst: '198.51.100.7' })]),
    );
    small = open('small');
  });

  async function assertAnswered(
    json: Uint8Array,
    more: Partial<DataQuery>,
    asker: keyof typeof HEADERS,
  ): Promise<void> {
    const { status, frames, error, errorSource } = (await ask(small, [dataQuery('A', json, more)], { asker })).get(
      'A',
    )!;
    if (status === 200) {
      expect(frames!.map(decodeFrame).length).toBeGreaterThan(0);
      return;
    }
    expect(status).toBeGreaterThanOrEqual(400);
    expect(error).toBeTruthy();
    // Anything else would be a defect of ours.
    expect(errorSource).toBe('downstream');
  }

  const askers = fc.constantFrom<keyof typeof HEADERS>('panel', 'alert', 'expression');
  const fieldNames = fc.constantFrom(
    'srcaddr',
    'dstaddr',
    'port',
    'action',
    'start',
    'interface-id',
    '`new-column`',
    'tcp-flags',
  );
  const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    keys: fc.array(fieldNames, { maxLength: 4 }),
    measures: fc.subarray(['bytes', 'packets', 'flows', 'packets-lost-blackhole'], { minLength: 1 }),
    top: fc.integer({ min: 1, max: 300 }),
    bucketSec: fc.oneof(fc.integer({ min: 1, max: 3600 }), fc.constantFrom('1m', '$__interval')),
    filter: fc.constantFrom('action = REJECT', 'bytes > 5', 'dstaddr in 198.51.100.0/24', '', 'nonsense ('),
    fields: fc.array(fieldNames, { maxLength: 3 }),
    nodes: fc.constantFrom('hosts', 'groups'),
    expand: fc.array(fc.string({ minLength: 1 }), { maxLength: 2 }),
    fill: fc.constantFrom('zero', 'null'),
    unit: fc.constantFrom('total', 'rate'),
    order: fc.constantFrom('newest', 'oldest'),
    portRule: fc.constantFrom('lower', 'as-logged'),
    settleSec: fc.integer({ min: 0, max: 90_000 }),
    widthPx: fc.integer({ min: 200, max: 20_000 }),
    sources: fc.subarray(['small', 'other']),
    limits: fc.record(
      { maxKeys: fc.integer({ min: 1, max: 3 }), onLimit: fc.constantFrom('fail', 'partial') },
      { requiredKeys: [] },
    ),
    view: fc.constantFrom(...VIEWS),
    kind: fc.constantFrom('bursts', 'new'),
    sigmas: fc.double({ min: 0, max: 100, noNaN: true }),
    atLeast: fc.nat(5),
    accounts: fc.subarray(['123456789012', '210987654321']),
  };
  /** Sensible values, with now and then anything in place of one. */
  const likely = fc.record(
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, fc.oneof({ weight: 40, arbitrary: value }, fc.jsonValue())]),
    ),
    { requiredKeys: [] },
  );
  /** Members of other views are refused at once: leave them out, so that what is left is answered. */
  const members: Readonly<Record<string, readonly string[]>> = {
    table: ['keys', 'measures', 'top', 'filter', 'portRule', 'settleSec'],
    series: ['keys', 'measures', 'top', 'bucketSec', 'fill', 'unit', 'filter', 'limits'],
    graph: ['measures', 'top', 'nodes', 'expand', 'widthPx', 'filter'],
    stat: ['measures', 'filter', 'keys', 'sources'],
    digest: ['keys', 'bucketSec', 'measures', 'limits'],
    records: ['fields', 'top', 'order', 'filter'],
    events: ['keys', 'measures', 'kind', 'sigmas', 'atLeast', 'bucketSec', 'top'],
    completeness: ['settleSec', 'sources', 'accounts'],
  };
  const fitting = fc.tuple(fc.constantFrom(...Object.keys(members)), likely).map(([view, query]) => ({
    ...Object.fromEntries(Object.entries(query).filter(([name]) => members[view]!.includes(name))),
    view,
  }));
  const ranges = fc.constantFrom<DataQuery['timeRange']>(
    RANGE,
    RANGE,
    undefined,
    { fromMs: 0, toMs: 1 },
    { fromMs: -5, toMs: 5 },
    { fromMs: 9, toMs: 5 },
  );

  test.each([
    ['queries that fit their view', fitting, 400],
    ['queries with some members', likely, 200],
    ['JSON', fc.jsonValue(), 100],
  ] as const)('%s', async (_, arbitrary, numRuns) => {
    await fc.assert(
      fc.asyncProperty(
        arbitrary as fc.Arbitrary<unknown>,
        ranges,
        askers,
        fc.integer(),
        async (json, timeRange, asker, maxDataPoints) =>
          assertAnswered(new TextEncoder().encode(JSON.stringify(json)), { timeRange, maxDataPoints }, asker),
      ),
      { numRuns },
    );
  });

  test('bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1 }), askers, async (json, asker) => {
        const response = (await ask(small, [dataQuery('A', json)], { asker })).get('A')!;
        expect(response).toMatchObject({ status: 400, errorSource: 'downstream' });
      }),
    );
  });
});

test('nothing of all this was a defect', () => {
  expect(logLines.filter((line) => line.includes('query failed'))).toEqual([]);
});
