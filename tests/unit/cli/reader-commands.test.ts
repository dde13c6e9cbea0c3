import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { EXIT } from '../../../src/cli/cli-context';
import { logBytes, logText, NOW_MS, recordLine } from '../scan/flow-logs';
import { run } from './run-cli';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpcflow-reader-'));
  const start = NOW_MS / 1000 - 1800;
  writeFileSync(
    join(folder, 'a.log.gz'),
    logBytes(
      { start, src: '10.0.0.20', dst: '10.0.0.3', srcport: 0, dstport: 0 },
      { start: start + 1, src: '2001:db8::2', dst: '2001:db8::10', action: 'REJECT' },
      { start: start + 2, src: '10.0.0.3', dst: '9.9.9.9', bytes: 50 },
      { start: start + 60, src: '10.0.0.3', dst: '9.9.9.9', bytes: 60 },
      { start: start - 7200, src: '10.0.0.99' },
    ),
  );
  mkdirSync(join(folder, 'empty'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const column = (output: string, at: number): string[] =>
  output
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ')[at]!);

describe('forms of a command line', () => {
  test.each<[name: string, args: readonly string[]]>([
    ['a command', ['print', 'FOLDER']],
    ['the location first', ['FOLDER', 'print']],
    ['the location alone', ['FOLDER']],
    ['options first', ['-s', '2026-01-15 11:00:00', '-e', '2026-01-15 12:00:00', 'FOLDER', 'print']],
    ['options attached', ['-s2026-01-15 11:00:00', '--end-time=2026-01-15 12:00:00', 'FOLDER']],
    ['options last', ['FOLDER', 'print', '--start-time', 'now-1h', '--quiet']],
    ['options between', ['FOLDER', '-s', 'now-1h', 'print', '-e', 'now']],
    ['an end of options', ['-q', '--', 'FOLDER', 'print']],
    ['times as elsewhere here', ['print', 'FOLDER', '-s', 'now-1h', '-e', '2026-01-15T12:00:00Z']],
    ['all columns given, though a header has them', ['FOLDER', '--fields', '${version} ${srcaddr}']],
  ])('%s', async (_, args) => {
    const { exitCode, stdout } = await run(args.map((arg) => (arg === 'FOLDER' ? folder : arg)));
    expect(exitCode).toBe(EXIT.ok);
    expect(column(stdout, 3)).toEqual(['10.0.0.20', '2001:db8::2', '10.0.0.3', '10.0.0.3']);
  });

  test.each<[name: string, args: readonly string[], why: string]>([
    [
      'a command with a typing error and a location',
      ['tabel', 'FOLDER'],
      "unknown command 'tabel'\n(Did you mean table?)",
    ],
    ['nearly a command, alone', ['tabel'], "unknown command 'tabel'\n(Did you mean table?)"],
    ['an option of another command', ['FOLDER', 'print', '--top', '3'], "unknown option '--top'"],
    ['a limit that it has not', ['FOLDER', 'print', '--max-seconds', '3'], "unknown option '--max-seconds'"],
    ['no location', ['print'], "missing required argument 'location'"],
    ['no address', ['FOLDER', 'findip'], "missing required argument 'address'"],
    ['a count that is none', ['FOLDER', 'print', 'x'], 'A whole number is needed.'],
    ['arguments too many', ['FOLDER', 'ipset', 'x'], 'too many arguments'],
    [
      'another type than the location',
      ['s3://bucket', '--location-type', 'cwl'],
      'it is not of the --location-type cwl',
    ],
    ['a type that there is not', ['FOLDER', '--location-type', 'gcs'], 'Allowed choices are cwl, s3'],
    ['a time of another format', ['FOLDER', '-s', 'now-1h', '--time-format', '%Y'], 'it is not of the format %Y'],
    ['a date of the 30th of February', ['FOLDER', '-s', '2026-02-30 00:00:00'], 'it is not of the format'],
    ['accounts that are none', ['FOLDER', '--include-accounts', '1,2'], 'accounts'],
  ])('%s', async (_, args, why) => {
    const { exitCode, stdout, stderr } = await run(args.map((arg) => (arg === 'FOLDER' ? folder : arg)));
    expect({ exitCode, stdout }).toEqual({ exitCode: EXIT.usage, stdout: '' });
    expect(stderr).toContain(why);
  });

  test('the name of a command is that command, also before the name of an action', async () => {
    const { exitCode, stderr } = await run(['table', 'print']);
    expect(exitCode).toBe(EXIT.failed);
    expect(stderr).toMatch(/^vpcflow: cannot read print: there is no such file or folder/);
  });

  test('what is no command and no folder is a log group, and an error says how it was read', async () => {
    const { exitCode, stderr } = await run(['flowlog_group'], { environment: {} });
    expect(exitCode).toBe(EXIT.usage);
    expect(stderr).toContain('cannot read the log group flowlog_group: its region is not known');
    expect(stderr).toContain('No command was named, so the location was read as flowlogs_reader does');
  });

  test('a folder of a name that may be a log group is told of', async () => {
    const near = relative(process.cwd(), folder);
    expect((await run([near, 'print', '1'])).stderr).toBe('');
    const cwd = process.cwd();
    process.chdir(folder);
    try {
      const { stderr } = await run(['empty']);
      expect(stderr).toContain('note: reading the folder or file empty; with --location-type cwl it is a log group');
    } finally {
      process.chdir(cwd);
    }
  });
});

test('print stops after the count, without a word of what it has not read', async () => {
  const { stdout, stderr, exitCode } = await run([folder, 'print', '2']);
  expect(column(stdout, 3)).toEqual(['10.0.0.20', '2001:db8::2']);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: EXIT.ok });
});

