/**
 * @jest-environment ./tests/helpers/shared-errors-environment.ts
 *
 * A moto of its own, because it enforces IAM here: signatures, policies and the trust policies of roles.
 */

import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { checkHealth, type HealthResult } from '../../src/plugin/check-health';
import type { SourceHealth } from '../../src/plugin/check-source';
import { createIamPolicies } from '../../src/plugin/iam-policy';
import { assertInstanceAllowed, createInstance, type Instance } from '../../src/plugin/instance';
import { createInstances, type Instances } from '../../src/plugin/instances';
import { selectSources } from '../../src/plugin/select-sources';
import { parseDataSourceSettings, type DataSourceInput } from '../../src/plugin/settings';
import { createS3Connection } from '../../src/store/s3-connection';
import { parseS3Settings } from '../../src/store/s3-settings';
import { answerError, forwardTo, startHttpServer, type HttpServer } from '../helpers/http-server';
import { startMoto, type MotoServer } from '../helpers/moto-server';
import { failureOf, listAll, readAll } from './object-store-contract';
import { compilePlan, type DigestPlan } from '../../src/digest/plan';
import { createDigestCollector } from '../../src/scan/collect-digests';
import { encodePack } from '../../src/scan/digest-pack';
import { runScan } from '../../src/scan/run-scan';
import { packName } from '../../src/scan/pack-names';
import { logBytes, logKey, makeQuery } from '../unit/scan/flow-logs';
import { createInProcessPool } from '../unit/scan/in-process-worker';
import { createMemoryStore } from '../unit/scan/memory-store';

const NOW_MS = Date.parse('2026-01-15T12:10:00Z');
const NEWEST = logKey('2026-01-15T12:00:00Z', { prefix: 'prod/' });
const ACCOUNT = '123456789012';

let moto: MotoServer;
/** In front of moto, so that requests can be seen. */
let server: HttpServer;
let instances: Instances<Instance>;
/** `logs` has flow logs below `prod/`. */
let logs: string;
let empty: string;

beforeAll(async () => {
  moto = await startMoto({ environment: { PYTHONPATH: join(__dirname, '../helpers/moto-iam') } });
});
afterAll(() => moto.stop());
beforeEach(async () => {
  server = await startHttpServer(forwardTo(moto.url));
  instances = createInstances<Instance>({
    create: (input) => createInstance(input, { version: '1.2.3' }),
    assertAllowed: assertInstanceAllowed,
  });
  await enforceIam(false);
  logs = await createBucket({
    [NEWEST]: logBytes({}, {}),
    [logKey('2026-01-14T23:55:00Z', { prefix: 'prod/' })]: logBytes({}),
    'other/readme.txt': 'text',
  });
  empty = await createBucket({});
});
afterEach(async () => {
  await instances.close();
  await server.close();
});

async function createBucket(objects: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const bucket = `vpcflow-${randomUUID()}`;
  const keys = { authType: 'keys', accessKey: 'AKIAADMIN', secretKey: 's', region: 'us-east-1' };
  const connection = createS3Connection({ settings: parseS3Settings({ ...keys, endpoint: moto.url }) });
  const admin = connection.clientFor('us-east-1');
  await admin.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const [Key, Body] of Object.entries(objects)) {
    await admin.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  }
  connection.close();
  return bucket;
}

/** From then on, moto checks who asks; before, anybody may do anything. */
async function enforceIam(isOn: boolean): Promise<void> {
  await fetch(`${moto.url}/moto-api/reset-auth`, { method: 'POST', body: isOn ? '0' : 'inf' });
}

/** A call of IAM's query API, unsigned; the answer's XML. */
async function iam(Action: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const answer = await fetch(moto.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAADMIN/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: new URLSearchParams({ Action, Version: '2010-05-08', ...parameters }).toString(),
  });
  const text = await answer.text();
  if (!answer.ok) {
    throw new Error(text);
  }
  return text;
}

const allow = (action: string | string[], resource: string | string[]) => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
});
const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });

interface User {
  readonly name: string;
  readonly arn: string;
  readonly secureJsonData: { readonly accessKey: string; readonly secretKey: string };
}

