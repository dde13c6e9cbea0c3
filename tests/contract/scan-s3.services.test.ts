import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { answerTallies } from '../../src/digest/digester';
import type { FlowLogKey } from '../../src/flow/object-key';
import { runScan } from '../../src/scan/run-scan';
import type { Source } from '../../src/scan/select-objects';
import { createDirectoryStore } from '../../src/store/directory-store';
import { createS3Connection, type S3Connection } from '../../src/store/s3-connection';
import { parseS3Settings } from '../../src/store/s3-settings';
import { createS3Store } from '../../src/store/s3-store';
import { withCounting } from '../../src/store/with-counting';
import { withRetry } from '../../src/store/with-retry';
import { digestTotals } from '../../src/view/totals';
import { runExecutable } from '../helpers/executable';
import { answerError, forwardTo, startHttpServer, type HttpServer } from '../helpers/http-server';
import { logBytes, logKey, makeQuery } from '../unit/scan/flow-logs';
import { createInProcessPool } from '../unit/scan/in-process-worker';
import { failureOf } from './object-store-contract';

const MOTO_URL = process.env['VPCFLOW_TEST_MOTO_URL'] ?? '';
const ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE';
const KEYS = { authType: 'keys', accessKey: ACCESS_KEY, secretKey: 'secret', region: 'us-east-1' };
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: ACCESS_KEY,
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_EC2_METADATA_DISABLED: 'true',
};

const ACCOUNTS = ['111122223333', '444455556666'];
const REGIONS = ['eu-west-1', 'us-gov-west-1'];
const DAYS = ['2026-01-14', '2026-01-15', '2026-01-16'];
const DAY = { range: { from: '2026-01-15T01:00:00Z', to: '2026-01-15T23:00:00Z' } };

/** Two accounts (one plain, one Hive by hour) × two regions × three days × two flow logs, and what is not flow logs. */
function makeObjects(): Record<string, Uint8Array> {
  const objects: Record<string, Uint8Array> = {};
  let bytes = 1;
  for (const accountId of ACCOUNTS) {
    const layout: FlowLogKey['layout'] =
      accountId === ACCOUNTS[0] ? { hive: false, hourly: false } : { hive: 'aws-service', hourly: true };
    for (const region of REGIONS) {
      for (const day of DAYS) {
        for (const flowLogId of ['fl-00000001', 'fl-00000002']) {
          const time = `${day}T10:30:00Z`;
          const key = logKey(time, { prefix: 'logs/', accountId, region, layout, flowLogId });
          const start = Date.parse(time) / 1000;
          // Each object has a digit of its own, so that the sum tells which ones were read.
          objects[key] = logBytes({ bytes, start, src: '10.0.0.1' }, { bytes: 0, start, src: '10.0.0.2' });
          bytes *= 2;
        }
      }
    }
  }
  const foreign = `logs/AWSLogs/${ACCOUNTS[0]}/vpcflowlogs/${REGIONS[0]}/2026/01/15/notes.txt`;
  objects[foreign] = Buffer.from('not a flow log');
  objects[`logs/AWSLogs/${ACCOUNTS[0]}/CloudTrail/${REGIONS[0]}/2026/01/15/x.json.gz`] = Buffer.from('{}');
  objects['logs/AWSLogs/aws-account-id=999999999999/other/file'] = Buffer.from('x');
  objects['readme.txt'] = Buffer.from('x');
  return objects;
}

const OBJECTS = makeObjects();

let connection: S3Connection;
let admin: S3Client;
let bucket: string;
let folder: string;
beforeAll(async () => {
  connection = createS3Connection({ settings: parseS3Settings({ ...KEYS, endpoint: MOTO_URL }) });
  admin = connection.clientFor('us-east-1');
  bucket = `vpcflow-${randomUUID()}`;
  folder = mkdtempSync(join(tmpdir(), 'vpcflow-s3-'));
  await admin.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const [key, bytes] of Object.entries(OBJECTS)) {
    await admin.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentLength: bytes.length }));
    const path = join(folder, ...key.split('/'));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
});
afterAll(() => {
  connection.close();
  rmSync(folder, { recursive: true, force: true });
});

async function scanBoth(query: Readonly<Record<string, unknown>>) {
  const { pool } = createInProcessPool(2);
  const s3 = withCounting(withRetry(createS3Store({ bucket, connection })));
  const scan = (store: Source['store']) =>
    runScan(makeQuery(query), [{ store, prefix: 'logs/', keys: 'aws' }], { pool });
  const fromS3 = await scan(s3.store);
  const fromFolder = await scan(createDirectoryStore({ root: folder }));
  pool.close();
  return { fromS3, fromFolder, counts: s3.counts() };
}

