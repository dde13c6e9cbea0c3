import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { EXIT } from '../../../src/cli/cli-context';
import { FORMATS } from '../../../src/cli/print-answer';
import { DEFAULT_FORMAT } from '../../../src/flow/fields';
import { type LogObject, writeDemoCorpus } from '../../../tools/demo-corpus';
import { createFileSink } from '../../../tools/write-objects';
import { tellOnce } from '../../helpers/count-once';
import { logBytes, logKey, logText, recordLine } from '../scan/flow-logs';
import { run } from './run-cli';
import { writeParquet } from '../parquet/write-parquet';

let folder: string;
/** Ten minutes of the demo: eight objects of four flow logs. */
let demo: string;
const objects: LogObject[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vpcflow-cli-'));
  demo = join(folder, 'demo');
  const { sink, close } = createFileSink(demo);
  await writeDemoCorpus(async (object) => {
    if (objects.length < 8) {
      objects.push(object);
      await sink(object);
    }
  });
  await close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes files into a folder of their own. */
function makeFolder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync(join(folder, 'f-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

type Cells = Readonly<Record<string, string | undefined>>;

/** The cells of the demo's lines. */
function demoLines(): readonly Cells[] {
  return objects.flatMap(({ text }) => {
    const [header, ...lines] = text.trimEnd().split('\n');
    const names = header!.split(' ');
    return lines.map((line) => Object.fromEntries(line.split(' ').map((cell, i) => [names[i]!, cell])));
  });
}

/** The sums of the demo's records, the plain way. */
function demoTotals(keep: (cells: Cells) => boolean = () => true) {
  const totals = { bytes: 0, packets: 0, flows: 0 };
  for (const cells of demoLines()) {
    if (cells['log-status'] === 'OK' && keep(cells)) {
      totals.bytes += Number(cells['bytes']);
      totals.packets += Number(cells['packets']);
      totals.flows++;
    }
  }
  return totals;
}

/** A CSV text's rows by column name; quoted cells may hold commas, quotes and line ends. */
function parseCsv(text: string): Record<string, string>[] {
  const rows = [...text.matchAll(/(?:"(?:[^"]|"")*"|[^",\n])*(?:,(?:"(?:[^"]|"")*"|[^",\n])*)*\n/g)].map(([row]) =>
    [...row.slice(0, -1).matchAll(/(?:^|,)("(?:[^"]|"")*"|[^",\n]*)/g)].map(([, cell = '']) =>
      cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell,
    ),
  );
  const [names = [], ...data] = rows;
  return data.map((cells) => {
    expect(cells).toHaveLength(names.length);
    return Object.fromEntries(names.map((name, i) => [name, cells[i]!]));
  });
}

function sumOf(rows: readonly Readonly<Record<string, unknown>>[], name: string): number {
  return rows.reduce((sum, row) => sum + Number(row[name]), 0);
}

const README_LINES = [
  '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20641 80 6 20 1000 1418530010 1418530070 ACCEPT OK',
  '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20541 80 6 20 1000 1518530010 1518530070 ACCEPT OK',
  '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20441 80 6 20 1000 1618530010 1618530070 ACCEPT OK',
  '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20341 80 6 20 1000 1718530010 1718530070 REJECT OK',
  '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 20241 80 6 20 1000 1818530010 1818530070 ACCEPT OK',
];

