/**
 * The commands of flowlogs_reader against flowlogs_reader itself: both programs as processes, on the same server, with the
 * same arguments. What differs on purpose is in docs/flowlogs-reader.md, and in the tests at the end.
 */
import { CreateFlowLogsCommand, CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { DEFAULT_TGW_FORMAT } from '../../src/flow/fields';
import { createS3Connection } from '../../src/store/s3-connection';
import { parseS3Settings } from '../../src/store/s3-settings';
import { CHECKOUT_COMMAND, runExecutable } from '../helpers/executable';
import { requireTool } from '../helpers/python-tool';
import { logKey, logText } from '../unit/scan/flow-logs';
import { createGroup, HOUR_MS, MOTO_URL } from './log-group-fixture';

const CREDENTIALS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  AWS_DEFAULT_REGION: 'eu-west-1',
  AWS_ENDPOINT_URL: MOTO_URL,
  AWS_EC2_METADATA_DISABLED: 'true',
  PYTHONWARNINGS: 'ignore',
};
const READER = { command: 'flowlogs_reader', requirement: 'flowlogs_reader==5.0.1' };

const A = '111122223333';
const B = '444455556666';
const at = (time: string): number => Date.parse(`2026-01-15T${time}Z`) / 1000;
const DAY = ['-s', '2026-01-15 00:00:00', '-e', '2026-01-16 00:00:00'];

const V5 = [
  'srcaddr',
  'dstaddr',
  'start',
  'end',
  'protocol',
  'dstport',
  'srcport',
  'bytes',
  'packets',
  'tcp-flags',
].concat([
  'flow-direction',
  'traffic-path',
  'vpc-id',
  'account-id',
  'interface-id',
  'log-status',
  'action',
  'ecs-task-id',
]);
const v2 = (addresses: string, rest: string, start = at('10:00:00')): string =>
  `2 ${A} eni-0a ${addresses} ${rest.replace('T', `${start} ${start + 59}`)}`;

/** Objects of both accounts: every kind of line of the default format, a custom one, Transit Gateway, Parquet. */
const OBJECTS: Readonly<Record<string, Uint8Array>> = {
  [logKey('2026-01-15T10:05:00Z', { prefix: 'logs/', accountId: A })]: gzipSync(
    logText([
      v2('10.0.0.1 198.51.100.2', '50000 443 6 10 840 T ACCEPT OK'),
      v2('198.51.100.2 10.0.0.1', '443 50000 6 8 1200 T ACCEPT OK'),
      v2('10.0.0.1 10.0.0.9', '0 0 1 3 252 T REJECT OK', at('10:01:00')),
      // The same at the other end: nothing is counted once here.
      v2('10.0.0.1 10.0.0.9', '0 0 1 3 252 T REJECT OK', at('10:01:00')).replace('eni-0a', 'eni-0b'),
      v2('10.0.0.1 10.0.0.9', '0 0 1 1 84 T REJECT OK', at('10:03:00')),
      v2('2001:db8::1 2001:db8::2', '50001 22 6 1 60 T REJECT OK'),
      v2('- -', '- - - - - T - NODATA', at('10:02:00')),
      v2('- -', '- - - - - T - SKIPDATA', at('10:03:00')),
    ]),
  ),
  [logKey('2026-01-15T23:00:00Z', { prefix: 'logs/', accountId: A, region: 'us-east-1' })]: gzipSync(
    `${V5.join(' ')}\n10.1.0.1 10.1.0.2 ${at('22:55:00')} ${at('22:56:00')} 6 443 60000 5000 50 0 egress 8 vpc-1 ${A} eni-1 OK ACCEPT task\n` +
      `10.1.0.2 10.1.0.1 ${at('22:55:01')} ${at('22:56:00')} 6 60000 443 700 7 18 ingress - vpc-1 ${A} eni-1 OK ACCEPT -\n`,
  ),
  [logKey('2026-01-15T05:00:00Z', { prefix: 'logs/', accountId: B, flowLogId: 'fl-00000001' })]: gzipSync(
    `${DEFAULT_TGW_FORMAT.join(' ')}\n` +
      `6 TransitGateway ${B} tgw-1 tgw-attach-1 ${A} ${B} vpc-1 vpc-2 subnet-1 subnet-2 eni-1 eni-2 euw1-az1 euw1-az2 ` +
      `tgw-attach-2 10.0.0.1 10.2.0.1 1234 443 6 3 180 ${at('05:00:00')} ${at('05:01:00')} OK IPv4 0 0 2 0 2 eu-west-1 ` +
      `ingress - S3\n`,
  ),
  // The Parquet file of its own tests: real ones it can read only with a package that it does not bring.
  [logKey('2015-08-12T13:50:00Z', { prefix: 'logs/', accountId: B, format: 'parquet', extension: '.log.parquet' })]:
    readFileSync(resolve(__dirname, '../golden/samples/flowlogs-reader_flows.parquet')),
  [logKey('2026-01-15T10:05:00Z', { prefix: 'damaged/', accountId: A })]: Buffer.concat([
    gzipSync(logText([v2('10.7.0.1 10.7.0.2', '1 2 6 1 1 T ACCEPT OK')])),
    gzipSync('more').subarray(0, 15),
  ]),
  // Another day: both leave it out.
  [logKey('2026-01-13T10:05:00Z', { prefix: 'logs/', accountId: A })]: gzipSync(
    logText([v2('10.9.9.9 10.9.9.8', '1 2 6 1 1 T ACCEPT OK', at('10:00:00') - 2 * 86_400)]),
  ),
};