/** What the objects read add up to, by the digits. */
function digitsOf(keep: (key: string) => boolean): number {
  return Object.keys(OBJECTS)
    .filter((key) => key.endsWith('.log.gz'))
    .reduce((sum, key, i) => sum + (keep(key) ? 2 ** i : 0), 0);
}

describe('a scan of a bucket', () => {
  const isDay = (key: string) => key.includes('20260115T');
  test.each([
    ['a day', DAY, isDay, 8, [1 + 3 * 3 + 4, 8]],
    ['everything', {}, () => true, 24, [1 + 3 * 3 + 4, 24]],
    [
      'an account',
      { ...DAY, accounts: [ACCOUNTS[1]] },
      (key: string) => isDay(key) && key.includes('=4444'),
      4,
      [5, 4],
    ],
    ['a region', { ...DAY, regions: [REGIONS[0]] }, (key: string) => isDay(key) && key.includes('eu-west'), 4, [12, 4]],
  ] as const)('%s', async (_, query, keep, objects, [lists, reads]) => {
    const { fromS3, fromFolder, counts } = await scanBoth(query);
    for (const { answer, problems, selection } of [fromS3, fromFolder]) {
      expect(problems).toEqual({ count: 0, first: [] });
      expect(answerTallies(answer)).toMatchObject({ objects, flows: 2 * objects });
      expect(answer.kind === 'digest' && digestTotals(answer.digest, ['bytes']).bytes).toBe(digitsOf(keep));
      expect(selection.foreignObjects).toBe('accounts' in query ? 0 : 1);
    }
    expect(JSON.stringify(fromS3.answer)).toBe(JSON.stringify(fromFolder.answer));
    const { prefixes: inBucket, ...s3Selection } = fromS3.selection;
    const { prefixes: inFolder, ...folderSelection } = fromFolder.selection;
    expect(s3Selection).toEqual(folderSelection);
    expect(inBucket.map(({ prefix, objects: count }) => [prefix, count])).toEqual(
      inFolder.map(({ prefix, objects: count }) => [prefix, count]),
    );
    expect([counts.listRequests, counts.readRequests]).toEqual([lists, reads]);
    expect(counts.bytesRead).toBe(s3Selection.selectedBytes);
  });

  test('that is not there, and of objects that vanish', async () => {
    const { pool } = createInProcessPool(1);
    const gone = createS3Store({ bucket: 'vpcflow-none', connection });
    const failure = failureOf(runScan(makeQuery(DAY), [{ store: gone, prefix: '', keys: 'aws' }], { pool }));
    expect(await failure).toMatchObject({ code: 'not-found', fields: { bucket: 'vpcflow-none' } });

    const store = createS3Store({ bucket, connection });
    const stale: Source['store'] = { ...store, read: (key, options) => store.read(key, { ...options, etag: '"old"' }) };
    const { problems } = await runScan(makeQuery(DAY), [{ store: stale, prefix: 'logs/', keys: 'aws' }], { pool });
    expect(problems.count).toBe(8);
    expect(problems.first[0]).toMatchObject({ code: 'not-found', key: expect.stringContaining('20260115T') });
    pool.close();
  });

  test('goes on after errors that pass', async () => {
    let failures = 0;
    const flaky = await startHttpServer((request, response) => {
      if (failures < 5 && request.method === 'GET' && failures++ % 2 === 0) {
        answerError(response, 503, 'SlowDown');
        return undefined;
      }
      return forwardTo(MOTO_URL)(request, response);
    });
    const { pool } = createInProcessPool(1);
    const retrying = withRetry(
      createS3Store({ bucket, settings: parseS3Settings({ ...KEYS, endpoint: flaky.url }), maxAttempts: 1 }),
      { sleep: () => Promise.resolve() },
    );
    const { answer, problems } = await runScan(makeQuery(DAY), [{ store: retrying, prefix: 'logs/', keys: 'aws' }], {
      pool,
    });
    expect(failures).toBe(5);
    expect(problems.count).toBe(0);
    expect(answerTallies(answer).objects).toBe(8);
    retrying.close();
    pool.close();
    await flaky.close();
  });
});