describe("go-vpcflow's README example", () => {
  // The README says 8000 bytes where its own lines, and its test, add up to 4000.
  const digest = [
    '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 0 80 6 80 4000 1418530010 1818530070 ACCEPT OK',
    '2 123456789010 eni-abc123de 172.31.16.139 172.31.16.21 0 80 6 20 1000 1418530010 1818530070 REJECT OK',
    '',
  ].join('\n');

  test.each([
    ['with a header line', logText(README_LINES)],
    ['without one', README_LINES.join('\n')],
    ['gzip', gzipSync(logText(README_LINES))],
  ])('%s, from a file and from standard input', async (_, content) => {
    const file = join(makeFolder({ 'a.log': content }), 'a.log');
    const args = ['digest', '--format', 'reference', '--quiet'];
    expect(await run([...args, file])).toEqual({ exitCode: 0, stdout: digest, stderr: '' });
    expect(await run([...args, '-'], { input: content })).toEqual({ exitCode: 0, stdout: digest, stderr: '' });
    expect(await run(args, { input: content })).toEqual({ exitCode: 0, stdout: digest, stderr: '' });
  });

  test('needs the default keys', async () => {
    for (const args of [
      ['--by', 'srcaddr'],
      ['--bucket', '60s'],
    ]) {
      const { exitCode, stdout, stderr } = await run(['digest', '--format', 'reference', ...args], {
        input: logText(README_LINES),
      });
      expect([exitCode, stdout]).toEqual([EXIT.usage, '']);
      expect(stderr).toBe('vpcflow: cannot print reference lines: they need the default keys and no buckets\n');
    }
  });

  test('without any record prints nothing', async () => {
    expect(await run(['digest', '--format', 'reference', '-q'], { input: logText([]) })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });
});

describe('every command in every format', () => {
  const cases = Object.entries(FORMATS).flatMap(([command, formats]) => formats.map((format) => [command, format]));
  test('are this many', () => {
    expect(cases).toHaveLength(21);
  });

  test.each(cases)('%s --format %s', async (command, format) => {
    const { exitCode, stdout, stderr } = await run([command!, demo, '--format', format!, '--quiet']);
    expect([exitCode, stderr]).toEqual([EXIT.ok, '']);
    expect(stdout.endsWith('\n')).toBe(true);
    // eslint-disable-next-line no-control-regex -- escape sequences are what must not be there
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    switch (format) {
      case 'json':
        expect(() => JSON.parse(stdout) as unknown).not.toThrow();
        break;
      case 'csv':
        expect(parseCsv(stdout).length).toBeGreaterThan(0);
        break;
      case 'svg':
        // Not by `toMatch`, which would print a megabyte.
        expect([stdout.slice(0, 5), stdout.trimEnd().slice(-6)]).toEqual(['<svg ', '</svg>']);
        break;
      case 'dot':
        expect(stdout).toMatch(/^(strict )?digraph [^]*\}\n$/);
        break;
      default:
        expect(stdout.split('\n').length).toBeGreaterThan(2);
    }
  });

  test.each(Object.entries(FORMATS))('%s prints its first format by default', async (command, [first]) => {
    const args = [command, demo, '-q', '--to', '2026-01-15T10:10:00Z'];
    expect(await run(args)).toEqual(await run([...args, '--format', first]));
  });

  test('the text of the same answer is the same with other numbers of workers', async () => {
    for (const command of ['digest', 'records', 'graph']) {
      const [none, ...others] = await Promise.all(
        ['0', '1', '3'].map((workers) => run([command, demo, '-q', '--workers', workers])),
      );
      others.forEach((other) => expect(other).toEqual(none));
    }
  });
});

describe('all views add up to the same', () => {
  interface Totals {
    readonly totals: Record<string, number>;
    readonly tallies: Record<string, number>;
    readonly rows: Record<string, unknown>[];
  }
  const json = async <T = Totals>(...args: string[]): Promise<T> => {
    const { exitCode, stdout } = await run([args[0]!, demo, ...args.slice(1), '--format', 'json', '-q']);
    expect(exitCode).toBe(0);
    return JSON.parse(stdout) as T;
  };

  test.each([[[]], [['--filter', 'action = REJECT']], [['--by', 'action', '--ports', 'as-logged']]])(
    '%j',
    async (more) => {
      const passes = (cells: Cells) => !more.includes('--filter') || cells['action'] === 'REJECT';
      const isOnce = tellOnce(demoLines());
      const logged = demoTotals(passes);
      const expected = demoTotals((cells) => passes(cells) && isOnce(cells));
      expect(expected.flows).toBeGreaterThan(100);

      // The reference digest counts every record, unless it is asked not to.
      expect((await json('digest', ...more)).totals).toEqual(logged);
      const digest = await json('digest', ...more, '--counting', 'once');
      expect(digest.totals).toEqual(expected);
      expect([sumOf(digest.rows, 'bytes'), sumOf(digest.rows, 'flows')]).toEqual([expected.bytes, expected.flows]);

      const table = await json<Totals & { other: Record<string, number> | null; foldedGroups: number }>(
        'table',
        ...more,
        '--top',
        '1',
      );
      expect(table.totals).toEqual(expected);
      expect(sumOf([...table.rows, ...(table.other ? [table.other] : [])], 'bytes')).toBe(expected.bytes);
      expect(table.rows).toHaveLength(1);

      interface Series {
        readonly series: {
          readonly measures: { readonly measure: keyof typeof expected; readonly values: number[] }[];
        }[];
      }
      const series = await json<Series>('series', ...more, '--measure', 'bytes', '--measure', 'flows');
      for (const [index, measure] of (['bytes', 'flows'] as const).entries()) {
        const values = series.series.flatMap(({ measures }) => measures[index]!.values);
        expect(values.reduce((sum, value) => sum + value, 0)).toBe(expected[measure]);
      }

      if (!more.includes('--by')) {
        const graph = await json<Totals & { edges: { sums: Record<string, number> }[] }>(
          'graph',
          ...more,
          '--top',
          '5',
        );
        expect(graph.totals).toMatchObject(expected);
        expect(
          sumOf(
            graph.edges.map(({ sums }) => sums),
            'bytes',
          ),
        ).toBe(expected.bytes);
        const records = await json('records', ...more, '--top', '100000');
        expect(records.rows).toHaveLength(logged.flows);
        expect(sumOf(records.rows, 'bytes')).toBe(logged.bytes);
      }
      const csv = parseCsv((await run(['digest', demo, ...more, '--counting', 'once', '--format', 'csv'])).stdout);
      expect(sumOf(csv, 'packets')).toBe(expected.packets);
      expect(csv).toHaveLength(digest.rows.length);
    },
  );

  test('a rate is the total by the seconds of a bucket', async () => {
    interface Series {
      readonly series: { readonly measures: { readonly values: number[] }[] }[];
      readonly unit: string;
    }
    const args = ['series', '--by', 'action', '--bucket', '5m', '--measure', 'flows'];
    const [total, rate] = [await json<Series>(...args), await json<Series>(...args, '--rate')];
    expect([total.unit, rate.unit]).toEqual(['total', 'rate']);
    const values = ({ series }: Series) => series.map(({ measures }) => measures[0]!.values);
    expect(values(rate)).toEqual(values(total).map((numbers) => numbers.map((value) => value / 300)));
  });
});

