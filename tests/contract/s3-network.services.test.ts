/** @jest-environment ./tests/helpers/shared-errors-environment.ts */

import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';

import { createS3Connection } from '../../src/store/s3-connection';
import { parseS3Settings } from '../../src/store/s3-settings';
import { createS3Store } from '../../src/store/s3-store';
import { createCertificate } from '../helpers/certificate';
import { startConnectProxy, type ConnectProxy } from '../helpers/connect-proxy';
import { answerError, answerListing, forwardTo, startHttpServer, type HttpServer } from '../helpers/http-server';
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

describe('TLS', () => {
  const ours = createCertificate(['127.0.0.1', 'localhost']);
  const others = createCertificate(['127.0.0.1', 'localhost']);
  let bucket: string;
  let endpoint: string;
  beforeEach(async () => {
    bucket = await createBucket();
    endpoint = closeAfterwards(await startHttpServer(forwardTo(MOTO_URL), ours)).url;
  });

  test('is trusted with the authority given', async () => {
    const store = open(bucket, { endpoint, caCert: `${others.cert}\n${ours.cert}` });
    expect((await listAll(store)).keys).toEqual(['a/b']);
    expect((await readAll(store, 'a/b')).toString()).toBe('content');
  });

  test.each([
    ['without', {}],
    ['with another', { caCert: others.cert }],
  ])('is refused %s authority, and that is a matter of settings', async (_, settings) => {
    expect(await failureOf(listAll(open(bucket, { endpoint, ...settings })))).toMatchObject({
      code: 'bad-settings',
      message: expect.stringContaining('certificate'),
    });
  });

  test('is not checked with tlsSkipVerify', async () => {
    expect((await listAll(open(bucket, { endpoint, tlsSkipVerify: true }))).keys).toEqual(['a/b']);
  });
});

describe('a proxy', () => {
  const ours = createCertificate(['127.0.0.1']);
  let bucket: string;
  let secure: HttpServer;
  beforeEach(async () => {
    bucket = await createBucket();
    secure = closeAfterwards(await startHttpServer(forwardTo(MOTO_URL), ours));
  });

  test('carries TLS, which is checked against the authority given, over kept tunnels', async () => {
    const proxy = closeAfterwards(await startConnectProxy(secure.port));
    const settings = { endpoint: secure.url, proxyUrl: proxy.url.replace('//', '//me:p%40ss@') };
    const store = open(bucket, { ...settings, caCert: ours.cert });
    expect((await listAll(store)).keys).toEqual(['a/b']);
    expect((await readAll(store, 'a/b')).toString()).toBe('content');
    expect(proxy.destinations).toEqual([`127.0.0.1:${secure.port}`]);
    expect(proxy.headers[0]?.['proxy-authorization']).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);

    expect((await failureOf(listAll(open(bucket, settings)))).code).toBe('bad-settings');
  });

  test('carries plain HTTP as well', async () => {
    const port = Number(new URL(MOTO_URL).port);
    const proxy = closeAfterwards(await startConnectProxy(port));
    expect((await listAll(open(bucket, { endpoint: MOTO_URL, proxyUrl: proxy.url }))).keys).toEqual(['a/b']);
    expect(proxy.destinations).toEqual([`127.0.0.1:${port}`]);
  });

  test('may be spoken to in TLS itself', async () => {
    const tls = createCertificate(['127.0.0.1']);
    const proxy = closeAfterwards(await startConnectProxy(secure.port, { tls }));
    const settings = { endpoint: secure.url, proxyUrl: proxy.url };
    const store = open(bucket, { ...settings, caCert: `${ours.cert}\n${tls.cert}` });
    expect((await listAll(store)).keys).toEqual(['a/b']);
    expect((await listAll(open(bucket, { ...settings, tlsSkipVerify: true }))).keys).toEqual(['a/b']);
    expect(await failureOf(listAll(open(bucket, { ...settings, caCert: ours.cert })))).toMatchObject({
      code: 'bad-settings',
    });
  });

  test('that refuses is unavailable, and named without its password', async () => {
    const proxy = closeAfterwards(await startConnectProxy(secure.port, { status: 407 }));
    const store = open(bucket, { endpoint: secure.url, proxyUrl: proxy.url.replace('//', '//me:pass@') });
    const error = await failureOf(listAll(store));
    expect(error.code).toBe('unavailable');
    expect(error.message).toContain(`the proxy ${new URL(proxy.url).host} answers 407`);
    expect(error.message).not.toContain('pass');
  });

  test('that never answers is unavailable, and left alone', async () => {
    const proxy = closeAfterwards(await startConnectProxy(secure.port, { status: 'silent' }));
    const store = open(bucket, { endpoint: secure.url, proxyUrl: proxy.url }, { connectTimeoutMs: 200 });
    expect((await failureOf(listAll(store))).code).toBe('unavailable');
    await proxy.whenUnconnected();
  });

  test('that is a web server is unavailable', async () => {
    const web = closeAfterwards(await startHttpServer((_, response) => void response.end('hi')));
    const store = open(bucket, { endpoint: secure.url, proxyUrl: web.url, caCert: ours.cert });
    expect((await failureOf(listAll(store))).code).toBe('unavailable');
  });

  test('that is not there is unavailable', async () => {
    const web = await startHttpServer((_, response) => void response.end());
    await web.close();
    const store = open(bucket, { endpoint: secure.url, proxyUrl: web.url, caCert: ours.cert });
    expect((await failureOf(listAll(store))).code).toBe('unavailable');
  });
});