async function createUser(document?: string): Promise<User> {
  const UserName = `user-${randomUUID()}`;
  await iam('CreateUser', { UserName });
  const xml = await iam('CreateAccessKey', { UserName });
  const accessKey = /<AccessKeyId>(.*?)</.exec(xml)![1]!;
  const secretKey = /<SecretAccessKey>(.*?)</.exec(xml)![1]!;
  if (document !== undefined) {
    await iam('PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument: document });
  }
  return { name: UserName, arn: `arn:aws:iam::${ACCOUNT}:user/${UserName}`, secureJsonData: { accessKey, secretKey } };
}

/** A role that `principal` may assume with the external id. */
async function createRole(principal: string, externalId: string, document: string): Promise<string> {
  const RoleName = `role-${randomUUID()}`;
  const AssumeRolePolicyDocument = policy({
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': externalId } },
  });
  await iam('CreateRole', { RoleName, AssumeRolePolicyDocument });
  await iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: document });
  return `arn:aws:iam::${ACCOUNT}:role/${RoleName}`;
}

function input(
  user: Pick<User, 'secureJsonData'>,
  jsonData: object,
  more: Partial<DataSourceInput> = {},
): DataSourceInput {
  return {
    uid: 'ds-uid',
    name: 'Flow logs',
    orgId: 1,
    jsonData: {
      authType: 'keys',
      defaultRegion: 'us-east-1',
      endpoint: server.url,
      stsEndpoint: server.url,
      ...jsonData,
    },
    secureJsonData: user.secureJsonData,
    updatedMs: 1,
    grafanaConfig: {},
    environment: {},
    ...more,
  };
}

function check(dataSource: DataSourceInput, options: { timeoutMs?: number } = {}): Promise<HealthResult> {
  return checkHealth(dataSource, {
    withInstance: (run) => instances.use(dataSource, run),
    clock: () => NOW_MS,
    role: 'Admin',
    ...options,
  });
}

async function checkOne(
  user: Pick<User, 'secureJsonData'>,
  source: object,
  jsonData: object = {},
): Promise<SourceHealth> {
  const { details } = await check(input(user, { sources: [source], ...jsonData }));
  expect(details.sources).toHaveLength(1);
  return details.sources[0]!;
}

const reader = (bucket: string, prefix = '') =>
  policy(allow('s3:ListBucket', `arn:aws:s3:::${bucket}`), allow('s3:GetObject', `arn:aws:s3:::${bucket}/${prefix}*`));

describe('a source that can be read', () => {
  test('is ok with who we are, the newest object, its age and format', async () => {
    const user = await createUser(reader(logs));
    await enforceIam(true);
    const result = await check(input(user, { sources: [{ name: 'prod', location: `s3://${logs}/prod` }] }));
    expect(result.details.sources[0]).toEqual({
      name: 'prod',
      location: `s3://${logs}/prod`,
      status: 'ok',
      message: 'newest object is 10 minutes old, 14 fields (header line), 1 account, 1 region',
      identity: { arn: user.arn, accountId: ACCOUNT },
      accounts: [ACCOUNT],
      regions: ['eu-west-1'],
      newest: {
        key: NEWEST,
        sizeBytes: expect.any(Number),
        timeMs: Date.parse('2026-01-15T12:00:00Z'),
        ageSec: 600,
        isSample: false,
        format: { columns: expect.arrayContaining(['srcaddr', 'action']), columnsFrom: 'header line', hasRecord: true },
      },
    });
    expect(result).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^The source can be read\. Newest object/),
    });
    expect(result.details.verboseMessage).toContain(`Signed in as ${user.arn}.`);
    // Reading an hour-old day would do; nothing else is fetched.
    expect(server.requests.filter(({ url }) => url.includes('.log.gz') && !url.includes('list-type'))).toHaveLength(1);
  });

  test('needs no more than the policy made from the settings', async () => {
    const user = await createUser();
    const jsonData = { sources: [{ name: 'prod', location: `s3://${logs}/prod/` }] };
    const [made] = createIamPolicies(parseDataSourceSettings(input(user, jsonData)));
    await iam('PutUserPolicy', {
      UserName: user.name,
      PolicyName: 'p',
      PolicyDocument: JSON.stringify(made!.document),
    });
    await enforceIam(true);
    expect((await check(input(user, jsonData))).details.sources[0]).toMatchObject({
      status: 'ok',
      newest: { key: NEWEST },
    });
  });

  test('is a warning when its newest object is old', async () => {
    const user = await createUser(reader(logs));
    await enforceIam(true);
    const dataSource = input(user, { sources: [{ location: `s3://${logs}/prod` }] });
    const result = await checkHealth(dataSource, {
      withInstance: (run) => instances.use(dataSource, run),
      clock: () => NOW_MS + 3 * 86_400_000,
      role: 'Admin',
    });
    expect(result).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/3 days old.*Has delivery stopped\?$/),
    });
    expect(result.details.sources[0]!.status).toBe('warning');
  });
});