describe('text output', () => {
  const log = logText([
    recordLine({ src: '10.0.0.1', bytes: 5000 }),
    recordLine({ src: '10.0.0.2', bytes: 300, action: 'REJECT' }),
    recordLine({ src: '10.0.0.3', bytes: 20, packets: 7 }),
  ]);

  test('table: the largest groups, and Other with what it stands for', async () => {
    const { stdout } = await run(['table', '-', '--by', 'srcaddr,action', '--top', '1', '-q'], { input: log });
    expect(stdout).toBe(
      [
        'srcaddr    action  bytes  packets  flows  start                 end',
        '10.0.0.1   ACCEPT   5 kB        1      1  2026-01-15T10:00:00Z  2026-01-15T10:00:59Z',
        'Other (2)          320 B        8      2  2026-01-15T10:00:00Z  2026-01-15T10:00:59Z',
        '',
      ].join('\n'),
    );
  });

  test('table --measure ranks', async () => {
    const { stdout } = await run(['table', '--by', 'srcaddr', '--top', '1', '--measure', 'packets', '-q'], {
      input: log,
    });
    expect(stdout.split('\n')[0]).toMatch(/^srcaddr +packets +bytes +flows +start +end$/);
    expect(stdout).toMatch(/^10\.0\.0\.3 +7 /m);
  });

  test('table --format csv: the row Other is told apart, and its keys are empty', async () => {
    const { stdout } = await run(['table', '--by', 'srcaddr', '--top', '1', '--format', 'csv', '-q'], { input: log });
    expect(stdout).toBe(
      [
        'row,srcaddr,bytes,packets,flows,start,end',
        'group,10.0.0.1,5000,1,1,1768471200,1768471259',
        'other,,320,8,2,1768471200,1768471259',
        '',
      ].join('\n'),
    );
  });

  test('digest', async () => {
    const { stdout } = await run(['digest', '--by', 'srcaddr,port,vpc-id', '-q'], { input: log });
    expect(stdout).toBe(
      [
        'srcaddr port vpc-id packets bytes flows start end',
        '10.0.0.1 443 - 1 5000 1 1768471200 1768471259',
        '10.0.0.2 443 - 1 300 1 1768471200 1768471259',
        '10.0.0.3 443 - 7 20 1 1768471200 1768471259',
        '',
      ].join('\n'),
    );
  });

  test('series', async () => {
    const args = ['series', '--by', 'action', '--bucket', '1m', '--measure', 'flows', '-q'];
    expect((await run(args, { input: log })).stdout).toBe(
      'time                  ACCEPT  REJECT\n2026-01-15T10:00:00Z       2       1\n',
    );
    const range = ['--from', '2026-01-15T09:59:00Z', '--to', '2026-01-15T10:01:00Z', '--fill', 'null'];
    expect((await run([...args, ...range, '--format', 'csv'], { input: log })).stdout).toBe(
      'time,ACCEPT,REJECT\n2026-01-15T09:59:00Z,,\n2026-01-15T10:00:00Z,2,1\n',
    );
  });

  test('records: as they were logged, with a header line wherever the format changes', async () => {
    const records = makeFolder({
      '1.log': log,
      '2.log': `srcaddr bytes start\n10.0.0.9 4 ${Date.parse('2026-01-15T10:30:00Z') / 1000}\n`,
    });
    const { stdout } = await run(['records', records, '--top', '2', '-q']);
    expect(stdout).toBe(
      `srcaddr bytes start\n10.0.0.9 4 1768473000\n${DEFAULT_FORMAT.join(' ')}\n${recordLine({ bytes: 5000 })}\n`,
    );
    // It can be read again.
    const again = await run(['digest', '--by', 'srcaddr', '-q'], { input: stdout });
    expect(again.stdout).toMatch(/10\.0\.0\.9 .*\n$/);
    const oldest = await run([
      'records',
      records,
      '--top',
      '1',
      '--order',
      'oldest',
      '--fields',
      'srcaddr,vpc-id',
      '-q',
    ]);
    expect(oldest.stdout).toBe('srcaddr vpc-id\n10.0.0.1 -\n');
  });

  test('records --fields in json and csv', async () => {
    const args = ['records', '--fields', 'bytes,pkt-srcaddr,srcaddr', '--top', '1', '-q'];
    const json = await run([...args, '--format', 'json'], { input: log });
    expect(JSON.parse(json.stdout)).toMatchObject({
      rows: [{ bytes: '5000', 'pkt-srcaddr': null, srcaddr: '10.0.0.1' }],
    });
    expect((await run([...args, '--format', 'csv'], { input: log })).stdout).toBe(
      'bytes,pkt-srcaddr,srcaddr\n5000,,10.0.0.1\n',
    );
  });

  test('texts from a log are quoted in CSV and harmless in a table', async () => {
    const nasty = 'srcaddr bytes interface-id instance-id\n10.0.0.1 5 a"b,c x\u007fy\u009b31mred\n';
    const csv = await run(['digest', '--by', 'interface-id', '--format', 'csv', '-q'], { input: nasty });
    expect(parseCsv(csv.stdout)).toMatchObject([{ 'interface-id': 'a"b,c', bytes: '5' }]);
    expect(csv.stdout).toContain('"a""b,c"');
    const table = await run(['table', '--by', 'instance-id', '-q'], { input: nasty });
    expect(table.stdout).toContain('\nx\ufffdy\ufffd31mred ');
  });

  test('a large digest is printed whole', async () => {
    const lines = Array.from({ length: 3500 }, (_, i) => recordLine({ src: `10.1.${i >> 8}.${i & 255}`, bytes: 1 }));
    const args = ['digest', '--by', 'srcaddr', '-q', '--format'];
    const input = logText(lines);
    expect((await run([...args, 'text'], { input })).stdout.split('\n')).toHaveLength(3502);
    expect(parseCsv((await run([...args, 'csv'], { input })).stdout)).toHaveLength(3500);
    expect((JSON.parse((await run([...args, 'json'], { input })).stdout) as { rows: unknown[] }).rows).toHaveLength(
      3500,
    );
  });
});

