import { type Answer, compareAnswers, keyFromCells, selectTop } from '../../../bench/answer';
import type { Corpus } from '../../../bench/contestant';
import { measureCommand } from '../../../bench/measure';
import { referenceOfTexts } from '../../../bench/reference-digest';
import { type Series, formatGoals, formatTimes, medianOf } from '../../../bench/report';

const HEADER =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n';
const ENI = '2 123456789012 eni-0123456789abcdef0';

const digest = (...texts: string[]) => referenceOfTexts(texts, (text) => text);

describe('the reference digest', () => {
  test('adds up what differs only in the higher port', () => {
    expect(
      digest(
        `${HEADER}${ENI} 10.0.0.1 10.0.0.2 20641 80 6 20 1000 1418530010 1418530070 ACCEPT OK\n`,
        `${HEADER}${ENI} 10.0.0.1 10.0.0.2 20541 80 6 21 1001 1518530010 1518530070 ACCEPT OK\n` +
          `${ENI} 10.0.0.2 10.0.0.1 80 20541 6 2 300 1518530010 1518530070 ACCEPT OK\n` +
          `${ENI} 10.0.0.1 10.0.0.2 20541 80 6 1 40 1518530010 1518530070 REJECT OK`,
      ),
    ).toEqual({
      groups: 3,
      flows: 4,
      bytes: 2341,
      packets: 44,
      top: [
        { key: `${ENI} 10.0.0.1 10.0.0.2 0 80 6 ACCEPT OK`, bytes: 2001, packets: 41 },
        { key: `${ENI} 10.0.0.2 10.0.0.1 80 0 6 ACCEPT OK`, bytes: 300, packets: 2 },
        { key: `${ENI} 10.0.0.1 10.0.0.2 0 80 6 REJECT OK`, bytes: 40, packets: 1 },
      ],
    });
  });

  test('drops the source of two equal ports', () => {
    const { top } = digest(`${ENI} 10.0.0.1 10.0.0.2 123 123 17 1 76 1418530010 1418530070 ACCEPT OK\n`);
    expect(top.map(({ key }) => key)).toEqual([`${ENI} 10.0.0.1 10.0.0.2 0 123 17 ACCEPT OK`]);
  });

  test.each([`${ENI} - - - - - - - 1418530010 1418530070 - NODATA\n`, `${ENI} 10.0.0.1\n`])('refuses %j', (text) => {
    expect(() => digest(text)).toThrow(/cannot digest a line/);
  });
});

describe('comparing answers', () => {
  const rows = Array.from({ length: 30 }, (_, rank) => ({ key: `k${rank}`, bytes: 1000 - rank, packets: rank + 1 }));
  const expected: Answer = { groups: 30, flows: 99, bytes: 5000, packets: 700, top: selectTop(rows) };

  test('the same in another order is the same', () => {
    expect(expected.top).toHaveLength(20);
    expect(compareAnswers(expected, { ...expected, top: [...expected.top].reverse() })).toEqual([]);
  });

  test.each([
    ['groups', { groups: 29 }, ['groups: expected 30, got 29']],
    ['flows', { flows: 100 }, ['flows: expected 99, got 100']],
    ['bytes', { bytes: 4999 }, ['bytes: expected 5000, got 4999']],
    ['packets', { packets: 0 }, ['packets: expected 700, got 0']],
    ['a short list', { top: expected.top.slice(0, 19) }, ['top: expected 20 rows, got 19']],
    [
      'a row',
      { top: expected.top.map((row, rank) => (rank === 4 ? { ...row, packets: 6 } : row)) },
      ['top 5: expected k4: 996 bytes, 5 packets, got k4: 996 bytes, 6 packets'],
    ],
    [
      'a key',
      { top: expected.top.map((row, rank) => (rank === 0 ? { ...row, key: 'x' } : row)) },
      ['top 1: expected k0: 1000 bytes, 1 packets, got x: 1000 bytes, 1 packets'],
    ],
  ])('another number of %s is named', (_, change, differences) => {
    expect(compareAnswers(expected, { ...expected, ...change })).toEqual(differences);
  });

  test('a key is the cells in the order of the reference', () => {
    const cells = {
      bytes: 5,
      action: 'ACCEPT',
      'log-status': 'OK',
      protocol: 6,
      srcport: 0,
      dstport: 443,
      srcaddr: '10.0.0.1',
      dstaddr: '10.0.0.2',
      'interface-id': 'eni-1',
      'account-id': '000000000001',
      version: 2,
    };
    expect(keyFromCells(cells)).toBe('2 000000000001 eni-1 10.0.0.1 10.0.0.2 0 443 6 ACCEPT OK');
  });
});