let bucket: string;
let reader: string;
beforeAll(async () => {
  reader = requireTool(READER);
  const settings = parseS3Settings({
    ...{ authType: 'keys', accessKey: ENVIRONMENT.AWS_ACCESS_KEY_ID, secretKey: 'secret', region: 'us-east-1' },
    endpoint: MOTO_URL,
  });
  const connection = createS3Connection({ settings });
  const admin = connection.clientFor('us-east-1');
  bucket = `vpcflow-${randomUUID()}`;
  await admin.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const [Key, Body] of Object.entries(OBJECTS)) {
    await admin.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentLength: Body.length }));
  }
  connection.close();
}, 300_000);

const runReader = async (args: readonly string[]): Promise<string> => {
  const { PATH = '', HOME = '' } = process.env;
  const { stdout } = await promisify(execFile)(reader, [...args], { env: { PATH, HOME, ...ENVIRONMENT } });
  return stdout;
};
const runOurs = (args: readonly string[]) => runExecutable(args, { command: CHECKOUT_COMMAND, env: ENVIRONMENT });
const sortLines = (text: string): string => text.split('\n').sort().join('\n');

const S3 = ['--location-type', 's3'];

describe('in a bucket', () => {
  // `{}` is the location. Of what is printed from hash tables only the lines are the same, not their order.
  test.each<{ name: string; args: readonly string[]; lines: number; anyOrder?: true }>([
    { name: 'print by default', args: [...S3, ...DAY, '{}'], lines: 11 },
    { name: 'print', args: [...S3, ...DAY, '{}', 'print'], lines: 11 },
    { name: 'print of a count', args: [...S3, ...DAY, '{}', 'print', '4'], lines: 4 },
    { name: 'print, options last', args: ['{}', 'print', ...S3, ...DAY], lines: 11 },
    { name: 'print in threads', args: [...S3, '--thread-count', '4', ...DAY, '{}'], lines: 11 },
    { name: 'print of one account', args: [...S3, '--include-accounts', B, ...DAY, '{}'], lines: 1 },
    { name: 'print of two accounts', args: [...S3, `--include-accounts=${A}, ${B}`, ...DAY, '{}'], lines: 11 },
    { name: 'print of a region', args: [...S3, '--include-regions', 'us-east-1', ...DAY, '{}'], lines: 2 },
    {
      name: 'times by a format',
      args: [
        ...S3,
        '--time-format',
        '%d/%b/%y %I%p',
        '--start-time',
        '15/Jan/26 12AM',
        '--end-time=15/jan/26 11am',
        '{}',
      ],
      lines: 9,
    },
    {
      name: 'an assumed role',
      args: [...S3, ...DAY, '--role-arn', `arn:aws:iam::${A}:role/logs`, '--external-id', 'external', '{}'],
      lines: 11,
    },
    {
      name: 'Parquet',
      args: [...S3, '-s', '2015-08-12 00:00:00', '-e', '2015-08-13 00:00:00', '{}', 'findip', '198.51.100.1'],
      lines: 1,
    },
    { name: 'ipset', args: [...S3, ...DAY, '{}', 'ipset'], lines: 8, anyOrder: true },
    { name: 'findip', args: [...S3, ...DAY, '{}', 'findip', '10.0.0.9', '2001:db8::1'], lines: 4 },
    { name: 'findip of none', args: [...S3, ...DAY, '{}', 'findip', '10.255.0.1'], lines: 0 },
    { name: 'aggregate', args: [...S3, ...DAY, '{}', 'aggregate'], lines: 8, anyOrder: true },
    {
      name: 'nothing in the range',
      args: [...S3, '-s', '2026-02-01 00:00:00', '-e', '2026-02-01 01:00:00', '{}'],
      lines: 0,
    },
    { name: 'the last hour', args: [...S3, '{}'], lines: 0 },
  ])('$name', async ({ args, lines, anyOrder }) => {
    const located = args.map((arg) => (arg === '{}' ? `${bucket}/logs` : arg));
    const [theirs, ours] = await Promise.all([runReader(located), runOurs(located)]);
    const same = anyOrder ? sortLines : (text: string) => text;
    expect(same(ours.stdout)).toBe(same(theirs));
    expect(theirs.split('\n')).toHaveLength(lines + 1);
    expect(ours.exitCode).toBe(0);
  });
});

