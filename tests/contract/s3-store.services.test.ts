import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';

import { createS3Connection, type S3Connection } from '../../src/store/s3-connection';
import { parseS3Settings } from '../../src/store/s3-settings';
import { createS3Store } from '../../src/store/s3-store';
import { forwardTo, startHttpServer, type HttpServer } from '../helpers/http-server';
import { describeObjectStore, failureOf, listAll, readAll, type Seed } from './object-store-contract';

const MOTO_URL = process.env['VPCFLOW_TEST_MOTO_URL'] ?? '';
const KEYS = { authType: 'keys', accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'secret', region: 'us-east-1' };

let connection: S3Connection;
let admin: S3Client;
beforeAll(() => {
  connection = createS3Connection({ settings: parseS3Settings({ ...KEYS, endpoint: MOTO_URL }) });
  admin = connection.clientFor('us-east-1');
});
afterAll(() => connection.close());

async function createBucket(objects: Seed = {}): Promise<string> {
  const bucket = `vpcflow-${randomUUID()}`;
  await admin.send(new CreateBucketCommand({ Bucket: bucket }));
  await Promise.all(Object.entries(objects).map(([key, content]) => put(bucket, key, content)));
  return bucket;
}

async function put(bucket: string, key: string, content: string | Uint8Array): Promise<void> {
  const Body = Buffer.from(content);
  await admin.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentLength: Body.length }));
}

describeObjectStore('createS3Store, against moto', async (objects) => {
  const bucket = await createBucket(objects);
  const store = createS3Store({ bucket, connection });
  return {
    store,
    put: (key, content) => put(bucket, key, content),
    dispose: () => Promise.resolve(store.close()),
  };
});

describe('an S3 store against moto', () => {
  test('gives keys that only S3 can have as they are', async () => {
    const keys = [
      '/lead',
      'a//b',
      'a/',
      'dots/./x',
      ' lead',
      'trail ',
      'tab\there',
      '<&>"\'',
      'a+b',
      'a b',
      '%2B',
      '?q#f',
    ];
    const store = createS3Store({
      bucket: await createBucket(Object.fromEntries(keys.map((k) => [k, k]))),
      connection,
    });
    expect((await listAll(store)).keys).toEqual([...keys].sort());
    for (const key of keys) {
      expect((await readAll(store, key)).toString()).toBe(key);
    }
  });

  test('names bucket and key in its errors', async () => {
    const gone = createS3Store({ bucket: 'vpcflow-none', connection });
    expect(await failureOf(listAll(gone, 'a/'))).toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/^cannot list s3:\/\/vpcflow-none\/a\/: the bucket does not exist \(NoSuchBucket/),
      fields: { bucket: 'vpcflow-none', prefix: 'a/', awsCode: 'NoSuchBucket', status: 404 },
    });
    expect((await failureOf(readAll(gone, 'a'))).code).toBe('not-found');
    const bucket = await createBucket();
    expect(await failureOf(readAll(createS3Store({ bucket, connection }), 'a/b'))).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(`cannot read s3://${bucket}/a/b: there is no such object`),
      fields: { bucket, key: 'a/b', awsCode: 'NoSuchKey' },
    });
  });

  test('marks what Glacier holds, and says so when it is read', async () => {
    const bucket = await createBucket();
    for (const StorageClass of [
      'GLACIER',
      'DEEP_ARCHIVE',
      'GLACIER_IR',
      'STANDARD_IA',
      'INTELLIGENT_TIERING',
    ] as const) {
      await admin.send(new PutObjectCommand({ Bucket: bucket, Key: StorageClass, Body: 'x', StorageClass }));
    }
    const store = createS3Store({ bucket, connection });
    const archived: Record<string, boolean> = {};
    for await (const { objects } of store.list('')) {
      Object.assign(archived, Object.fromEntries(objects.map(({ key, isArchived }) => [key, isArchived])));
    }
    expect(archived).toEqual({
      GLACIER: true,
      DEEP_ARCHIVE: true,
      GLACIER_IR: false,
      STANDARD_IA: false,
      INTELLIGENT_TIERING: false,
    });
    expect(await failureOf(readAll(store, 'GLACIER'))).toMatchObject({
      code: 'not-found',
      fields: { isArchived: true },
    });
    expect((await readAll(store, 'STANDARD_IA')).toString()).toBe('x');
  });
});