describe('the report', () => {
  const corpus: Corpus = { folder: '', files: [], records: 1000, textBytes: 2e6, storedBytes: 1 };
  const seriesOf = (name: string, threads: number, walls: readonly number[], more: Partial<Corpus> = {}): Series => ({
    name,
    threads,
    corpus: { ...corpus, ...more },
    runs: walls.map((wallSec) => ({ wallSec, cpuSec: wallSec / 2, peakBytes: wallSec * 1e8, stdout: '' })),
  });

  test.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
  ])('the median of %j is %d', (values, median) => {
    expect(medianOf(values)).toBe(median);
  });

  test('a line of the table', () => {
    const gzip = seriesOf('gzip -dc', 1, [1]);
    const lines = formatTimes([gzip, seriesOf('vpcflow', 2, [0.5, 2.5, 0.4])], gzip).split('\n');
    expect(lines[2]!.trim().split(/\s{2,}/)).toEqual([
      'vpcflow',
      '2',
      '0.50',
      '0.40–2.50',
      '0.25',
      '0.50',
      '4',
      '2,000',
      '250',
    ]);
  });

  test('goals that are met, and goals that are missed', () => {
    const gzip = seriesOf('gzip -dc', 1, [1]);
    const reader = seriesOf('flowlogs_reader', 1, [1.4], { records: 100 });
    expect(
      formatGoals([gzip, seriesOf('vpcflow', 1, [1.25]), seriesOf('vpcflow', 2, [0.75]), reader]).split('\n'),
    ).toEqual([
      'PASS  throughput of one worker ÷ gzip -dc, ≥ 0.6: 0.80',
      'miss  throughput of two workers ÷ one, ≥ 1.7: 1.67',
      'PASS  throughput of one worker ÷ flowlogs_reader, ≥ 10: 11.20',
      'PASS  peak memory in MB, < 350: 125.00',
    ]);
    expect(formatGoals([gzip, seriesOf('vpcflow', 1, [4]), reader]).split('\n')).toEqual([
      'miss  throughput of one worker ÷ gzip -dc, ≥ 0.6: 0.25',
      'miss  throughput of one worker ÷ flowlogs_reader, ≥ 10: 3.50',
      'miss  peak memory in MB, < 350: 400.00',
    ]);
    expect(formatGoals([gzip])).toBe('');
  });
});

describe('measuring a process', () => {
  const node = (script: string) => [process.execPath, '-e', script];

  test('gives its output, its time and its memory', () => {
    const script = `
      const block = Buffer.alloc(150e6, 1);
      while (process.cpuUsage().user < 300_000);
      process.stdout.write(String(block.length));`;
    const { stdout, wallSec, cpuSec, peakBytes } = measureCommand(node(script), { keepOutput: true });
    expect(stdout).toBe('150000000');
    // What takes 0.3 s of a processor takes as long on the wall, on however busy a machine.
    expect(cpuSec).toBeGreaterThanOrEqual(0.29);
    expect(wallSec).toBeGreaterThanOrEqual(0.29);
    expect(peakBytes).toBeGreaterThan(150e6);
    expect(peakBytes).toBeLessThan(400e6);
  });

  test('does not take a waiting process for a busy one', () => {
    const { wallSec, cpuSec, stdout } = measureCommand(node('console.log(1); setTimeout(() => {}, 700)'), {
      keepOutput: false,
    });
    expect(wallSec).toBeGreaterThan(0.7);
    expect(cpuSec).toBeLessThan(0.5);
    expect(stdout).toBe('');
  });

  test('a failure is thrown, with what the process said', () => {
    expect(() => measureCommand(node('console.error("no such file"); process.exit(3)'), { keepOutput: true })).toThrow(
      /status 3\n.*no such file/s,
    );
    expect(() => measureCommand(['/no/such/program'], { keepOutput: true })).toThrow(/cannot run \/no\/such\/program/);
  });
});