describe('roles', () => {
  test('one per source, each with its external id, from the data source’s own credentials', async () => {
    const user = await createUser(policy(allow('sts:AssumeRole', '*')));
    const other = await createBucket({ [NEWEST]: logBytes({}) });
    const first = await createRole(user.arn, 'id-1', reader(logs));
    const second = await createRole(user.arn, 'id-2', reader(other));
    await enforceIam(true);
    const result = await check(
      input(user, {
        externalId: 'id-1',
        sources: [
          { name: 'one', location: `s3://${logs}/prod`, roleArn: first },
          { name: 'two', location: `s3://${other}/prod`, roleArn: second, externalId: 'id-2' },
        ],
      }),
    );
    expect(result).toMatchObject({ status: 'ok', message: expect.stringMatching(/^All 2 sources can be read\./) });
    const session = 'grafana-vpcflow-ds-uid';
    const arnOf = (role: string) => `arn:aws:sts::${ACCOUNT}:assumed-role/${role.split('/')[1]}/${session}`;
    expect(result.details.sources.map(({ identity }) => identity?.arn)).toEqual([arnOf(first), arnOf(second)]);
    const assumed = server.requests
      .map(({ body }) => Object.fromEntries(new URLSearchParams(body)))
      .filter(({ Action }) => Action === 'AssumeRole');
    expect(assumed).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          RoleArn: first,
          ExternalId: 'id-1',
          RoleSessionName: session,
          DurationSeconds: '900',
        }),
        expect.objectContaining({ RoleArn: second, ExternalId: 'id-2' }),
      ]),
    );
    expect(assumed).toHaveLength(2);
  });

  test('refused for a wrong external id name sts:AssumeRole; the other source is still read', async () => {
    const user = await createUser(policy(allow('sts:AssumeRole', '*'), allow(['s3:ListBucket', 's3:GetObject'], '*')));
    const role = await createRole(user.arn, 'right', reader(logs));
    await enforceIam(true);
    const result = await check(
      input(user, {
        sources: [
          { name: 'mine', location: `s3://${logs}/prod` },
          { name: 'theirs', location: `s3://${empty}`, roleArn: role, externalId: 'wrong' },
        ],
      }),
    );
    expect(result.status).toBe('error');
    expect(result.message).toMatch(/^1 of 2 sources cannot be read\. theirs: cannot assume the role arn:/);
    expect(result.details.sources).toMatchObject([
      { status: 'ok' },
      {
        status: 'error',
        step: 'credentials',
        code: 'access-denied',
        missingAction: 'sts:AssumeRole',
        fix: expect.stringMatching(/trust policy too \(the external id wrong is sent\)/),
      },
    ]);
  });

  test('keep to the session that the administrator sets, and send no external id of a Cloud stack', async () => {
    const user = await createUser();
    const dataSource = input(
      user,
      { assumeRoleArn: `arn:aws:iam::${ACCOUNT}:role/any`, sources: [{ location: `s3://${logs}/prod` }] },
      { grafanaConfig: { AWS_AUTH_SESSION_DURATION: '1h', AWS_AUTH_EXTERNAL_ID: 'stack' } },
    );
    expect((await check(dataSource)).status).toBe('ok');
    const sent = server.requests
      .map(({ body }) => new URLSearchParams(body))
      .find((form) => form.get('Action') === 'AssumeRole')!;
    expect(sent.get('DurationSeconds')).toBe('3600');
    expect(sent.get('ExternalId')).toBeNull();
  });
});