describe('what is read', () => {
  const one = (bytes: number) => logBytes({ bytes });
  const bytesOf = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await run(['digest', ...args, '--by', 'action', '--format', 'json']);
    expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
    return (JSON.parse(stdout) as { totals: { bytes: number } }).totals.bytes;
  };

  test('several folders and files are one answer', async () => {
    const [a, b] = [makeFolder({ 'x.log': one(1) }), makeFolder({ 'y.log': one(10), 'z/z.log': one(100) })];
    expect(await bytesOf(a, b)).toBe(111);
    expect(await bytesOf(a, join(b, 'y.log'))).toBe(11);
    expect(await bytesOf(join(b, 'y.log'), join(a, 'x.log'), join(b, 'z/z.log'))).toBe(111);
  });

  test('what is named twice counts once', async () => {
    const root = makeFolder({ 'x.log': one(1) });
    const file = join(root, 'x.log');
    expect(await bytesOf(file, file)).toBe(1);
    expect(await bytesOf(root, root)).toBe(1);
    const { stdout } = await run(['digest', '-', '-', '--by', 'action', '-q'], { input: logText([recordLine()]) });
    expect(stdout).toContain('ACCEPT 1 100 1 ');
  });

  test('a location inside another is refused: its records would count twice', async () => {
    const root = makeFolder({ 'a/x.log': one(1), 'b/y.log': one(2), 'ab/z.log': one(4) });
    for (const inner of [join(root, 'a'), join(root, 'a', 'x.log'), `${root}/b/../b`]) {
      const { exitCode, stdout, stderr } = await run(['digest', inner, root]);
      expect([exitCode, stdout]).toEqual([EXIT.usage, '']);
      expect(stderr).toBe(`vpcflow: cannot read ${inner}: it lies inside ${root} and would count twice\n`);
    }
    expect(await bytesOf(join(root, 'a'), join(root, 'ab'))).toBe(5);
  });

  test('a folder inside the layout is read as the layout', async () => {
    const root = makeFolder({
      [logKey('2026-01-15T10:00:00Z')]: one(1),
      [logKey('2026-01-15T10:00:00Z', { accountId: '222222222222' })]: one(10),
    });
    expect(await bytesOf(join(root, 'AWSLogs'), '--account', '222222222222')).toBe(10);
    expect(await bytesOf(join(root, 'AWSLogs', '222222222222'))).toBe(10);
  });

  test('--from and --to, --account and --region narrow it down', async () => {
    const at = (time: string, bytes: number, parts = {}) => ({
      [logKey(time, parts)]: logBytes({ start: Date.parse(time) / 1000, bytes }),
    });
    const root = makeFolder({
      ...at('2026-01-15T09:00:00Z', 1),
      ...at('2026-01-15T10:00:00Z', 10),
      ...at('2026-01-15T11:30:00Z', 100),
      ...at('2026-01-15T11:30:00Z', 1000, { accountId: '222222222222' }),
      ...at('2026-01-15T11:30:00Z', 10_000, { region: 'us-gov-west-1' }),
    });
    expect(await bytesOf(root)).toBe(11_111);
    expect(await bytesOf(root, '--from', 'now-1h')).toBe(11_100);
    expect(await bytesOf(root, '--from', '2026-01-01', '--to', '2026-01-15T10:00:00Z')).toBe(1);
    expect(await bytesOf(root, '--from', '2026-01-15T10:00:00Z', '--to', '2026-01-15T11:00:00Z')).toBe(10);
    expect(await bytesOf(root, '--account', '222222222222')).toBe(1000);
    expect(await bytesOf(root, '--account', '222222222222', '--account', '123456789012')).toBe(11_111);
    expect(await bytesOf(root, '--region', 'us-gov-west-1')).toBe(10_000);
  });

  test('--any-key takes what stands beside the layout', async () => {
    const root = makeFolder({ [logKey('2026-01-15T10:00:00Z')]: one(1), 'other.log': one(10) });
    expect(await bytesOf(root)).toBe(1);
    expect(await bytesOf(root, '--any-key')).toBe(11);
  });

  test('--header names the columns of logs without', async () => {
    const root = makeFolder({ 'a.log': '10.0.0.1 17\n10.0.0.1 3\n' });
    expect(await bytesOf(root, '--header', 'srcaddr bytes')).toBe(20);
  });

  test('--ports as-logged keeps both ports', async () => {
    const input = logText([recordLine({ srcport: 50_001 }), recordLine({ srcport: 50_002 })]);
    const rows = async (rule: string) =>
      (await run(['digest', '--by', 'srcport,dstport', '--ports', rule, '-q'], { input })).stdout
        .split('\n')
        .slice(1, -1);
    expect((await rows('lower')).map((row) => row.split(' ').slice(0, 2))).toEqual([['0', '443']]);
    expect((await rows('as-logged')).map((row) => row.split(' ').slice(0, 2))).toEqual([
      ['50001', '443'],
      ['50002', '443'],
    ]);
  });
});