test('print reads standard input and tells what it left out', async () => {
  const input = logText([recordLine({ start: NOW_MS / 1000 - 60 }), recordLine({ start: 1 }), 'x']);
  const { stdout, stderr } = await run(['print', '-'], { input });
  expect(stdout.split('\n')).toHaveLength(2);
  expect(stderr).toMatch(/^1 record from 1 object/);
  expect(stderr).toContain('1 outside the time range; 1 malformed: too few fields');
});

test('findip takes addresses in any spelling, and blocks', async () => {
  const find = async (...addresses: string[]) => column((await run([folder, 'findip', ...addresses])).stdout, 3);
  expect(await find('10.0.0.20')).toEqual(['10.0.0.20']);
  expect(await find('2001:0DB8:0::10', '9.9.9.9')).toEqual(['2001:db8::2', '10.0.0.3', '10.0.0.3']);
  expect(await find('10.0.0.0/28')).toEqual(['10.0.0.20', '10.0.0.3', '10.0.0.3']);
});

test('ipset is in the order of addresses', async () => {
  const { stdout } = await run(['ipset', folder]);
  expect(stdout).toBe('9.9.9.9\n10.0.0.3\n10.0.0.20\n2001:db8::2\n2001:db8::10\n');
});

test('aggregate adds up by flow, and --filter is for it too', async () => {
  const { stdout } = await run(['aggregate', folder, '--filter', 'action = ACCEPT']);
  expect(stdout.split('\n')).toEqual([
    'bytes\tdstaddr\tdstport\tend\tpackets\tprotocol\tsrcaddr\tsrcport\tstart',
    '110\t9.9.9.9\t443\t2026-01-15 11:31:59\t2\t6\t10.0.0.3\t50000\t2026-01-15 11:30:02',
    '100\t10.0.0.3\t0\t2026-01-15 11:30:59\t1\t6\t10.0.0.20\t0\t2026-01-15 11:30:00',
    '',
  ]);
});

test('aggregate tells how many records are of no flow', async () => {
  const input = [
    'srcaddr dstaddr srcport dstport protocol packets bytes start end',
    `10.0.0.1 10.0.0.2 1 2 6 3 40 ${NOW_MS / 1000 - 60} ${NOW_MS / 1000}`,
    `10.0.0.1 10.0.0.2 - - 6 3 40 ${NOW_MS / 1000 - 60} ${NOW_MS / 1000}`,
  ].join('\n');
  const { stdout, stderr } = await run(['aggregate', '-', '-q'], { input });
  expect(stdout.split('\n')).toHaveLength(3);
  expect(stderr).toBe('NOT COUNTED: 1 record without an address, a port or a protocol\n');
});