/** All hosts of AWS lead to one local server, through a proxy. */
describe('the region of a bucket', () => {
  const aws = createCertificate([
    '*.s3.us-east-1.amazonaws.com',
    '*.s3.eu-west-3.amazonaws.com',
    '*.s3-fips.us-east-1.amazonaws.com',
    '*.s3.dualstack.us-east-1.amazonaws.com',
    '*.s3.cn-north-1.amazonaws.com.cn',
    '*.s3-accesspoint.eu-west-1.amazonaws.com',
  ]);
  let server: HttpServer;
  let proxy: ConnectProxy;
  /** What HeadBucket is answered; elsewhere than in its region a bucket cannot be listed. */
  let head: { status: number; region?: string };
  beforeEach(async () => {
    head = { status: 301, region: 'eu-west-3' };
    server = closeAfterwards(
      await startHttpServer(({ method, headers }, response) => {
        const region = head.region === undefined ? {} : { 'x-amz-bucket-region': head.region };
        if (method === 'HEAD') {
          response.writeHead(head.status, region).end();
        } else if (head.region !== undefined && !headers.host?.includes(head.region)) {
          answerError(response, 301, 'PermanentRedirect', { headers: region });
        } else {
          answerListing(response);
        }
      }, aws),
    );
    proxy = closeAfterwards(await startConnectProxy(server.port));
  });
  const throughProxy = (more: object = {}) => ({ caCert: aws.cert, proxyUrl: proxy.url, ...more });
  const asked = () => server.requests.map(({ method, headers }) => `${method} ${headers.host}`);

  test.each([200, 301, 400, 403])(
    'is found in an answer %i, once for many requests at once and later',
    async (status) => {
      head = { status, region: 'eu-west-3' };
      const store = open('bucket', throughProxy());
      await Promise.all(Array.from({ length: 10 }, () => listAll(store)));
      await listAll(store);
      expect(asked().filter((line) => line.startsWith('HEAD'))).toEqual(['HEAD bucket.s3.us-east-1.amazonaws.com']);
      expect(new Set(asked().slice(1))).toEqual(new Set(['GET bucket.s3.eu-west-3.amazonaws.com']));
      expect(asked()).toHaveLength(12);
    },
  );

  test('is asked for over the same one connection as all the rest, if there may be only one', async () => {
    head = { status: 200, region: 'us-east-1' };
    const store = open('bucket', throughProxy(), { maxSockets: 1 });
    await Promise.all([listAll(store), listAll(store)]);
    head = { status: 500, region: undefined };
    const other = open('bucket', throughProxy(), { maxSockets: 1 });
    for (let i = 0; i < 2; i++) {
      expect((await failureOf(listAll(other))).code).toBe('unavailable');
    }
  });

  test('is shared by the stores of a connection', async () => {
    const connection = closeAfterwards(
      createS3Connection({ settings: parseS3Settings({ ...KEYS, ...throughProxy() }) }),
    );
    for (let i = 0; i < 2; i++) {
      const store = createS3Store({ bucket: 'bucket', connection });
      await listAll(store);
      store.close();
    }
    expect(asked().map((line) => line.split(' ')[0])).toEqual(['HEAD', 'GET', 'GET']);
  });

  test('is the settings’ if a refusal does not say', async () => {
    head = { status: 403 };
    await listAll(open('bucket', throughProxy()));
    expect(asked()).toEqual(['HEAD bucket.s3.us-east-1.amazonaws.com', 'GET bucket.s3.us-east-1.amazonaws.com']);
  });

  test('is asked for again after a failure and after a redirect', async () => {
    head = { status: 404 };
    const store = open('bucket', throughProxy());
    expect(await failureOf(listAll(store))).toMatchObject({ code: 'not-found', fields: { bucket: 'bucket' } });
    head = { status: 200, region: 'us-east-1' };
    await listAll(store);
    head = { status: 301, region: 'eu-west-3' };
    expect(await failureOf(listAll(store))).toMatchObject({ code: 'bad-settings', fields: { region: 'eu-west-3' } });
    await listAll(store);
    expect(asked().map((line) => line.split('.')[0])).toEqual([
      'HEAD bucket',
      'HEAD bucket',
      'GET bucket',
      'GET bucket',
      'HEAD bucket',
      'GET bucket',
    ]);
  });

  test('is looked for from the location’s region first', async () => {
    head = { status: 200, region: 'cn-north-1' };
    await listAll(open('bucket', throughProxy(), { region: 'cn-north-1' }));
    expect(asked()[0]).toBe('HEAD bucket.s3.cn-north-1.amazonaws.com.cn');
  });

  test('is not asked for an access point, which has it in its name', async () => {
    head = { status: 500 };
    const accessPoint = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/logs';
    await listAll(open(accessPoint, throughProxy(), { region: 'eu-west-1' }));
    expect(asked()).toEqual(['GET logs-123456789012.s3-accesspoint.eu-west-1.amazonaws.com']);
    expect(server.requests[0]?.headers.authorization).toContain('/eu-west-1/s3/');
  });

  test.each([
    [{ useFipsEndpoint: true }, 'GET bucket.s3-fips.us-east-1.amazonaws.com'],
    [{ endpoint: 'https://s3-fips.us-east-1.amazonaws.com' }, 'GET bucket.s3-fips.us-east-1.amazonaws.com'],
    [{ useDualstackEndpoint: true }, 'GET bucket.s3.dualstack.us-east-1.amazonaws.com'],
  ])('is where %j leads', async (settings, line) => {
    head = { status: 200, region: 'us-east-1' };
    await listAll(open('bucket', throughProxy(settings)));
    expect(asked()[1]).toBe(line);
  });

  test('a caller that gives up does not take the answer from the others', async () => {
    const store = open('bucket', throughProxy());
    const controller = new AbortController();
    const gone = failureOf(listAll(store, '', { signal: controller.signal }));
    const staying = listAll(store);
    controller.abort();
    expect((await gone).code).toBe('aborted');
    expect((await staying).pages).toEqual([0]);
  });
});