describe('plan', () => {
  test('says what would be listed and read, and reads nothing', async () => {
    const root = makeFolder({
      [logKey('2026-01-15T10:00:00Z')]: 'not read, so nobody sees that it is no log',
      [logKey('2026-01-15T01:00:00Z')]: 'x',
      [logKey('2026-01-15T10:05:00Z')]: '',
      [logKey('2026-01-15T10:00:00Z').replace(/[^/]+$/, 'notes.txt')]: 'x',
    });
    const range = ['--from', '2026-01-15T10:00:00Z', '--to', '2026-01-15T11:00:00Z'];
    const text = await run(['plan', root, ...range]);
    expect(text).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: [
        `${root}/AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/01/15/  1 object  42 B`,
        // In a folder, what lies outside the range by its name is not even looked at.
        'to read: 1 object, 42 B (listed 3 in 5 pages)',
        'not read: 1 object no flow logs by their keys',
        'not read: 1 object empty',
        'stamps: 2026-01-15T10:00Z to 2026-01-15T10:00Z; accounts: 123456789012; regions: eu-west-1',
        '',
      ].join('\n'),
    });
    const json = await run(['plan', root, ...range, '--format', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      listedObjects: 3,
      selectedObjects: 1,
      emptyObjects: 1,
      foreignObjects: 1,
      outsideTimeObjects: 0,
      problems: { count: 0, first: [] },
    });
  });

  test('counts Parquet among what would be read', async () => {
    const key = logKey('2026-01-15T10:00:00Z', { format: 'parquet', extension: '.log.parquet' });
    const { exitCode, stdout } = await run(['plan', makeFolder({ [key]: 'PAR1' })]);
    expect(exitCode).toBe(EXIT.ok);
    expect(stdout).toContain('to read: 1 object, 4 B');
  });
});

describe('completeness', () => {
  const root = () =>
    makeFolder(
      Object.fromEntries(
        ['11:30', '11:35', '11:45'].map((time) => [logKey(`2026-01-15T${time}:00Z`), 'nobody sees that it is no log']),
      ),
    );
  const range = ['--from', '2026-01-15T11:30:00Z', '--to', '2026-01-15T12:00:00Z'];

  test('says what is there and what is missing, for people and for programs', async () => {
    const folder = root();
    const asked = ['--account', '123456789012', '--account', '999999999999'];
    const csv = await run(['completeness', folder, ...range, ...asked, '--format', 'csv']);
    expect([csv.exitCode, csv.stderr]).toEqual([EXIT.ok, '']);
    expect(parseCsv(csv.stdout)).toMatchObject([
      {
        account: '123456789012',
        region: 'eu-west-1',
        'flow-log': 'fl-0123456789abcdef0',
        objects: '3',
        oldest: '2026-01-15T11:30Z',
        newest: '2026-01-15T11:45Z',
        age: '900',
        'longest-gap': '600',
        step: '300',
        'missing-bins': '1',
      },
      { account: '999999999999', region: '', objects: '0', newest: '', age: '1800', 'missing-bins': '3' },
    ]);
    const text = await run(['completeness', folder, ...range]);
    expect(text.stdout.split('\n')[1]).toMatch(
      /^123456789012 +eu-west-1 +fl-0123456789abcdef0 +3 +87 B .* 15m .* 10m +5m +1$/,
    );
    const json = await run(['completeness', folder, ...range, '--format', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      rows: [{ objects: 3, missingBins: 1 }],
      listedObjects: 3,
      leftOutObjects: 0,
      problems: { count: 0 },
    });
  });

  test('is about the last day, and takes no filter', async () => {
    const { stdout } = await run(['completeness', root(), '--format', 'json']);
    const { range: used } = JSON.parse(stdout) as { range: { fromMs: number; toMs: number } };
    expect(used.toMs - used.fromMs).toBe(86_400_000);
    const { exitCode, stderr } = await run(['completeness', root(), '--filter', 'port = 22']);
    expect([exitCode, stderr]).toEqual([EXIT.usage, 'vpcflow: cannot use --filter: completeness reads no records\n']);
  });
});

