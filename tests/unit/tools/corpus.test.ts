import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseAddress, formatAddress } from '../../../src/flow/address';
import { DEFAULT_FORMAT } from '../../../src/flow/fields';
import { parseObjectKey } from '../../../src/flow/object-key';
import { REFERENCE_KEYS } from '../../../src/query/model';
import { type LogObject, type ObjectSink, writeDemoCorpus } from '../../../tools/demo-corpus';
import { SCANNER, VERSION_5_FORMAT, demoRange } from '../../../tools/estate';
import { writeFlatCorpus } from '../../../tools/flat-corpus';

type Record_ = Readonly<Record<string, string>>;

async function collect(write: (sink: ObjectSink) => Promise<unknown>): Promise<LogObject[]> {
  const objects: LogObject[] = [];
  await write((object) => {
    objects.push(object);
  });
  return objects;
}

function recordsOf({ text }: LogObject): Record_[] {
  const [header, ...lines] = text.trimEnd().split('\n');
  const names = header!.split(' ');
  return lines.map((line) => {
    const cells = line.split(' ');
    if (cells.length !== names.length) {
      throw new Error(`${cells.length} cells under ${names.length} names: ${line}`);
    }
    return Object.fromEntries(names.map((name, column) => [name, cells[column]!]));
  });
}

/** The default digest's key, written as slowly and plainly as its definition. */
function referenceKey(record: Record_): string {
  const source = Number(record['srcport']);
  const destination = Number(record['dstport']);
  const dropSource = source >= destination;
  return REFERENCE_KEYS.map((name) => {
    const isDropped = (name === 'srcport' && dropSource) || (name === 'dstport' && !dropSource);
    return isDropped ? '0' : record[name]!;
  }).join(' ');
}

describe('the flat corpus', () => {
  const plan = { records: 20_001, objects: 9, keys: 3_000, hours: 0.5 };

  test('has exactly the records, objects and keys that were asked for', async () => {
    const objects = await collect((sink) => writeFlatCorpus(sink, plan));
    const records = objects.flatMap(recordsOf);
    expect(records).toHaveLength(20_001);
    expect(objects).toHaveLength(9);
    expect(objects.map(({ recordCount }) => recordCount)).toEqual(objects.map((object) => recordsOf(object).length));
    expect(new Set(records.map(referenceKey)).size).toBe(3_000);
  });

  test('says what it wrote', async () => {
    const objects: LogObject[] = [];
    const summary = await writeFlatCorpus((object) => void objects.push(object), plan);
    const textBytes = objects.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    expect(summary).toEqual({ objectCount: 9, recordCount: 20_001, textBytes });
  });

  test('is the same for the same seed, and another for another', async () => {
    const first = await collect((sink) => writeFlatCorpus(sink, { ...plan, seed: 7 }));
    expect(await collect((sink) => writeFlatCorpus(sink, { ...plan, seed: 7 }))).toEqual(first);
    const other = await collect((sink) => writeFlatCorpus(sink, { ...plan, seed: 8 }));
    expect(other.map(({ text }) => text)).not.toEqual(first.map(({ text }) => text));
  });

  test('has distinct keys of objects, several flow logs where the time is too short for one', async () => {
    const keys = (await collect((sink) => writeFlatCorpus(sink, plan))).map(({ key }) => key);
    const parsed = keys.map((key) => parseObjectKey(key)!);
    expect(new Set(keys).size).toBe(9);
    // Nine objects on six stamps.
    expect(new Set(parsed.map(({ stampSec }) => stampSec)).size).toBe(6);
    expect(new Set(parsed.map(({ flowLogId }) => flowLogId)).size).toBe(2);
  });

  test('is in the default format, with what a digest must get right', async () => {
    const objects = await collect((sink) => writeFlatCorpus(sink, { ...plan, keys: 60_000, records: 60_000 }));
    const records = objects.flatMap(recordsOf);
    expect(objects.every(({ text }) => text.startsWith(DEFAULT_FORMAT.join(' ') + '\n'))).toBe(true);
    // So many keys that hosts have peers outside, too.
    expect(new Set(records.map(referenceKey)).size).toBe(60_000);
    expect(records.some(({ dstaddr }) => dstaddr!.startsWith('198.18.'))).toBe(true);
    const count = (test: (record: Record_) => boolean) => records.filter(test).length;
    expect(count(({ srcport, dstport }) => srcport === '123' && dstport === '123')).toBeGreaterThan(100);
    expect(count(({ srcport, protocol }) => srcport === '0' && protocol === '1')).toBeGreaterThan(100);
    expect(count(({ action }) => action === 'REJECT')).toBeGreaterThan(1_000);
    expect(count(({ srcaddr }) => srcaddr!.includes(':'))).toBeGreaterThan(10);
    expect(count(({ bytes, packets }) => Number(bytes) < 40 * Number(packets))).toBe(0);
    expect(count(({ start, end }) => Number(start) >= Number(end))).toBe(0);
  });
});

