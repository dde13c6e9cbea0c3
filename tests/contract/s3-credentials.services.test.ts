/** @jest-environment ./tests/helpers/shared-errors-environment.ts */

import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createS3Connection } from '../../src/store/s3-connection';
import { parseS3Settings } from '../../src/store/s3-settings';
import { createS3Store } from '../../src/store/s3-store';
import { createCertificate } from '../helpers/certificate';
import { startConnectProxy } from '../helpers/connect-proxy';
import { answerError, forwardTo, startHttpServer, type HttpServer } from '../helpers/http-server';
import { failureOf, listAll, readAll } from './object-store-contract';

const MOTO_URL = process.env['VPCFLOW_TEST_MOTO_URL'] ?? '';
const KEYS = { authType: 'keys', accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'secret', region: 'us-east-1' };

const closing: (() => unknown)[] = [];
function closeAfterwards<T extends { close(): unknown }>(resource: T): T {
  closing.push(() => resource.close());
  return resource;
}
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) {
    await close();
  }
});

async function createBucket(): Promise<string> {
  const bucket = `vpcflow-${randomUUID()}`;
  const connection = createS3Connection({ settings: parseS3Settings({ ...KEYS, endpoint: MOTO_URL }) });
  const admin = connection.clientFor('us-east-1');
  await admin.send(new CreateBucketCommand({ Bucket: bucket }));
  await admin.send(new PutObjectCommand({ Bucket: bucket, Key: 'a/b', Body: 'content', ContentLength: 7 }));
  connection.close();
  return bucket;
}

function open(bucket: string, settings: object, options: object = {}) {
  return closeAfterwards(
    createS3Store({ bucket, settings: parseS3Settings({ ...KEYS, ...settings }), maxAttempts: 1, ...options }),
  );
}