describe('what is missing is named', () => {
  test('s3:ListBucket', async () => {
    const user = await createUser(policy(allow('s3:GetObject', '*')));
    await enforceIam(true);
    expect(await checkOne(user, { location: `s3://${logs}/prod` })).toMatchObject({
      status: 'error',
      step: 'list',
      code: 'access-denied',
      missingAction: 's3:ListBucket',
      fix: expect.stringContaining(`Allow s3:ListBucket on arn:aws:s3:::${logs} with the prefix prod for ${user.arn}`),
      identity: { arn: user.arn },
    });
  });

  test('s3:GetObject', async () => {
    const user = await createUser(policy(allow('s3:ListBucket', '*')));
    await enforceIam(true);
    expect(await checkOne(user, { location: `s3://${logs}/prod` })).toMatchObject({
      status: 'error',
      step: 'read',
      code: 'access-denied',
      missingAction: 's3:GetObject',
      fix: expect.stringContaining(`Allow s3:GetObject on arn:aws:s3:::${logs}/prod* for ${user.arn}`),
    });
  });

  test('kms:Decrypt', async () => {
    const user = await createUser(reader(logs));
    const refusing = await startHttpServer((request, response) =>
      request.url.includes('.log.gz')
        ? answerError(response, 403, 'AccessDenied', {
            message: `User: ${user.arn} is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:1:key/k`,
          })
        : forwardTo(moto.url)(request, response),
    );
    try {
      expect(await checkOne(user, { location: `s3://${logs}/prod` }, { endpoint: refusing.url })).toMatchObject({
        status: 'error',
        step: 'read',
        missingAction: 'kms:Decrypt',
        fix: expect.stringMatching(/^Allow kms:Decrypt on the KMS key/),
      });
    } finally {
      await refusing.close();
    }
  });

  test('not an action, when AWS does not know the key', async () => {
    const user = await createUser(reader(logs));
    await enforceIam(true);
    const secureJsonData = { ...user.secureJsonData, accessKey: 'AKIANOBODY' };
    const health = await checkOne({ secureJsonData }, { location: `s3://${logs}/prod` });
    expect(health).toMatchObject({
      status: 'error',
      code: 'access-denied',
      fix: expect.stringMatching(/^Check the access key, secret key/),
      identityNote: expect.stringMatching(/^cannot ask 127\.0\.0\.1:\d+ who we are: InvalidClientTokenId/),
    });
    expect(health.missingAction).toBeUndefined();
    expect(JSON.stringify(health)).not.toContain(secureJsonData.secretKey);
  });

  test('the secret key, when it is wrong', async () => {
    const user = await createUser(reader(logs));
    await enforceIam(true);
    const { identityNote } = await checkOne(
      { secureJsonData: { ...user.secureJsonData, secretKey: 'wrong' } },
      { location: `s3://${logs}/prod` },
    );
    expect(identityNote).toMatch(/who we are: SignatureDoesNotMatch/);
  });
});