describe('the demo corpus', () => {
  let objects: LogObject[];
  let records: { key: string; record: Record_ }[];

  beforeAll(async () => {
    objects = await collect((sink) => writeDemoCorpus(sink));
    records = objects.flatMap((object) => recordsOf(object).map((record) => ({ key: object.key, record })));
  });

  const having = (test: (record: Record_) => boolean) => records.filter(({ record }) => test(record));

  test('is an hour of a size that a demo can take', () => {
    expect(records.length).toBeGreaterThan(60_000);
    expect(records.length).toBeLessThan(100_000);
    expect(objects).toHaveLength(4 * 12);
  });

  test('every key is one of a flow log, its account and region are those of its records', () => {
    for (const { key, text } of objects) {
      const parsed = parseObjectKey(key);
      expect(parsed).toBeDefined();
      const ofObject = recordsOf({ key, text, recordCount: 0 });
      expect(new Set(ofObject.map((record) => record['account-id']))).toEqual(new Set([parsed!.accountId]));
      if (ofObject[0]!['region'] !== undefined) {
        expect(new Set(ofObject.map(({ region }) => region))).toEqual(new Set([parsed!.region]));
      }
      const outside = ofObject.filter(
        ({ start }) => Number(start) < parsed!.stampSec || Number(start) >= parsed!.stampSec + 300,
      );
      expect(outside).toEqual([]);
    }
  });

  test('has two accounts, two regions, plain keys and hourly Hive keys', () => {
    const kinds = objects.map(({ key }) => {
      const { accountId, region, layout } = parseObjectKey(key)!;
      return `${accountId} ${region} ${layout.hive} ${layout.hourly}`;
    });
    expect([...new Set(kinds)].sort()).toEqual([
      '111122223333 eu-west-1 false false',
      '111122223333 us-east-1 false false',
      '444455556666 eu-west-1 aws-service true',
    ]);
  });

  test('has the default format and the 29 fields in alphabetical order', () => {
    const headers = new Set(objects.map(({ text }) => text.slice(0, text.indexOf('\n'))));
    expect(VERSION_5_FORMAT).toHaveLength(29);
    expect([...headers].sort()).toEqual([VERSION_5_FORMAT.join(' '), DEFAULT_FORMAT.join(' ')].sort());
  });

  test('starts and ends with the range', () => {
    const starts = records.map(({ record }) => Number(record['start']) * 1000);
    const firstMs = starts.reduce((a, b) => Math.min(a, b));
    const lastMs = starts.reduce((a, b) => Math.max(a, b));
    expect(firstMs - demoRange.fromMs).toBeGreaterThanOrEqual(0);
    expect(firstMs - demoRange.fromMs).toBeLessThan(60_000);
    expect(lastMs).toBeLessThan(demoRange.toMs);
    expect(demoRange.toMs - lastMs).toBeLessThanOrEqual(60_000);
  });

  test('has NODATA and SKIPDATA rows that hold nothing of a flow', () => {
    for (const status of ['NODATA', 'SKIPDATA']) {
      const rows = having((record) => record['log-status'] === status);
      expect(rows.length).toBeGreaterThan(5);
      for (const name of ['srcaddr', 'dstport', 'protocol', 'bytes', 'action']) {
        expect(new Set(rows.map(({ record }) => record[name]))).toEqual(new Set(['-']));
      }
      expect(rows.filter(({ record }) => !record['interface-id']!.startsWith('eni-'))).toEqual([]);
    }
  });

  test('has the scan: ten minutes in the middle, many ports of several hosts, all refused', () => {
    const rows = having(({ srcaddr }) => srcaddr === SCANNER);
    const minutes = rows.map(({ record }) => Math.floor((Number(record['start']) * 1000 - demoRange.fromMs) / 60_000));
    expect([...new Set(minutes)].sort()).toEqual([25, 26, 27, 28, 29, 30, 31, 32, 33, 34].map(String).map(Number));
    expect(new Set(rows.map(({ record }) => record['dstport'])).size).toBe(240);
    expect(new Set(rows.map(({ record }) => record['dstaddr'])).size).toBeGreaterThan(5);
    expect(new Set(rows.map(({ record }) => record['action']))).toEqual(new Set(['REJECT']));
  });

  test('has an app that its database refuses, seen at both ends', () => {
    const refused = having(
      (r) => r['action'] === 'REJECT' && r['dstport'] === '5432' && r['srcaddr']!.startsWith('10.'),
    );
    expect(refused.length).toBeGreaterThan(100);
    expect(new Set(refused.map(({ record }) => record['account-id']))).toEqual(new Set(['444455556666']));
    const one = refused[0]!.record;
    const sent = having(
      (r) => r['srcaddr'] === one['srcaddr'] && r['srcport'] === one['srcport'] && r['action'] === 'ACCEPT',
    );
    expect(sent.map(({ record }) => record['flow-direction'])).toContain('egress');
  });

  test('tells what lies behind the NAT gateway only in the packet addresses', () => {
    const hidden = having((r) => r['pkt-dstaddr'] !== undefined && r['pkt-dstaddr'] !== r['dstaddr']);
    const back = having((r) => r['pkt-srcaddr'] !== undefined && r['pkt-srcaddr'] !== r['srcaddr']);
    expect(hidden.length).toBeGreaterThan(100);
    expect(back).toHaveLength(hidden.length);
    expect(new Set(hidden.map(({ record }) => record['instance-id']))).toEqual(new Set(['-']));
  });

  test.each([
    ['an AWS service', (r: Record_) => r['pkt-dst-aws-service'] === 'S3' && r['traffic-path'] === '7'],
    ['DynamoDB', (r: Record_) => r['pkt-src-aws-service'] === 'DYNAMODB'],
    ['IPv6', (r: Record_) => r['type'] === 'IPv6' && r['srcaddr']!.includes(':')],
    ['DNS', (r: Record_) => r['protocol'] === '17' && r['dstport'] === '53'],
    ['NTP from 123 to 123', (r: Record_) => r['srcport'] === '123' && r['dstport'] === '123'],
    ['SSH', (r: Record_) => r['protocol'] === '6' && r['dstport'] === '22' && r['action'] === 'ACCEPT'],
    ['ICMP', (r: Record_) => r['protocol'] === '1' && r['srcport'] === '0'],
    ['ESP', (r: Record_) => r['protocol'] === '50'],
    ['a peering in the region', (r: Record_) => r['traffic-path'] === '4'],
    ['a peering between regions', (r: Record_) => r['traffic-path'] === '5'],
  ])('has %s', (_, test) => {
    expect(having(test).length).toBeGreaterThan(10);
  });

  test('writes addresses in their canonical form', () => {
    const addresses = new Set(records.flatMap(({ record }) => [record['srcaddr']!, record['dstaddr']!]));
    addresses.delete('-');
    const odd = [...addresses].filter((text) => {
      const address = parseAddress(text);
      return !address || formatAddress(address) !== text;
    });
    expect(odd).toEqual([]);
  });

  test('is the same for the same seed, and another for another', async () => {
    expect(await collect((sink) => writeDemoCorpus(sink))).toEqual(objects);
    const other = await collect((sink) => writeDemoCorpus(sink, { seed: 2 }));
    expect(other.map(({ text }) => text)).not.toEqual(objects.map(({ text }) => text));
  });

  test('another range moves the times', async () => {
    const fromMs = Date.UTC(2026, 1, 28, 23);
    const later = await collect((sink) => writeDemoCorpus(sink, { fromMs, hours: 2 }));
    expect(later).toHaveLength(4 * 24);
    const stamps = later.map(({ key }) => parseObjectKey(key)!.stampSec * 1000);
    expect([Math.min(...stamps), Math.max(...stamps)]).toEqual([fromMs, fromMs + 115 * 60_000]);
  });
});