describe('standard error', () => {
  test('tells what was read and left out; --quiet nothing', async () => {
    const { stderr } = await run(['table', demo]);
    const { flows } = demoTotals(tellOnce(demoLines()));
    const copies = (demoTotals().flows - flows).toLocaleString('en-US');
    expect(stderr).toMatch(
      new RegExp(
        `^${flows.toLocaleString('en-US')} records from 8 objects \\(\\d+ kB, 2 accounts, 2 regions\\) in \\d\\.\\d\\d s\\nlines left out: \\d+ NODATA; ${copies} copies: another record of the flow counts`,
      ),
    );
    expect((await run(['table', demo, '--quiet'])).stderr).toBe('');
    expect((await run(['table', demo, '-q'], { isTTY: true })).stderr).toBe('');
  });

  test('shows progress on a terminal only', async () => {
    const terminal = await run(['table', demo], { isTTY: true });
    expect(terminal.stderr).toContain('\u001b[');
    const pipe = await run(['table', demo]);
    expect(pipe.stderr).not.toContain('\u001b');
    expect(pipe.stdout).toBe(terminal.stdout);
  });

  test('names the field that is asked for and missing, not those of the defaults', async () => {
    const input = logText([recordLine()]);
    const note = 'note: the format of 1 object has no vpc-id; it counts as missing (-) there\n';
    expect((await run(['table', '--by', 'vpc-id'], { input })).stderr).toContain(note);
    expect((await run(['table', '--filter', 'vpc-id = vpc-1'], { input })).stderr).toContain(note);
    expect((await run(['graph'], { input })).stderr).not.toContain('note:');
  });

  test('explains an answer without any object', async () => {
    const note = async (...args: string[]) => (await run(['table', ...args])).stderr;
    expect(await note(makeFolder({}))).toContain('note: no flow-log object was found; nothing is listed there');
    const root = makeFolder({ [logKey('2026-01-15T10:00:00Z')]: 'x' });
    expect(await note(root, '--from', '2026-01-15T11:00:00Z')).toContain(
      'note: no flow-log object was found; of 1 listed object 1 lie outside the time range',
    );
  });
});