describe('the place of stored digests', () => {
  const HOUR = {
    startSec: Date.parse('2026-01-15T11:00:00Z') / 1000,
    stopSec: Date.parse('2026-01-15T12:00:00Z') / 1000,
  };
  /** Of `logs`, in a bucket of its own below `team/`; with another window that is nobody's business. */
  let stored: string;
  beforeEach(async () => {
    const store = createMemoryStore({ [NEWEST]: logBytes({}) }, { name: `s3://${logs}` });
    const query = makeQuery({ view: 'series', keys: ['srcaddr'], counting: 'once', bucketSec: 300 });
    const { cache, pack } = createDigestCollector();
    const { pool } = createInProcessPool(0);
    await runScan(query, [{ store, prefix: '', keys: 'aws' }], { pool, digests: cache });
    const file = await encodePack(pack(compilePlan(query) as DigestPlan));
    stored = await createBucket({ [`team/${packName(HOUR)}`]: file, [packName(HOUR)]: 'not ours' });
  });
  const settings = () => ({
    sources: [{ name: 'prod', location: `s3://${logs}/prod/` }],
    digestsAt: `s3://${stored}/team`,
  });
  const userFor = (jsonData: object): Promise<User> => {
    const anyone = { secureJsonData: { accessKey: 'a', secretKey: 's' } };
    const [made] = createIamPolicies(parseDataSourceSettings(input(anyone, jsonData)));
    return createUser(JSON.stringify(made!.document));
  };

  test('is ok with the policy made from the settings, and reads one file', async () => {
    const user = await userFor(settings());
    const ofLogs = await userFor({ ...settings(), digestsAt: undefined });
    await enforceIam(true);
    const { status, details } = await check(input(user, settings()));
    expect(details.digests).toMatchObject({
      ...{ location: `s3://${stored}/team`, status: 'ok', identity: { arn: user.arn } },
      newest: { toMs: HOUR.stopSec * 1000, ageSec: 600, objects: 1, usableObjects: 1 },
    });
    expect(status).toBe('ok');
    expect(server.requests.filter(({ url }) => url.includes('.bin') && !url.includes('list-type'))).toHaveLength(1);
    // Without the setting the policy does not allow it.
    expect((await check(input(ofLogs, settings()))).details.digests).toMatchObject({ missingAction: 's3:ListBucket' });
  });

  test('names the right that is missing, and fails without harm to the sources', async () => {
    const readLogs = allow('s3:GetObject', `arn:aws:s3:::${logs}/*`);
    const noList = await createUser(policy(allow('s3:ListBucket', `arn:aws:s3:::${logs}`), readLogs));
    const noGet = await createUser(policy(allow('s3:ListBucket', '*'), readLogs));
    await enforceIam(true);
    for (const [user, missingAction, step] of [
      [noList, 's3:ListBucket', 'list'],
      [noGet, 's3:GetObject', 'read'],
    ] as const) {
      const { status, message, details } = await check(input(user, settings()));
      expect(details.digests).toMatchObject({
        ...{ status: 'error', step, code: 'access-denied', missingAction },
        fix: expect.stringMatching(new RegExp(`^Allow ${missingAction} on arn:aws:s3:::${stored}.* for ${user.arn}`)),
      });
      expect(details.sources).toMatchObject([{ status: 'ok' }]);
      expect(status).toBe('error');
      expect(message).toMatch(
        /^The source can be read\..*Stored digests: cannot .*Until then queries read the logs\.$/,
      );
    }
  });

  test('a bucket that does not exist is an error, one without digests a hint', async () => {
    const user = await createUser(policy(allow(['s3:ListBucket', 's3:GetObject'], '*')));
    await enforceIam(true);
    const missing = `s3://missing-${randomUUID()}`;
    expect((await check(input(user, { ...settings(), digestsAt: missing }))).details.digests).toMatchObject({
      ...{ status: 'error', code: 'not-found', step: 'list' },
      fix: expect.stringMatching(/^Check the bucket/),
    });
    expect((await check(input(user, { ...settings(), digestsAt: `s3://${empty}` }))).details.digests).toMatchObject({
      ...{ status: 'warning', fix: expect.stringContaining('--packs') },
    });
  });
});

describe('where there are no flow logs', () => {
  let user: User;
  beforeEach(async () => {
    user = await createUser(policy(allow(['s3:ListBucket', 's3:GetObject'], '*')));
    await enforceIam(true);
  });

  test('an empty bucket is said to be empty', async () => {
    expect(await checkOne(user, { location: `s3://${empty}` })).toMatchObject({
      status: 'error',
      step: 'list',
      code: 'not-found',
      message: `cannot find anything below s3://${empty}/`,
      fix: expect.stringContaining('about 15 minutes'),
    });
  });

  test('a wrong prefix is answered with those that exist', async () => {
    expect(await checkOne(user, { location: `s3://${logs}/prdo/` })).toMatchObject({
      status: 'error',
      code: 'not-found',
      message: `cannot find anything below s3://${logs}/prdo/: s3://${logs} has other/, prod/ (did you mean prod?)`,
      prefixesFound: ['other/', 'prod/'],
    });
  });

  test('without the right to look beside the prefix, only that nothing is there', async () => {
    const refusing = await startHttpServer((request, response) =>
      !request.url.includes(`prefix=${encodeURIComponent('prdo/AWSLogs/')}`)
        ? answerError(response, 403, 'AccessDenied')
        : forwardTo(moto.url)(request, response),
    );
    try {
      const health = await checkOne(user, { location: `s3://${logs}/prdo/` }, { endpoint: refusing.url });
      expect(health).toMatchObject({ code: 'not-found', message: `cannot find anything below s3://${logs}/prdo/` });
    } finally {
      await refusing.close();
    }
  });

  test('objects of another kind are named', async () => {
    expect(await checkOne(user, { location: `s3://${logs}/other/` })).toMatchObject({
      status: 'error',
      message: expect.stringMatching(/there are objects \(other\/readme\.txt\), but none has a flow log’s key/),
    });
  });

  test('any key counts with anyKey, and what is no flow log is corrupt', async () => {
    expect(await checkOne(user, { location: `s3://${logs}/other/`, anyKey: true })).toMatchObject({
      status: 'error',
      step: 'read',
      code: 'corrupt-object',
      message: expect.stringMatching(/^cannot decode s3:\/\/.*neither a header/),
    });
  });

  test('a bucket that does not exist is not found', async () => {
    expect(await checkOne(user, { location: 's3://vpcflow-none-at-all' })).toMatchObject({
      status: 'error',
      code: 'not-found',
      fix: expect.stringMatching(/bucket’s name/),
    });
  });
});