describe('in a log group', () => {
  const COLUMNS =
    '${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}';
  const FIELDS_OF_V2 =
    'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';
  const text = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
  const HOUR_RANGE = ['-s', text(HOUR_MS), '-e', text(HOUR_MS + 3_600_000)];
  let group: string;
  let custom: string;
  beforeAll(async () => {
    const lineAt = (ms: number, i: number): string =>
      v2(
        `10.0.0.${i % 5} 10.0.1.${i % 3}`,
        `${4000 + i} 443 6 ${i} ${i * 10} T ${i % 4 === 0 ? 'REJECT' : 'ACCEPT'} OK`,
        ms / 1000,
      );
    const early = Array.from({ length: 40 }, (_, i) => {
      const timeMs = HOUR_MS + i * 80_000;
      return { timeMs, text: lineAt(timeMs, i), stream: `eni-${i % 2}` };
    });
    const nowMs = Math.floor(Date.now() / 1000) * 1000;
    const late = [10, 20, 30].map((minutes, i) => ({
      timeMs: nowMs - minutes * 60_000,
      text: lineAt(nowMs - minutes * 60_000, i),
    }));
    group = await createGroup([...early, ...late]);
    custom = await createGroup(
      [0, 1, 2].map((i) => ({
        timeMs: HOUR_MS + i * 1000,
        text: `eni-0a 10.9.0.${i} 10.9.1.1 1 2 6 ${i} ${i} ${HOUR_MS / 1000 + i} ${HOUR_MS / 1000 + 60} REJECT OK`,
      })),
    );
    const ec2 = new EC2Client({ endpoint: MOTO_URL, region: ENVIRONMENT.AWS_DEFAULT_REGION, credentials: CREDENTIALS });
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    for (const [LogGroupName, LogFormat] of [
      [group, undefined],
      [custom, COLUMNS],
    ]) {
      await ec2.send(
        new CreateFlowLogsCommand({
          ...{ ResourceType: 'VPC', ResourceIds: [Vpc!.VpcId!], TrafficType: 'ALL', LogGroupName, LogFormat },
          DeliverLogsPermissionArn: `arn:aws:iam::${A}:role/logs`,
        }),
      );
    }
    ec2.destroy();
  }, 60_000);

  test.each<{ name: string; args: readonly string[]; lines: number; anyOrder?: true }>([
    { name: 'print of the last hour', args: ['GROUP'], lines: 3, anyOrder: true },
    { name: 'print of a range', args: [...HOUR_RANGE, 'GROUP', 'print'], lines: 40, anyOrder: true },
    { name: 'print of a count', args: [...HOUR_RANGE, 'CUSTOM', 'print', '2'], lines: 2 },
    { name: 'a format that only its flow log tells', args: [...HOUR_RANGE, 'CUSTOM'], lines: 3 },
    { name: 'a format that is given', args: [...HOUR_RANGE, '--fields', COLUMNS, 'CUSTOM'], lines: 3 },
    {
      name: 'fields by their names',
      args: [...HOUR_RANGE, '--fields', FIELDS_OF_V2, 'GROUP'],
      lines: 40,
      anyOrder: true,
    },
    { name: 'a region', args: [...HOUR_RANGE, '--region', 'eu-west-1', 'CUSTOM'], lines: 3 },
    { name: 'threads', args: [...HOUR_RANGE, '--thread-count', '2', 'GROUP'], lines: 40, anyOrder: true },
    {
      name: 'a filter pattern',
      args: [...HOUR_RANGE, '--filter-pattern', 'REJECT', 'GROUP'],
      lines: 10,
      anyOrder: true,
    },
    { name: 'ipset', args: [...HOUR_RANGE, 'GROUP', 'ipset'], lines: 8, anyOrder: true },
    { name: 'findip', args: [...HOUR_RANGE, 'GROUP', 'findip', '10.0.0.3'], lines: 8, anyOrder: true },
    { name: 'aggregate', args: [...HOUR_RANGE, 'GROUP', 'aggregate'], lines: 41, anyOrder: true },
    { name: 'a type that is named', args: [...HOUR_RANGE, '--location-type', 'cwl', 'CUSTOM'], lines: 3 },
  ])('$name', async ({ args, lines, anyOrder }) => {
    const located = args.map((arg) => (arg === 'GROUP' ? group : arg === 'CUSTOM' ? custom : arg));
    const [theirs, ours] = await Promise.all([runReader(located), runOurs(located)]);
    const same = anyOrder ? sortLines : (output: string) => output;
    expect(same(ours.stdout)).toBe(same(theirs));
    expect(theirs.split('\n')).toHaveLength(lines + 1);
    expect(ours.exitCode).toBe(0);
  });
});