describe('what an S3 store sends', () => {
  let recorder: HttpServer;
  let bucket: string;
  beforeAll(async () => {
    recorder = await startHttpServer(forwardTo(MOTO_URL));
    bucket = await createBucket({ 'a/b': 'content', 'a/c': 'x' });
  });
  afterAll(() => recorder.close());

  async function requestsOf(settings: object, options: object = {}) {
    const from = recorder.requests.length;
    const store = createS3Store({
      bucket,
      settings: parseS3Settings({ ...KEYS, endpoint: recorder.url, ...settings }),
      ...options,
    });
    expect((await listAll(store, 'a/')).keys).toEqual(['a/b', 'a/c']);
    expect((await readAll(store, 'a/b', { range: { start: 1, end: 4 } })).toString()).toBe('ont');
    store.close();
    return recorder.requests.slice(from);
  }

  test('is one request for each page or body: path style, signed for the region, no checksum asked for', async () => {
    const [list, read, ...more] = await requestsOf({ region: 'eu-west-1' });
    expect(more).toEqual([]);
    expect(list?.method).toBe('GET');
    expect(list?.url.split('?')[0]).toBe(`/${bucket}/`);
    expect(Object.fromEntries(new URL(list!.url, recorder.url).searchParams)).toEqual({
      'list-type': '2',
      prefix: 'a/',
      'encoding-type': 'url',
    });
    expect(read?.url).toBe(`/${bucket}/a/b?x-id=GetObject`);
    expect(read?.headers).toMatchObject({
      range: 'bytes=1-3',
      authorization: expect.stringContaining('/eu-west-1/s3/aws4_request'),
    });
    expect(read?.headers).not.toHaveProperty('x-amz-checksum-mode');
    expect(read?.headers).not.toHaveProperty('x-amz-request-payer');
  });

  test('says who pays, in lists and reads', async () => {
    const requests = await requestsOf({ requesterPays: true });
    expect(requests.map(({ headers }) => headers['x-amz-request-payer'])).toEqual(['requester', 'requester']);
  });

  test('carries the user agent', async () => {
    const userAgent = [
      ['grafana-vpcflow', '1.2.3'],
      ['Grafana', '12.4.2'],
    ];
    const requests = await requestsOf({}, { userAgent });
    for (const { headers } of requests) {
      expect(headers['user-agent']).toMatch(/grafana-vpcflow\/1\.2\.3 Grafana\/12\.4\.2/);
    }
  });

  test('carries the session token', async () => {
    const [list] = await requestsOf({ sessionToken: 'SESSION' });
    expect(list?.headers['x-amz-security-token']).toBe('SESSION');
  });

  test('goes over kept connections, at most maxSockets', async () => {
    const store = createS3Store({
      bucket,
      settings: parseS3Settings({ ...KEYS, endpoint: recorder.url }),
      maxSockets: 3,
    });
    const before = recorder.connectionCount();
    for (let i = 0; i < 5; i++) {
      await readAll(store, 'a/b');
    }
    expect(recorder.connectionCount() - before).toBe(1);
    await Promise.all(Array.from({ length: 30 }, () => readAll(store, 'a/b')));
    expect(recorder.connectionCount() - before).toBe(3);
    store.close();
  });

  test('leaves no connection behind, except in a connection that it shares', async () => {
    const settings = parseS3Settings({ ...KEYS, endpoint: recorder.url });
    await recorder.whenUnconnected();
    const shared = createS3Connection({ settings });
    const before = recorder.connectionCount();
    for (let i = 0; i < 3; i++) {
      const store = createS3Store({ bucket, connection: shared });
      await readAll(store, 'a/b');
      store.close();
    }
    expect(recorder.connectionCount() - before).toBe(1);
    const own = createS3Store({ bucket, settings });
    await readAll(own, 'a/b');
    own.close();
    shared.close();
    await recorder.whenUnconnected();
  });
});
