import { createIamPolicies, type IamPolicy, type PolicyStatement } from '../../../src/plugin/iam-policy';
import { parseDataSourceSettings } from '../../../src/plugin/settings';
import { selectObjects } from '../../../src/scan/select-objects';
import { createProblemList } from '../../../src/scan/selection';
import { createMemoryStore } from '../scan/memory-store';
import { logBytes, logKey, makeQuery } from '../scan/flow-logs';
import { makeInput, ROLE } from './data-source-input';

const policiesOf = (sources: object[], jsonData: object = {}): readonly IamPolicy[] =>
  createIamPolicies(parseDataSourceSettings(makeInput({ ...jsonData, sources })));
const onlyPolicy = (location: string, more: object = {}, jsonData: object = {}): IamPolicy => {
  const policies = policiesOf([{ location, ...more }], jsonData);
  expect(policies).toHaveLength(1);
  return policies[0]!;
};
const resourcesOf = ({ document }: IamPolicy, action: string): string[] =>
  document.Statement.filter(({ Action }) => Action === action).flatMap(({ Resource }) => Resource);

test('a bucket and a prefix: list below it, read flow logs below it', () => {
  const { document, ifEncrypted, notes, roleArn } = onlyPolicy('s3://logs/prod/');
  expect(document).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'ListFlowLogs',
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::logs',
        Condition: { StringLike: { 's3:prefix': ['prod/AWSLogs/*'] } },
      },
      {
        Sid: 'ReadFlowLogs',
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: [
          'arn:aws:s3:::logs/prod/AWSLogs/*/vpcflowlogs/*',
          'arn:aws:s3:::logs/prod/AWSLogs/*/aws-service=vpcflowlogs/*',
          'arn:aws:s3:::logs/prod/AWSLogs/*/service=vpcflowlogs/*',
        ],
      },
    ],
  });
  expect(ifEncrypted).toMatchObject({
    Action: 'kms:Decrypt',
    Resource: expect.stringMatching(/^arn:aws:kms:/),
    Condition: { StringLike: { 'kms:ViaService': 's3.*.amazonaws.com' } },
  });
  expect(notes.join(' ')).toContain('SSE-KMS');
  expect(roleArn).toBeUndefined();
});