describe('credentials', () => {
  const ROLE = 'arn:aws:iam::123456789012:role/flow-logs';
  let bucket: string;
  let s3: HttpServer;
  let sts: HttpServer;
  beforeEach(async () => {
    bucket = await createBucket();
    s3 = closeAfterwards(await startHttpServer(forwardTo(MOTO_URL)));
    sts = closeAfterwards(await startHttpServer(forwardTo(MOTO_URL)));
  });
  const role = (more: object = {}) => ({ endpoint: s3.url, stsEndpoint: sts.url, assumeRoleArn: ROLE, ...more });

  test('of an assumed role: once for all, with the external id, from the STS given', async () => {
    const store = open(bucket, role({ externalId: 'my-grafana' }), {
      sessionName: 'grafana vpcflow/uid',
      sessionDurationSec: 1800,
    });
    await Promise.all([listAll(store), listAll(store), readAll(store, 'a/b')]);
    expect(sts.requests).toHaveLength(1);
    const { body, headers } = sts.requests[0]!;
    expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: ROLE,
      RoleSessionName: 'grafana-vpcflow-uid',
      ExternalId: 'my-grafana',
      DurationSeconds: '1800',
    });
    // The base credentials ask STS, and what it gave asks S3.
    expect(headers.authorization).toContain('Credential=AKIAIOSFODNN7EXAMPLE/');
    expect(s3.requests).toHaveLength(3);
    for (const request of s3.requests) {
      expect(request.headers.authorization).toMatch(/Credential=ASIA/);
      expect(request.headers['x-amz-security-token']).toEqual(expect.any(String));
    }
  });

  test('of a role in a region that must be switched on come from us-east-1, unless an STS is given', async () => {
    const aws = createCertificate(['sts.us-east-1.amazonaws.com', 'sts.eu-west-1.amazonaws.com']);
    const server = closeAfterwards(
      await startHttpServer((_, response) => answerError(response, 403, 'AccessDenied'), aws),
    );
    for (const [region, host] of [
      ['eu-south-2', 'sts.us-east-1.amazonaws.com'],
      ['eu-west-1', 'sts.eu-west-1.amazonaws.com'],
    ]) {
      const proxy = closeAfterwards(await startConnectProxy(server.port));
      const store = open(bucket, { region, assumeRoleArn: ROLE, proxyUrl: proxy.url, caCert: aws.cert });
      expect((await failureOf(listAll(store))).fields['action']).toBe('sts:AssumeRole');
      expect(server.requests.at(-1)?.headers.host).toBe(host);
    }
  });

  test('that STS refuses are access-denied with the role', async () => {
    const refusing = closeAfterwards(
      await startHttpServer((_, response) => {
        response.writeHead(403, { 'content-type': 'text/xml' });
        response.end(
          `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: x is not authorized to perform: sts:AssumeRole on resource: ${ROLE}</Message></Error></ErrorResponse>`,
        );
      }),
    );
    expect(await failureOf(listAll(open(bucket, role({ stsEndpoint: refusing.url }))))).toMatchObject({
      code: 'access-denied',
      message: expect.stringMatching(/^cannot assume the role arn:.*not authorized/),
      fields: { action: 'sts:AssumeRole', role: ROLE, awsCode: 'AccessDenied', status: 403 },
    });
    expect(s3.requests).toHaveLength(0);
  });

  test('are unavailable with their STS', async () => {
    const gone = await startHttpServer((_, response) => void response.end());
    await gone.close();
    expect(await failureOf(readAll(open(bucket, role({ stsEndpoint: gone.url })), 'a/b'))).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^cannot assume the role/),
    });
  });

  describe('from a file', () => {
    let folder: string;
    let credentialsFile: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'vpcflow-credentials-'));
      credentialsFile = join(folder, 'credentials');
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const write = (key: string) =>
      writeFileSync(
        credentialsFile,
        `[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s\n[flow]\naws_access_key_id = ${key}\naws_secret_access_key = s\n`,
      );
    const keysSeen = () =>
      s3.requests.map(({ headers }) => /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1]);

    test('are those of the profile, and read again when they have been rotated', async () => {
      write('AKIAFIRST');
      let nowMs = Date.now();
      const settings = { authType: 'credentials', profile: 'flow', endpoint: s3.url };
      const store = open(bucket, settings, { credentialsFile, clock: () => nowMs });
      await listAll(store);
      write('AKIASECOND');
      await listAll(store);
      nowMs += 10 * 60_000;
      await listAll(store);
      expect(keysSeen()).toEqual(['AKIAFIRST', 'AKIAFIRST', 'AKIASECOND']);
    });

    test('are the default profile’s without a profile', async () => {
      write('AKIAOTHER');
      await listAll(open(bucket, { authType: 'credentials', endpoint: s3.url }, { credentialsFile }));
      expect(keysSeen()).toEqual(['AKIADEFAULT']);
    });

    test('are bad-settings without such a profile', async () => {
      write('AKIAOTHER');
      const settings = { authType: 'credentials', profile: 'none', endpoint: s3.url };
      expect(await failureOf(listAll(open(bucket, settings, { credentialsFile })))).toMatchObject({
        code: 'bad-settings',
        message: expect.stringMatching(/^cannot find credentials \(authType credentials, profile none\): .*none/),
        fields: { authType: 'credentials', profile: 'none' },
      });
    });
  });

  describe('of the machine', () => {
    const NAMES = [
      'AWS_EC2_METADATA_SERVICE_ENDPOINT',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      'AWS_CONTAINER_AUTHORIZATION_TOKEN',
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SHARED_CREDENTIALS_FILE',
      'AWS_CONFIG_FILE',
    ];
    const before = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));
    afterEach(() => {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) {
          Reflect.deleteProperty(process.env, name);
        } else {
          process.env[name] = value;
        }
      }
    });
    const answer = (AccessKeyId: string) =>
      JSON.stringify({
        Code: 'Success',
        AccessKeyId,
        SecretAccessKey: 's',
        Token: 'TOKEN',
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      });
    const startMetadata = () =>
      startHttpServer(({ url }, response) => {
        const known: Record<string, string> = {
          '/latest/api/token': 'imds-token',
          '/latest/meta-data/iam/security-credentials/': 'the-role',
          '/latest/meta-data/iam/security-credentials/the-role': answer('ASIAINSTANCE'),
          '/container': answer('ASIACONTAINER'),
        };
        response.writeHead(known[url] === undefined ? 404 : 200).end(known[url]);
      });
    const keySeen = () => /Credential=([^/]+)/.exec(s3.requests[0]?.headers.authorization ?? '')?.[1];

    test('are the instance’s, whatever keys lie around', async () => {
      const metadata = closeAfterwards(await startMetadata());
      process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = metadata.url;
      process.env['AWS_ACCESS_KEY_ID'] = 'AKIALYINGAROUND';
      process.env['AWS_SECRET_ACCESS_KEY'] = 's';
      const store = open(bucket, { authType: 'ec2_iam_role', endpoint: s3.url });
      await Promise.all([listAll(store), listAll(store)]);
      expect(keySeen()).toBe('ASIAINSTANCE');
      expect(metadata.requests.map(({ url }) => url)).toEqual([
        '/latest/api/token',
        '/latest/meta-data/iam/security-credentials/',
        '/latest/meta-data/iam/security-credentials/the-role',
      ]);
    });

    test('are the container’s where there is one', async () => {
      const metadata = closeAfterwards(await startMetadata());
      process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = metadata.url;
      process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `${metadata.url}/container`;
      await listAll(open(bucket, { authType: 'ec2_iam_role', endpoint: s3.url }, { environment: process.env }));
      expect(keySeen()).toBe('ASIACONTAINER');
    });

    test('are unavailable where there is no metadata', async () => {
      const gone = await startHttpServer((_, response) => void response.end());
      await gone.close();
      process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = gone.url;
      const store = open(bucket, { authType: 'ec2_iam_role', endpoint: s3.url });
      expect(await failureOf(listAll(store))).toMatchObject({
        code: 'unavailable',
        fields: { authType: 'ec2_iam_role' },
      });
    });

    test('and of the environment are what the default chain finds', async () => {
      process.env['AWS_ACCESS_KEY_ID'] = 'AKIAENVIRONMENT';
      process.env['AWS_SECRET_ACCESS_KEY'] = 's';
      await listAll(open(bucket, { authType: 'default', endpoint: s3.url }));
      expect(keySeen()).toBe('AKIAENVIRONMENT');
    });

    test('and all others missing are bad-settings for the default chain', async () => {
      const gone = await startHttpServer((_, response) => void response.end());
      await gone.close();
      process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = gone.url;
      process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/nonexistent/credentials';
      process.env['AWS_CONFIG_FILE'] = '/nonexistent/config';
      const error = await failureOf(listAll(open(bucket, { authType: 'default', endpoint: s3.url })));
      expect(error).toMatchObject({ code: 'bad-settings', fields: { authType: 'default' } });
      expect(error.message).toMatch(/^cannot find credentials \(authType default\): /);
    });
  });
});