describe('what differs, on purpose', () => {
  const run = async (args: readonly string[]) => {
    const located = args.map((arg) => (arg.startsWith('{}') ? arg.replace('{}', bucket) : arg));
    const theirs = await runReader(located).then(
      (stdout) => ({ stdout, failed: false }),
      ({ stdout }: { stdout: string }) => ({ stdout, failed: true }),
    );
    return { theirs, ours: await runOurs(located) };
  };

  test('a record is of the range by its own time, not by that of its object', async () => {
    // The object is of 10:05, its records began from 10:00 to 10:03.
    const range = [...S3, '-s', '2026-01-15 10:01:30', '-e', '2026-01-15 10:04:00'];
    const { theirs, ours } = await run([...range, '{}/logs']);
    expect(theirs.stdout).toBe('');
    expect(ours.stdout.split('\n').map((line) => line.split(' ')[10])).toEqual([
      ...['10:03:00', '10:02:00', '10:03:00'].map((time) => String(at(time))),
      undefined,
    ]);
  });

  test('an object that is damaged is left out and told of', async () => {
    const { theirs, ours } = await run([...S3, ...DAY, '{}/damaged']);
    expect(theirs).toMatchObject({ failed: true, stdout: expect.stringContaining('10.7.0.1') as string });
    expect(ours).toMatchObject({ exitCode: 3, stdout: '' });
    expect(ours.stderr).toMatch(/NOT READ: .*damaged/);
  });

  test('sums of nothing have a header', async () => {
    const { theirs, ours } = await run([...S3, '{}/logs', 'aggregate']);
    expect(theirs).toEqual({ failed: true, stdout: '' });
    expect(ours).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^bytes\t.*start\n$/) as string });
  });

  test.each<{ name: string; args: readonly string[]; why: RegExp }>([
    {
      name: 'a filter pattern, which a bucket cannot apply',
      args: [...S3, '--filter-pattern', 'REJECT', '{}/logs'],
      why: /--filter-pattern: only log groups/,
    },
    { name: 'an external id without a role', args: [...S3, '--external-id', 'e', '{}/logs'], why: /no --role-arn/ },
    { name: 'an unknown action', args: [...S3, '{}/logs', 'count'], why: /unknown/ },
    { name: 'an address that is none', args: [...S3, '{}/logs', 'findip', '10.0.0'], why: /"10.0.0": it is not an/ },
  ])('refuses $name', async ({ args, why }) => {
    const { theirs, ours } = await run(args);
    expect(theirs.failed).toBe(false);
    expect(ours).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(why) as string });
  });
});