describe('the generator command, run by Bun', () => {
  const root = resolve(__dirname, '../../..');
  const bun = join(root, 'node_modules/.bin/bun');
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vpcflow-generate-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (...args: string[]) =>
    execFileSync(bun, [join(root, 'tools/generate.ts'), '--out', folder, ...args], { encoding: 'utf8', stdio: 'pipe' });

  const filesIn = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));

  test('writes the bytes that Node makes', async () => {
    const printed = run('--corpus', 'flat', '--records', '5000', '--objects', '5', '--keys', '400', '--seed', '3');
    expect(printed).toMatch(/^5000 records in 5 objects, \d+ bytes as text, \d+ stored, in /);
    const made = await collect((sink) => writeFlatCorpus(sink, { records: 5000, objects: 5, keys: 400, seed: 3 }));
    const written = filesIn().map((path) => ({
      key: relative(folder, path).split(sep).join('/'),
      text: gunzipSync(readFileSync(path)).toString('latin1'),
    }));
    written.sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(written).toEqual(made.map(({ key, text }) => ({ key, text })));
    // gzip's time stamp is left empty, so that a file depends on its content only.
    expect(readFileSync(filesIn()[0]!).readUInt32LE(4)).toBe(0);
  });

  test('writes the demo for the asked time', async () => {
    run('--from', '2026-03-01T00:00:00Z', '--seed', '2');
    const made = await collect((sink) => writeDemoCorpus(sink, { fromMs: Date.UTC(2026, 2, 1), seed: 2 }));
    expect(filesIn()).toHaveLength(made.length);
    for (const { key, text } of made) {
      expect(gunzipSync(readFileSync(join(folder, key))).toString('latin1')).toBe(text);
    }
  });

  test.each([
    ['a size for the demo', ['--records', '10'], /for --corpus flat/],
    ['no number', ['--corpus', 'flat', '--records', '1e3'], /whole number/],
    ['a time without zone', ['--from', '2026-03-01T00:00:00'], /2026-01-15T10:00:00Z/],
    ['a time between stamps', ['--from', '2026-03-01T00:01:00Z'], /five minutes/],
  ])('refuses %s', (_, args, message) => {
    expect(() => run(...args)).toThrow(message);
    expect(filesIn()).toEqual([]);
  });
});