test('stored digests: list and read them, and nothing beside them', () => {
  const { document } = onlyPolicy('s3://logs/prod/', {}, { digestsAt: 's3://digests/a*b' });
  expect(document.Statement.slice(2)).toEqual([
    {
      ...{ Sid: 'ListStoredDigests', Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::digests' },
      Condition: { StringLike: { 's3:prefix': ['a${*}b/pack_*', 'a${*}b/hours*'] } },
    },
    {
      ...{ Sid: 'ReadStoredDigests', Effect: 'Allow', Action: 's3:GetObject' },
      Resource: ['arn:aws:s3:::digests/a${*}b/pack_*', 'arn:aws:s3:::digests/a${*}b/hours*'],
    },
  ]);
});

test('the role of the data source reads stored digests, that of a source does not', () => {
  const other = 'arn:aws:iam::210987654321:role/logs';
  const jsonData = { assumeRoleArn: ROLE, digestsAt: 's3://digests' };
  const policies = policiesOf([{ location: 's3://logs', roleArn: other }], jsonData);
  expect(policies.map((policy) => [policy.roleArn, resourcesOf(policy, 's3:GetObject').join()])).toEqual([
    [undefined, ''],
    [ROLE, 'arn:aws:s3:::digests/pack_*,arn:aws:s3:::digests/hours*'],
    [other, expect.not.stringContaining('digests')],
  ]);
});

test('where only digests are in S3 there is a policy too, with a note on encryption', () => {
  const environment = { GF_PLUGIN_LOCAL_ROOT: '/logs' };
  const jsonData = { sources: [{ location: '/logs/a' }], digestsAt: 's3://digests' };
  const policies = createIamPolicies(parseDataSourceSettings(makeInput(jsonData, { environment })));
  expect(policies).toMatchObject([{ ifEncrypted: { Action: 'kms:Decrypt' } }]);
  expect(policies[0]!.document.Statement.map(({ Sid }) => Sid)).toEqual(['ListStoredDigests', 'ReadStoredDigests']);
});

test.each([
  ['s3://logs', {}, ['AWSLogs/*']],
  ['s3://logs/AWSLogs', {}, ['AWSLogs/AWSLogs/*', 'AWSLogs/*']],
  ['s3://logs/prod', {}, ['prod/AWSLogs/*', 'prodAWSLogs/*']],
  ['s3://logs/AWSLogs/123456789012/', {}, ['AWSLogs/123456789012/*']],
  ['s3://logs/flow', { anyKey: true }, ['flow*']],
  ['s3://logs/a*b?c$d/', {}, ['a${*}b${?}c${$}d/AWSLogs/*']],
])('the listings of %s %j begin with %j', (location, more, prefixes) => {
  const [list] = onlyPolicy(location, more).document.Statement;
  expect(list!.Condition).toEqual({ StringLike: { 's3:prefix': prefixes } });
});

test('a whole bucket of any keys has no condition', () => {
  const policy = onlyPolicy('s3://logs', { anyKey: true });
  expect(policy.document.Statement[0]).not.toHaveProperty('Condition');
  expect(resourcesOf(policy, 's3:GetObject')).toEqual(['arn:aws:s3:::logs/*']);
});

test.each<[string, object, object, string, string]>([
  ['s3://logs', {}, { defaultRegion: 'cn-north-1' }, 'arn:aws-cn:s3:::logs', 's3.*.amazonaws.com.cn'],
  ['arn:aws-cn:s3:::logs', {}, {}, 'arn:aws-cn:s3:::logs', 's3.*.amazonaws.com.cn'],
  ['s3://logs', { region: 'us-gov-west-1' }, {}, 'arn:aws-us-gov:s3:::logs', 's3.*.amazonaws.com'],
  ['s3://logs', { region: 'eusc-de-east-1' }, {}, 'arn:aws-eusc:s3:::logs', 's3.*.amazonaws.com'],
  ['s3://logs', {}, { defaultRegion: 'eu-west-1' }, 'arn:aws:s3:::logs', 's3.*.amazonaws.com'],
])('%s %j %j is in the right partition', (location, more, jsonData, bucket, via) => {
  const policy = onlyPolicy(location, more, jsonData);
  expect(resourcesOf(policy, 's3:ListBucket')).toEqual([bucket]);
  expect(resourcesOf(policy, 's3:GetObject').every((arn) => arn.startsWith(`${bucket}/`))).toBe(true);
  expect(policy.ifEncrypted!.Condition!['StringLike']!['kms:ViaService']).toBe(via);
  expect(policy.ifEncrypted!.Resource).toMatch(new RegExp(`^${bucket.split(':').slice(0, 2).join(':')}:kms:`));
});

test('an access point has objects of its own', () => {
  const point = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/flows';
  const policy = onlyPolicy(`${point}/p/`);
  expect(resourcesOf(policy, 's3:ListBucket')).toEqual([point]);
  expect(resourcesOf(policy, 's3:GetObject')[0]).toBe(`${point}/object/p/AWSLogs/*/vpcflowlogs/*`);
  expect(policy.notes.join(' ')).toContain('access points');
});

test('with roles: the own credentials may assume them, and each may read its sources only', () => {
  const policies = policiesOf(
    [
      { location: 's3://own/' },
      { location: 's3://one/', roleArn: `${ROLE}-1`, externalId: 'id' },
      { location: 's3://two/a/', roleArn: `${ROLE}-2` },
      { location: 's3://two/b/', roleArn: `${ROLE}-2` },
    ],
    { externalId: 'all' },
  );
  expect(policies.map(({ roleArn }) => roleArn)).toEqual([undefined, `${ROLE}-1`, `${ROLE}-2`]);
  const [own, one, two] = policies as [IamPolicy, IamPolicy, IamPolicy];
  expect(resourcesOf(own, 'sts:AssumeRole')).toEqual([`${ROLE}-1`, `${ROLE}-2`]);
  expect(resourcesOf(own, 's3:ListBucket')).toEqual(['arn:aws:s3:::own']);
  expect(resourcesOf(one, 's3:ListBucket')).toEqual(['arn:aws:s3:::one']);
  expect(resourcesOf(one, 'sts:AssumeRole')).toEqual([]);
  expect(one.notes[0]).toMatch(/trust policy of .*-1 .*sts:ExternalId = id\.$/);
  expect(resourcesOf(two, 's3:ListBucket')).toEqual(['arn:aws:s3:::two']);
  expect(two.document.Statement[0]!.Condition).toEqual({ StringLike: { 's3:prefix': ['a/AWSLogs/*', 'b/AWSLogs/*'] } });
});

test('one role for all: the own credentials need nothing but to assume it', () => {
  const [own, role] = policiesOf([{ location: 's3://logs' }], { assumeRoleArn: ROLE });
  expect(own!.document.Statement).toEqual([
    { Sid: 'AssumeRoles', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: ROLE },
  ]);
  expect(own).not.toHaveProperty('ifEncrypted');
  expect(role!.roleArn).toBe(ROLE);
});

test('several buckets have statements with ids of their own', () => {
  const [policy] = policiesOf([{ location: 's3://one/' }, { location: 's3://two/' }]);
  const ids = policy!.document.Statement.map(({ Sid }) => Sid);
  expect(new Set(ids).size).toBe(3);
  expect(ids.every((id) => /^[A-Za-z0-9]+$/.test(id))).toBe(true);
});

test('nothing to read from AWS, no policy', () => {
  expect(policiesOf([])).toEqual([]);
  const environment = { GF_PLUGIN_LOCAL_ROOT: '/data' };
  expect(
    createIamPolicies(parseDataSourceSettings(makeInput({ sources: [{ location: 'a' }] }, { environment }))),
  ).toEqual([]);
});

describe('every listing and every read of a scan is allowed by the policy', () => {
  const layouts = [
    { hive: false, hourly: false },
    { hive: false, hourly: true },
    { hive: 'aws-service', hourly: true },
    { hive: 'service', hourly: false },
  ] as const;

  test.each([
    ['s3://logs', ''],
    ['s3://logs/prod/', 'prod/'],
    ['s3://logs/prod', 'prod/'],
    ['s3://logs/prod', 'prod'],
    ['s3://logs/prod/AWSLogs/', 'prod/'],
    ['s3://logs/prod/AWSLogs', 'prod/'],
    ['s3://logs/AWSLogs/123456789012/', ''],
    ['s3://logs/AWSLogs/123456789012/vpcflowlogs/eu-west-1', ''],
  ])('%s, keys with %j before AWSLogs/', async (location, prefix) => {
    const policy = onlyPolicy(location);
    const keys = layouts.flatMap((layout, i) => [
      logKey('2026-01-15T10:00:00Z', { prefix, layout, hash: `a${i}` }),
      logKey('2026-01-15T10:05:00Z', { prefix, layout, hash: `b${i}`, organisation: 'o-0123456789' }),
    ]);
    const store = createMemoryStore(Object.fromEntries(keys.map((key) => [key, logBytes({})])));
    const [source] = parseDataSourceSettings(makeInput({ sources: [{ location }] })).sources;
    const range = { from: '2026-01-15T09:00:00Z', to: '2026-01-15T12:00:00Z' };
    const selected: string[] = [];
    for (const asked of [makeQuery({ range }), makeQuery(), makeQuery({ range, accounts: ['123456789012'] })]) {
      const { objects } = selectObjects([{ store, prefix: source!.prefix, keys: 'aws' }], asked, {
        problems: createProblemList(),
      });
      for await (const { key } of objects) {
        selected.push(key);
      }
    }
    expect(selected.length).toBeGreaterThan(2);
    const [list] = policy.document.Statement;
    const prefixes = list!.Condition!['StringLike']!['s3:prefix'] as string[];
    expect(store.listed.filter((listing) => !isLike(prefixes, listing.prefix))).toEqual([]);
    const objects = resourcesOf(policy, 's3:GetObject');
    expect(selected.filter((key) => !isLike(objects, `arn:aws:s3:::logs/${key}`))).toEqual([]);
    expect(isLike(objects, 'arn:aws:s3:::logs/prod/secrets.txt')).toBe(false);
    expect(isLike(prefixes, 'secrets/')).toBe(false);
  });

  /** As IAM compares. */
  function isLike(patterns: PolicyStatement['Resource'], text: string): boolean {
    return [patterns].flat().some((pattern) => {
      const source = pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.');
      return new RegExp(`^${source}$`, 's').test(text);
    });
  }
});