describe('exit codes', () => {
  test('3: something could not be read; the rest is answered', async () => {
    const root = makeFolder({
      'good.log': logBytes({ bytes: 5 }),
      'bad.gz': gzipSync('x').subarray(0, 12),
      'c.txt': 'no',
    });
    const { exitCode, stdout, stderr } = await run(['digest', root, '--by', 'action']);
    expect(exitCode).toBe(EXIT.incomplete);
    expect(stdout).toContain('ACCEPT 1 5 1 ');
    expect(stderr).toMatch(/^NOT READ: bad\.gz: cannot inflate the object: /m);
    expect(stderr).toMatch(/^NOT READ: c\.txt: not a flow log: /m);
    const quiet = await run(['digest', root, '--by', 'action', '-q']);
    expect([quiet.exitCode, quiet.stdout]).toEqual([EXIT.incomplete, stdout]);
  });

  test('3: a Parquet file that is cut short', async () => {
    const key = logKey('2026-01-15T10:00:00Z', { format: 'parquet', extension: '.parquet' });
    const { exitCode, stderr } = await run(['table', makeFolder({ [key]: 'PAR1' })]);
    expect(exitCode).toBe(EXIT.incomplete);
    expect(stderr).toContain(`NOT READ: ${key}: cannot read the Parquet file: it does not end as a Parquet file does`);
  });

  test('Parquet and text are one answer, and records are lines in the order of their columns', async () => {
    const columns = 'action bytes srcaddr start log-status';
    const parquet = writeParquet(columns.split(' '), ['REJECT 7 10.0.0.9 1768471200 OK'.split(' ')]);
    const root = makeFolder({ 'a.log': logBytes({ bytes: 5 }), 'b.log.parquet': parquet });
    expect((await run(['digest', root, '--by', 'action'])).stdout).toMatch(/ACCEPT 1 5 1 [^]*REJECT 0 7 1 /);
    const { stdout } = await run(['records', root, '--filter', 'action = REJECT', '--format', 'json']);
    expect(stdout).toContain('"REJECT"');
    expect(stdout).toContain('"10.0.0.9"');
  });

  test('1, or with --partial 3: a limit', async () => {
    const root = makeFolder(
      Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`${i}.log`, logBytes({ src: `10.0.0.${i}` })])),
    );
    for (const limit of [
      ['--max-objects', '3'],
      ['--max-bytes', '300'],
    ]) {
      const args = ['digest', root, '--by', 'action', '--format', 'json', ...limit];
      const failed = await run(args);
      expect([failed.exitCode, failed.stdout]).toEqual([EXIT.failed, '']);
      expect(failed.stderr).toMatch(/^vpcflow: cannot read more than \d+ \w+: narrow .*\nUse --partial for an answer/);
      const partial = await run([...args, '--partial']);
      expect(partial.exitCode).toBe(EXIT.incomplete);
      expect(partial.stderr).toMatch(
        /^PARTIAL: cannot read more than .*; the answer covers only what was read until then$/m,
      );
      expect((JSON.parse(partial.stdout) as { totals: { flows: number } }).totals.flows).toBeGreaterThan(0);
    }
    const keys = await run(['graph', root, '--max-keys', '4', '-q']);
    expect(keys.exitCode).toBe(EXIT.failed);
    expect(keys.stderr).toContain('cannot digest: more than 4 distinct keys');
  });

  test('0: more groups than memory may hold, which are printed as if it held them', async () => {
    const root = makeFolder(
      Object.fromEntries(
        Array.from({ length: 50 }, (_, i) => [`${i}.log`, logBytes({ src: `10.0.0.${i}` }, { src: `2001:db8::${i}` })]),
      ),
    );
    const times = ['--start-time', '2026-01-15 09:00:00', '--end-time', '2026-01-15 12:00:00'];
    const commands = [
      ...['text', 'json', 'csv'].map((format) => ['digest', root, '--by', 'srcaddr', '--format', format]),
      ['digest', root, '--format', 'reference'],
      ['table', root, '--by', 'srcaddr', '--top', '3', '--format', 'csv'],
      ['aggregate', root, ...times],
      ['ipset', root, ...times],
    ];
    for (const command of commands) {
      const all = await run(command);
      const few = await run([...command, '--max-keys', '7']);
      expect([few.exitCode, few.stdout]).toEqual([EXIT.ok, all.stdout]);
      expect(few.stdout).not.toBe('');
    }
    const { stderr } = await run(['digest', root, '--by', 'srcaddr', '--max-keys', '7']);
    expect(stderr).toContain(
      'note: 100 groups by way of a temporary file: they do not fit into memory (limits.maxKeys: 7)',
    );
  });

  test.each([
    [
      'a location that is not there',
      ['table', '/no/such/folder'],
      1,
      /^vpcflow: cannot read \/no\/such\/folder: there is no such file or folder \(buckets are s3:\/\/bucket\/prefix\)\n$/,
    ],
    [
      'a scheme that is not known',
      ['table', 'gs://x'],
      2,
      /^vpcflow: cannot read the location "gs:\/\/x": gs:\/\/ is not supported; write s3:\/\//,
    ],
    [
      'a bad filter',
      ['table', '--filter', 'action = = REJECT'],
      2,
      /^vpcflow: cannot read filter at column 10: expected .* found "="\n$/,
    ],
    ['a bad time', ['table', '--from', 'yesterday'], 2, /^vpcflow: cannot .*yesterday/],
    ['an end without a start', ['table', '--to', 'now'], 2, /^vpcflow: cannot use --to without --from\n$/],
    [
      'an empty range',
      ['table', '--from', 'now', '--to', 'now-1h'],
      2,
      /^vpcflow: cannot read query: its range begins at .*, not before its end/,
    ],
    [
      'an unknown field',
      ['table', '--by', 'srcadr'],
      2,
      /^vpcflow: cannot read query: keys\.0 must be a documented field.*srcaddr/,
    ],
    ['an unknown measure', ['table', '--measure', 'byte'], 2, /^vpcflow: cannot read query: .*bytes/],
    ['a bad account', ['table', '--account', '12'], 2, /^vpcflow: cannot read query: accounts/],
    ['a bad bucket', ['series', '--bucket', 'often'], 2, /^vpcflow: cannot .*often/],
    ['no column', ['table', '--header', ' '], 2, /^vpcflow: cannot use the header: .* names no documented field\n$/],
    [
      'a certificate file that is not there',
      ['table', 's3://bucket', '--ca-bundle', '/no/ca.pem'],
      2,
      /^vpcflow: cannot use --ca-bundle: .*ca\.pem/,
    ],
    [
      'a file that is no certificate',
      ['table', 's3://bucket', '--ca-bundle', __filename],
      2,
      /^vpcflow: cannot use --ca-bundle: .* is not a certificate in PEM form\n$/,
    ],
    [
      'a bad endpoint',
      ['table', 's3://bucket', '--endpoint-url', 'here'],
      2,
      /^vpcflow: cannot use the S3 settings: endpoint: /,
    ],
    [
      'a bad role',
      ['table', 's3://bucket', '--role-arn', 'admin'],
      2,
      /^vpcflow: cannot use the S3 settings: assumeRoleArn: /,
    ],
  ] as const)('%s', async (_, args, code, message) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  test.each([
    ['an unknown command', ['frobnicate', 's3://bucket'], /unknown command 'frobnicate'/],
    ['an unknown option', ['table', '--frob'], /unknown option '--frob'/],
    ['an unknown format', ['table', '--format', 'xml'], /Allowed choices are text, json, csv/],
    ['no number', ['table', '--top', 'ten'], /A whole number is needed/],
    ['zero', ['table', '--top', '0'], /at least 1/],
    ['a missing value', ['table', '--from'], /argument missing/],
  ])('2: %s', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect([exitCode, stdout]).toEqual([EXIT.usage, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('(add --help for what is possible)');
  });

  test('2: nothing to read, and a person at the keyboard', async () => {
    const stdin = Object.assign(Readable.from([]), { isTTY: true });
    const { exitCode, stderr } = await run(['table'], { stdin });
    expect(exitCode).toBe(EXIT.usage);
    expect(stderr).toBe(
      'vpcflow: cannot tell what to read: name s3://bucket/prefix, logs://region/log-group, a folder or files, or pipe logs in\n',
    );
  });

  test('130: interrupted, with nothing printed', async () => {
    const aborting = new AbortController();
    // Standard input that stays open: half a log, and then nothing.
    const stdin = new Readable({ read: () => undefined });
    stdin.push(logText([recordLine()]));
    const running = run(['digest', '-'], { stdin, signal: aborting.signal });
    await new Promise(setImmediate);
    aborting.abort();
    expect(await running).toEqual({ exitCode: EXIT.interrupted, stdout: '', stderr: '' });
    const before = await run(['table', demo], { signal: AbortSignal.abort() });
    expect(before).toEqual({ exitCode: EXIT.interrupted, stdout: '', stderr: '' });
  });

  test('1: a worker that cannot start', async () => {
    const { exitCode, stdout, stderr } = await run(['digest', '-'], {
      input: logText([recordLine()]),
      createWorker: () => {
        throw new Error('no such file');
      },
    });
    expect([exitCode, stdout, stderr]).toEqual([EXIT.failed, '', 'vpcflow: no such file\n']);
  });
});