describe('the executable against a bucket', () => {
  const range = ['--from', DAY.range.from, '--to', DAY.range.to];
  const s3 = (...args: string[]) => ['digest', ...args, ...range, '--quiet', '--endpoint-url', MOTO_URL];
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = ENVIRONMENT) =>
    runExecutable(args, { env });

  test('gives the digest of the folder', async () => {
    const expected = await run(['digest', join(folder, 'logs'), ...range, '--quiet']);
    expect(expected.stdout.split('\n').length).toBeGreaterThan(3);
    expect(expected).toMatchObject({ exitCode: 0, stderr: '' });
    for (const location of [`s3://${bucket}/logs/`, `s3://${bucket}/logs`, `arn:aws:s3:::${bucket}/logs/AWSLogs`]) {
      expect(await run(s3(location))).toEqual(expected);
    }
    // Found below the folder it is in.
    expect(await run(s3(`s3://${bucket}`))).toEqual(expected);
  });

  test('plans without reading', async () => {
    const recorder = await startHttpServer(forwardTo(MOTO_URL));
    const args = ['plan', `s3://${bucket}/logs/`, ...range, '--endpoint-url', recorder.url, '--format', 'json'];
    const { exitCode, stdout } = await run(args);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      selectedObjects: 8,
      foreignObjects: 1,
      accounts: ACCOUNTS,
      regions: REGIONS,
    });
    expect(recorder.requests.every(({ url }) => url.includes('list-type=2'))).toBe(true);
    expect(recorder.requests).toHaveLength(14);
    await recorder.close();
  });

  test('a bucket that is not there: exit code 1 and one line', async () => {
    const { exitCode, stdout, stderr } = await run(s3('s3://vpcflow-none/logs'));
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^vpcflow: cannot list s3:\/\/vpcflow-none\/logs\/AWSLogs\/: the bucket does not exist.*\n$/,
    );
  });

  test('one of two buckets that is not there: exit code 3, and the other is answered', async () => {
    const args = ['digest', 's3://vpcflow-none/', `s3://${bucket}/logs/`, ...range, '--endpoint-url', MOTO_URL];
    const { exitCode, stdout, stderr } = await run(args);
    expect(exitCode).toBe(3);
    expect(stdout).toBe((await run(s3(`s3://${bucket}/logs/`))).stdout);
    expect(stderr).toMatch(/^NOT READ: cannot list s3:\/\/vpcflow-none\/.*does not exist/m);
  });

  test('no credentials: exit code 2 and one line', async () => {
    const { exitCode, stdout, stderr } = await run(s3(`s3://${bucket}/logs/`), {
      AWS_EC2_METADATA_DISABLED: 'true',
      HOME: folder,
    });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^vpcflow: cannot find credentials .*\n$/);
  });

  describe('with a role', () => {
    let sts: HttpServer;
    let gateway: HttpServer;
    beforeAll(async () => {
      [sts, gateway] = await Promise.all([startHttpServer(forwardTo(MOTO_URL)), startHttpServer(forwardTo(MOTO_URL))]);
    });
    afterAll(() => Promise.all([sts.close(), gateway.close()]));

    test('assumes it once, with the external id, and reads with what it got', async () => {
      const role = 'arn:aws:iam::123456789012:role/flow-logs';
      const { exitCode, stdout, stderr } = await run([
        ...['digest', `s3://${bucket}/logs/`, ...range, '--quiet', '--endpoint-url', gateway.url],
        ...[
          '--sts-endpoint-url',
          sts.url,
          '--role-arn',
          role,
          '--external-id',
          'my-id',
          '--bucket-region',
          'us-east-1',
        ],
      ]);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout).toBe((await run(s3(`s3://${bucket}/logs/`))).stdout);
      expect(sts.requests).toHaveLength(1);
      expect(Object.fromEntries(new URLSearchParams(sts.requests[0]!.body))).toMatchObject({
        Action: 'AssumeRole',
        RoleArn: role,
        ExternalId: 'my-id',
        RoleSessionName: 'vpcflow',
      });
      expect(sts.requests[0]!.headers.authorization).toContain(`Credential=${ACCESS_KEY}/`);
      expect(gateway.requests).toHaveLength(14 + 8);
      for (const { headers } of gateway.requests) {
        expect(headers.authorization).toMatch(/Credential=ASIA/);
        expect(headers['user-agent']).toContain('vpcflow/');
      }
    });

    test('that is refused: exit code 1 with the role', async () => {
      const refusing = await startHttpServer((_, response) => answerError(response, 403, 'AccessDenied'));
      const role = 'arn:aws:iam::123456789012:role/other';
      const { exitCode, stderr } = await run([
        ...s3(`s3://${bucket}/logs/`),
        ...['--sts-endpoint-url', refusing.url, '--role-arn', role, '--bucket-region', 'us-east-1'],
      ]);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(new RegExp(`^vpcflow: cannot assume the role ${role}: .*\\nCheck the credentials `));
      await refusing.close();
    });
  });
});