test('keys that the administrator does not allow are refused on every call, with Grafana’s words', async () => {
  const user = await createUser(reader(logs));
  const jsonData = { sources: [{ location: `s3://${logs}/prod` }] };
  expect((await check(input(user, jsonData))).status).toBe('ok');
  const before = server.requests.length;
  for (const forbidding of [
    { grafanaConfig: { AWS_AUTH_AllowedAuthProviders: 'default,credentials' } },
    { environment: { AWS_AUTH_AllowedAuthProviders: 'default' } },
    { environment: { GF_PLUGIN_ALLOWED_AUTH_PROVIDERS: 'default' } },
  ]) {
    const dataSource = input(user, jsonData, forbidding);
    const result = await check(dataSource);
    expect(result).toMatchObject({
      status: 'error',
      message: expect.stringMatching(/^trying to use non-allowed auth method keys: choose one of default/),
    });
    const error = await failureOf(instances.use(dataSource, () => undefined));
    expect(error).toMatchObject({ code: 'bad-settings', message: 'trying to use non-allowed auth method keys' });
  }
  expect(server.requests).toHaveLength(before);
});

test('a private S3 without an STS is not asked who we are', async () => {
  const user = await createUser(reader(logs));
  const health = await checkOne(user, { location: `s3://${logs}/prod` }, { stsEndpoint: '' });
  expect(health).toMatchObject({ status: 'ok', identityNote: expect.stringMatching(/^not asked/) });
  expect(server.requests.some(({ body }) => body.includes('GetCallerIdentity'))).toBe(false);
});

test('a server that never answers ends the check in time, naming the step', async () => {
  const user = await createUser();
  const silent = await startHttpServer(() => new Promise(() => undefined));
  try {
    const result = await check(
      input(user, { endpoint: silent.url, stsEndpoint: '', sources: [{ location: `s3://${logs}/prod` }] }),
      {
        timeoutMs: 300,
      },
    );
    expect(result.details.sources[0]).toMatchObject({
      status: 'error',
      step: 'list',
      code: 'unavailable',
      message: `cannot list s3://${logs}/prod: there was no answer in time`,
    });
  } finally {
    await silent.close();
  }
});

test('what a query may reach ends at the prefix, whoever asks', async () => {
  const user = await createUser();
  const dataSource = input(user, { sources: [{ name: 'prod', location: `s3://${logs}/prod/` }] });
  await instances.use(dataSource, async ({ sources }) => {
    const [{ source } = { source: undefined }] = selectSources(sources, ['prod']);
    const { store } = source!;
    expect((await listAll(store, 'prod/')).keys).toContain(NEWEST);
    const before = server.requests.length;
    expect(await listAll(store, '')).toEqual({ keys: [], prefixes: [], pages: [0] });
    expect((await listAll(store, 'other/')).keys).toEqual([]);
    expect(await failureOf(readAll(store, 'other/readme.txt'))).toMatchObject({ code: 'access-denied' });
    expect(server.requests).toHaveLength(before);
  });
});