describe('help', () => {
  test.each(Object.keys(FORMATS))('of %s', async (command) => {
    const { exitCode, stdout, stderr } = await run([command, '--help']);
    expect([exitCode, stderr]).toEqual([EXIT.ok, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: vpcflow ${command} \\[options\\] \\[location\\.\\.\\.\\]\\n`));
    for (const option of [
      '--from',
      '--to',
      '--filter',
      '--role-arn',
      '--workers',
      '--partial',
      '--quiet',
      '--format',
    ]) {
      expect(stdout).toContain(option);
    }
    expect(stdout).toMatch(new RegExp(`\\nExample:\\n  vpcflow ${command} `));
  });

  test('of the program: commands, filters, times and exit codes', async () => {
    const { exitCode, stdout } = await run(['--help']);
    expect(exitCode).toBe(EXIT.ok);
    for (const command of Object.keys(FORMATS)) {
      expect(stdout).toContain(`\n  ${command} [options] [location...]`);
    }
    for (const code of Object.values(EXIT)) {
      expect(stdout).toMatch(new RegExp(`Exit codes:.*\\b${code} `));
    }
  });

  test('the examples that it gives are valid', async () => {
    const { stdout } = await run(['--help']);
    const filters = /Filters:\n((?: {2}.*\n)+)/.exec(stdout)![1]!.trimEnd().split('\n');
    expect(filters).toHaveLength(3);
    for (const line of filters) {
      const filter = line.trim().replace(/ {4,}.*$/, '');
      expect(await run(['table', '-', '-q', '--filter', filter], { input: logText([]) })).toMatchObject({
        exitCode: 0,
      });
    }
    for (const from of /relative \((.*)\)/.exec(stdout)![1]!.split(', ')) {
      expect(await run(['table', '-', '-q', '--from', from], { input: logText([]) })).toMatchObject({ exitCode: 0 });
    }
  });

  test('without a command', async () => {
    const { exitCode, stdout, stderr } = await run([]);
    expect([exitCode, stdout]).toEqual([EXIT.usage, '']);
    expect(stderr).toContain('Usage: vpcflow');
  });

  test('--version', async () => {
    expect(await run(['--version'])).toEqual({ exitCode: 0, stdout: '9.8.7\n', stderr: '' });
  });
});
