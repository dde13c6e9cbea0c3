/** @jest-environment ./tests/helpers/shared-errors-environment.ts */

import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import { createCertificate } from '../helpers/certificate';
import { answerError, startHttpServer } from '../helpers/http-server';
import type { HttpServer, RecordedRequest, Responder } from '../helpers/http-server';
import { hostHere, hostInBun } from '../helpers/store-calls';
import type { ReadOutcome, RemoteStore, StoreHost, StoreOpening, StoreRead } from '../helpers/store-calls';

const KEYS = { authType: 'keys', accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'secret', region: 'us-east-1' };
const CONTENT = 'content of an object';

const isOfSdk = ({ headers }: RecordedRequest): boolean => headers['amz-sdk-request'] !== undefined;
const textOf = ({ base64 }: ReadOutcome): string => Buffer.from(base64, 'base64').toString();

describe.each([
  ['Node, over its agents', hostHere],
  ['Bun, by fetch', hostInBun],
])('reads past the SDK in %s', (_runtime, start) => {
  let host: StoreHost;
  let server: HttpServer;
  let respond: Responder;
  beforeAll(() => {
    host = start();
  });
  afterAll(() => host.close());
  beforeEach(async () => {
    respond = good;
    server = await startHttpServer((request, response) => respond(request, response));
  });
  afterEach(() => server.close());

  const open = ({ settings, ...options }: Partial<StoreOpening> = {}): RemoteStore =>
    host.open({
      bucket: 'bucket',
      settings: { ...KEYS, endpoint: server.url, ...settings },
      environment: {},
      ...options,
    });
  /** A store that has read once. */
  const openLearned = async (options?: Partial<StoreOpening>): Promise<RemoteStore> => {
    const store = open(options);
    expect(textOf(await store.read({ key: 'first' }))).toBe(CONTENT);
    return store;
  };
  const kinds = (): string => server.requests.map((request) => (isOfSdk(request) ? 'sdk' : 'plain')).join(' ');

  test('begin with the second one, and ask for the same', async () => {
    const store = open({ settings: { requesterPays: true } });
    const read = { key: 'a/b', etag: 'tag', range: { start: 2, end: 5 } };
    expect(textOf(await store.read(read))).toBe('nte');
    expect(textOf(await store.read(read))).toBe('nte');
    expect(kinds()).toBe('sdk plain');
    const [first, second] = server.requests.map(({ method, url, headers }) => ({
      method,
      path: url.split('?')[0],
      host: headers.host,
      headers: ['if-match', 'range', 'x-amz-request-payer', 'x-amz-content-sha256', 'user-agent'].map(
        (name) => headers[name],
      ),
    }));
    expect(second).toEqual(first);
    expect(first?.headers.slice(0, 3)).toEqual(['"tag"', 'bytes=2-4', 'requester']);
  });

  test('that come together wait for one of them', async () => {
    const store = open();
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => store.read({ key: `a${i}` })));
    expect(outcomes.map(textOf)).toEqual(Array.from({ length: 20 }, () => CONTENT));
    expect(kinds()).toBe(`sdk${' plain'.repeat(19)}`);
  });

  test.each<[string, Responder]>([
    ['is refused', (_request, response) => answerError(response, 403, 'AccessDenied')],
    ['gets no answer', () => undefined],
  ])('go the SDK’s way if the one that they wait for %s', async (_name, answer) => {
    const store = open({ answerTimeoutMs: 3000 });
    respond = (request, response) =>
      request.url.startsWith('/bucket/a0') ? answer(request, response) : good(request, response);
    const reads = Array.from({ length: 5 }, (_, i) => store.read({ key: `a${i}` }));
    expect((await Promise.all(reads.slice(1))).map(textOf)).toEqual(Array.from({ length: 4 }, () => CONTENT));
    expect((await reads[0]!).error).toBeDefined();
    expect(kinds()).toBe('sdk sdk sdk sdk sdk');
  });

  test('are aborted while they wait for another', async () => {
    const store = open({ answerTimeoutMs: 500 });
    respond = () => undefined;
    const order: string[] = [];
    const first = store.read({ key: 'first' }).finally(() => order.push('first'));
    const second = store.read({ key: 'a', until: 50 }).finally(() => order.push('second'));
    expect((await second).error?.code).toBe('aborted');
    expect((await first).error?.code).toBe('unavailable');
    expect(order).toEqual(['second', 'first']);
    expect(server.requests).toHaveLength(1);
  });

  test('use connections again', async () => {
    const store = await openLearned();
    for (let i = 0; i < 5; i++) {
      await store.read({ key: `a${i}` });
    }
    expect(kinds()).toBe('sdk plain plain plain plain plain');
    expect(server.connectionCount()).toBeLessThanOrEqual(2);
  });

  test.each([
    'a b',
    'a+b',
    'a%20b%',
    'é/ü/中/😀',
    'a//b',
    '/a',
    'a/',
    "it's (a) *!",
    'year=2026/a:b@c&d,e;f',
    'a?b#c',
    'a\\b"<>^`{|}',
    '~-_.',
    '.../..a/b..',
  ])('ask for the key %j in the same words', async (key) => {
    await open().read({ key });
    const store = await openLearned();
    expect(textOf(await store.read({ key }))).toBe(CONTENT);
    expect(kinds()).toBe('sdk sdk plain');
    const [asked, , plain] = server.requests.map(({ url }) => url.split('?')[0]);
    expect(plain).toBe(asked);
    expect(isSigned(server.requests[2]!)).toBe(true);
  });

  test.each(['a/../b', './a', 'a/.', '..'])('leave the key %j, which a URL would not keep, to the SDK', async (key) => {
    const store = await openLearned();
    await store.read({ key });
    expect(kinds()).toBe('sdk sdk');
  });

  test.each([
    ['a bucket with dots', { bucket: 'my.log.bucket' }, '/my.log.bucket/a'],
    ['an endpoint with a path', { path: '/base/path' }, '/base/path/bucket/a'],
    ['an endpoint with a path and a slash', { path: '/base/' }, '/base/bucket/a'],
  ])('go to %s', async (_name, { bucket = 'bucket', path = '' }: { bucket?: string; path?: string }, url) => {
    const store = await openLearned({ bucket, settings: { endpoint: server.url + path } });
    expect(textOf(await store.read({ key: 'a' }))).toBe(CONTENT);
    expect(kinds()).toBe('sdk plain');
    expect(server.requests[1]?.url).toBe(url);
  });

  test('are signed as AWS asks, for the region, with the session token', async () => {
    const store = await openLearned({ accessKeys: ['ONE'], settings: { region: 'eu-west-3' } });
    await store.read({ key: 'a b', etag: 'tag', range: { start: 0 } });
    const [, request] = server.requests;
    expect(kinds()).toBe('sdk plain');
    expect(request?.headers.authorization).toMatch(/Credential=ONE\/\d{8}\/eu-west-3\/s3\/aws4_request/);
    expect(request?.headers.authorization).toMatch(
      /SignedHeaders=host;if-match;range;x-amz-content-sha256;x-amz-date;x-amz-security-token;/,
    );
    expect(isSigned(request!)).toBe(true);
  });

  test('are signed with the credentials of the moment', async () => {
    const accessKeys = ['ONE', 'TWO', 'THREE', 'FOUR', 'FIVE'];
    const store = await openLearned({ accessKeys });
    await store.read({ key: 'a' });
    await store.read({ key: 'a' });
    expect(kinds()).toBe('sdk plain plain');
    const used = server.requests.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization!)?.[1] ?? '');
    expect(accessKeys.indexOf(used[2]!)).toBe(accessKeys.indexOf(used[1]!) + 1);
    expect(server.requests.map(({ headers }) => headers['x-amz-security-token'])).toEqual(
      used.map((name) => `token of ${name}`),
    );
    expect(server.requests.map(isSigned)).toEqual([true, true, true]);
  });

  test('go by the server’s clock once the SDK has found out', async () => {
    const aheadMs = 3_600_000;
    respond = (request, response) => {
      response.setHeader('date', new Date(Date.now() + aheadMs).toUTCString());
      const [, year, month, day, hour, minute, sec] =
        /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(String(request.headers['x-amz-date'])) ?? [];
      const askedMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${sec}Z`);
      return Math.abs(askedMs - Date.now() - aheadMs) < 300_000
        ? good(request, response)
        : answerError(response, 403, 'RequestTimeTooSkewed');
    };
    const store = await openLearned({ maxAttempts: 2 });
    expect(textOf(await store.read({ key: 'a' }))).toBe(CONTENT);
    expect(kinds()).toBe('sdk sdk plain');
  });

  describe('that are refused', () => {
    const refuse =
      (status: number, code: string, headers: object = {}): Responder =>
      (_request, response) =>
        answerError(response, status, code, { headers });

    test.each([
      [404, 'NoSuchKey', 'not-found'],
      [404, 'NoSuchBucket', 'not-found'],
      [412, 'PreconditionFailed', 'not-found'],
      [403, 'AccessDenied', 'access-denied'],
      [403, 'InvalidObjectState', 'not-found'],
      [400, 'ExpiredToken', 'access-denied'],
      [503, 'SlowDown', 'throttled'],
      [500, 'InternalError', 'unavailable'],
      [301, 'PermanentRedirect', 'bad-settings'],
      [400, 'KMS.DisabledException', 'access-denied'],
    ])('%i %s fail as the SDK says, and the next one goes its way', async (status, awsCode, code) => {
      const store = await openLearned();
      respond = refuse(status, awsCode, { 'x-amz-bucket-region': 'eu-west-3' });
      const read: StoreRead = { key: 'a/b', etag: 'tag' };
      const { error } = await store.read(read);
      expect(error).toMatchObject({ code, fields: { bucket: 'bucket', key: 'a/b', awsCode, status } });
      expect((await open().read(read)).error).toEqual(error);
      expect((await store.read(read)).error).toEqual(error);
      respond = good;
      expect(textOf(await store.read(read))).toBe(CONTENT);
      expect(textOf(await store.read(read))).toBe(CONTENT);
      expect(kinds()).toBe('sdk plain sdk sdk sdk sdk plain');
    });

    test('are tried again by the SDK if that may help', async () => {
      const store = await openLearned({ maxAttempts: 3 });
      const script = [refuse(500, 'InternalError'), refuse(503, 'SlowDown'), good];
      respond = (request, response) => (script.length > 1 ? script.shift()! : script[0]!)(request, response);
      expect(textOf(await store.read({ key: 'a' }))).toBe(CONTENT);
      expect(kinds()).toBe('sdk plain sdk sdk');
    });

    test('by a redirect do not follow it', async () => {
      const store = await openLearned();
      const other = await startHttpServer(good);
      respond = refuse(307, 'TemporaryRedirect', { location: `${other.url}/bucket/a` });
      expect((await store.read({ key: 'a' })).error?.code).toBe('bad-settings');
      expect(other.requests).toHaveLength(0);
      await other.close();
    });

    test('give their place up, however long the refusal is', async () => {
      const store = await openLearned({ maxSockets: 1 });
      respond = (request, response) =>
        isOfSdk(request)
          ? good(request, response)
          : void response.writeHead(500, { 'content-length': 1000 }).write('<Error>');
      expect(textOf(await store.read({ key: 'a' }))).toBe(CONTENT);
      expect(kinds()).toBe('sdk plain sdk');
    });

    test('by the end of the connection are asked again', async () => {
      const store = await openLearned();
      respond = (request, response) => (isOfSdk(request) ? good(request, response) : void response.destroy());
      expect(textOf(await store.read({ key: 'a' }))).toBe(CONTENT);
      expect(kinds()).toBe('sdk plain sdk');
    });

    test('by silence are asked again after answerTimeoutMs', async () => {
      const store = await openLearned({ answerTimeoutMs: 200 });
      respond = (request, response) => (isOfSdk(request) ? good(request, response) : undefined);
      expect(textOf(await store.read({ key: 'a' }))).toBe(CONTENT);
      expect(kinds()).toBe('sdk plain sdk');
    });
  });

  describe('of a range', () => {
    test.each([
      [{ start: 3 }, CONTENT.slice(3)],
      [{ start: 3, end: 7 }, CONTENT.slice(3, 7)],
      [{ start: 3, end: 7000 }, CONTENT.slice(3)],
      [{ start: 7000 }, ''],
      [{ start: 3, end: 3 }, ''],
    ])('%j give its bytes', async (range, text) => {
      const store = await openLearned();
      const { base64, error } = await store.read({ key: 'a', range });
      expect(error).toBeUndefined();
      expect(Buffer.from(base64, 'base64').toString()).toBe(text);
    });

    test('from an endpoint that does not heed it fail', async () => {
      const store = await openLearned();
      respond = (_request, response) => void response.writeHead(200, { 'content-length': 4 }).end('some');
      expect((await store.read({ key: 'a', range: { start: 2 } })).error?.code).toBe('bad-settings');
      respond = good;
      await store.read({ key: 'again' });
      respond = (_request, response) =>
        void response.writeHead(206, { 'content-length': 4, 'content-range': 'bytes 0-3/9' }).end('some');
      expect((await store.read({ key: 'a', range: { start: 2 } })).error?.code).toBe('bad-settings');
    });
  });

  describe('whose body', () => {
    /** All but the SDK's requests get this answer. */
    const answerPlain = (answer: Responder): void => {
      respond = (request, response) => (isOfSdk(request) ? good : answer)(request, response);
    };
    const half: Responder = async (_request, response) => {
      response.writeHead(200, { 'content-length': 8 });
      await flushed(response, 'some');
    };

    test('is cut short are no objects', async () => {
      const store = await openLearned();
      for (const headers of [{ 'content-length': 8 }, { 'transfer-encoding': 'chunked' }]) {
        answerPlain(async (_request, response) => {
          response.writeHead(200, headers);
          await flushed(response, 'some');
          response.destroy();
        });
        const { error } = await store.read({ key: 'a' });
        expect(error).toMatchObject({ code: 'unavailable', fields: { bucket: 'bucket', key: 'a' } });
        expect(error?.message).toMatch(/^cannot read s3:\/\/bucket\/a: /);
      }
      expect(kinds()).toBe('sdk plain plain');
    });

    test('is cut short again and again come whole with withRetry', async () => {
      const content = Buffer.alloc(300_000, 'x');
      const store = await openLearned({ isPatient: true });
      respond = async ({ headers }, response) => {
        const start = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
        response.writeHead(headers.range ? 206 : 200, {
          'content-length': content.length - start,
          ...(headers.range && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
        });
        await flushed(response, content.subarray(start, start + 70_000));
        response.destroy();
      };
      const { base64, error } = await store.read({ key: 'a', etag: 'tag' });
      expect(error).toBeUndefined();
      expect(Buffer.from(base64, 'base64').equals(content)).toBe(true);
      expect(server.requests.length).toBeGreaterThanOrEqual(6);
      expect(kinds()).toMatch(/^sdk( plain)+$/);
    });

    test('has no end fail', async () => {
      const store = await openLearned();
      answerPlain(
        (_request, response) => void response.socket?.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nsome'),
      );
      expect((await store.read({ key: 'a' })).error?.code).toBe('unavailable');
    });

    test('comes in chunks is whole at its end', async () => {
      const store = await openLearned();
      answerPlain((_request, response) => void response.writeHead(200, { 'transfer-encoding': 'chunked' }).end('some'));
      expect(textOf(await store.read({ key: 'a' }))).toBe('some');
    });

    test('is empty are empty', async () => {
      const store = await openLearned();
      answerPlain((_request, response) => void response.writeHead(200, { 'content-length': 0 }).end());
      expect(await store.read({ key: 'a' })).toEqual({ base64: '' });
    });

    test('stays silent fail after idleTimeoutMs', async () => {
      const store = await openLearned({ idleTimeoutMs: 200 });
      answerPlain(half);
      const { base64, error } = await store.read({ key: 'a' });
      expect(Buffer.from(base64, 'base64').toString()).toBe('some');
      expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('no bytes for 200 ms') });
    });

    test('has a Content-Encoding is as it is stored', async () => {
      const store = await openLearned();
      answerPlain(
        (_request, response) =>
          void response.writeHead(200, { 'content-length': 4, 'content-encoding': 'gzip' }).end('\u001f\u000bxx'),
      );
      expect(textOf(await store.read({ key: 'a' }))).toBe('\u001f\u000bxx');
    });

    test('is left or aborted give their connection up, and their place', async () => {
      const store = await openLearned({ maxSockets: 1 });
      for (const until of ['left', 'aborted', 100] as const) {
        const closed: Promise<unknown>[] = [];
        answerPlain((request, response) => {
          closed.push(once(response, 'close'));
          return half(request, response);
        });
        const { error } = await store.read({ key: 'a', until });
        expect(error?.code).toBe(until === 'left' ? undefined : 'aborted');
        expect(closed).toHaveLength(1);
        await closed[0];
      }
      answerPlain(good);
      expect(textOf(await store.read({ key: 'a' }))).toBe(CONTENT);
      expect(kinds()).toBe('sdk plain plain plain plain');
    });
  });

  test('are aborted while an answer is awaited, and keep their form', async () => {
    const store = await openLearned();
    let closed: Promise<unknown> | undefined;
    respond = (_request, response) => {
      closed = once(response, 'close');
    };
    expect((await store.read({ key: 'a', until: 100 })).error?.code).toBe('aborted');
    await closed;
    respond = good;
    await store.read({ key: 'a' });
    expect(kinds()).toBe('sdk plain plain');
  });

  test('are as many at once as there are sockets', async () => {
    const store = await openLearned({ maxSockets: 3 });
    let now = 0;
    let most = 0;
    respond = async (request, response) => {
      most = Math.max(most, ++now);
      await new Promise((done) => setTimeout(done, 5));
      now--;
      await good(request, response);
    };
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, i) => store.read({ key: `a${i}` })));
    expect(outcomes.map(textOf)).toEqual(Array.from({ length: 30 }, () => CONTENT));
    expect(most).toBe(3);
  });

  test('check the certificate as the SDK does', async () => {
    const ours = createCertificate(['127.0.0.1']);
    const others = createCertificate(['127.0.0.1']);
    const secure = await startHttpServer(good, ours);
    const settings = { endpoint: secure.url };
    for (const trust of [{ caCert: `${others.cert}\n${ours.cert}` }, { tlsSkipVerify: true }]) {
      const store = open({ settings: { ...settings, ...trust } });
      await store.read({ key: 'a' });
      expect(textOf(await store.read({ key: 'a' }))).toBe(CONTENT);
    }
    expect(secure.requests.map(isOfSdk)).toEqual([true, false, true, false]);
    for (const trust of [{ caCert: others.cert }, {}]) {
      expect((await open({ settings: { ...settings, ...trust } }).read({ key: 'a' })).error?.code).toBe('bad-settings');
    }
    expect(secure.requests).toHaveLength(4);
    await secure.close();
  });
});

describe('an object read at once', () => {
  let host: StoreHost;
  let server: HttpServer;
  let respond: Responder;
  let store: RemoteStore;
  beforeAll(() => {
    host = hostInBun();
  });
  afterAll(() => host.close());
  beforeEach(async () => {
    respond = good;
    server = await startHttpServer((request, response) => respond(request, response));
    store = host.open({
      ...{ bucket: 'bucket', environment: {}, maxSockets: 1, answerTimeoutMs: 300 },
      settings: { ...KEYS, endpoint: server.url },
    });
    // There is nothing to go by yet.
    expect(await store.read(read)).toEqual({ base64: '', isNone: true });
    await store.read({ key: 'first' });
  });
  afterEach(() => server.close());

  const read: StoreRead = { key: 'a b', etag: 'tag', sizeBytes: CONTENT.length };
  const paths = (): string => server.requests.map(({ url }) => url.split('?')[0]).join(' ');

  test('comes whole, signed, under its ETag', async () => {
    expect(textOf(await store.read(read))).toBe(CONTENT);
    expect(paths()).toBe('/bucket/first /bucket/a%20b');
    expect(server.requests[1]!.headers).toMatchObject({ 'if-match': '"tag"', 'accept-encoding': 'identity' });
    expect(isSigned(server.requests[1]!)).toBe(true);
  });

  const cases: [name: string, answer: Responder][] = [
    ['a refusal', (_request, response) => answerError(response, 412, 'PreconditionFailed')],
    ['a redirect', (_request, response) => void response.writeHead(307, { location: '/bucket/first' }).end()],
    ['a part of it', (_request, response) => void response.writeHead(206).end(CONTENT)],
    ['no answer', () => undefined],
    ['the end of the connection', (_request, response) => void response.destroy()],
    [
      'half of a body, and no more',
      async (_request, response) => {
        response.writeHead(200, { 'content-length': CONTENT.length });
        await flushed(response, 'some');
      },
    ],
    [
      'half of a body, and the end of the connection',
      async (_request, response) => {
        response.writeHead(200, { 'content-length': CONTENT.length });
        await flushed(response, 'some');
        response.destroy();
      },
    ],
  ];
  test.each(cases)('is none after %s; its place is free, and the SDK is asked next', async (_, answer) => {
    respond = answer;
    expect(await store.read(read)).toEqual({ base64: '', isNone: true });
    respond = good;
    expect(await store.read(read)).toEqual({ base64: '', isNone: true });
    expect(textOf(await store.read({ key: 'a' }))).toBe(CONTENT);
    expect(textOf(await store.read(read))).toBe(CONTENT);
    expect(server.requests.map((request) => (isOfSdk(request) ? 'sdk' : 'plain')).join(' ')).toBe(
      'sdk plain sdk plain',
    );
  });

  test('of another size than was listed is none', async () => {
    expect(await store.read({ ...read, sizeBytes: CONTENT.length + 1 })).toEqual({ base64: '', isNone: true });
    expect(textOf(await store.read(read))).toBe(CONTENT);
  });

  test('is not taken if it says to be larger, or does not say', async () => {
    for (const headers of [{ 'content-length': 2 ** 30 }, { 'transfer-encoding': 'chunked' }]) {
      let closed: Promise<unknown> | undefined;
      respond = async (_request, response) => {
        closed = once(response, 'close');
        response.writeHead(200, headers);
        await flushed(response, CONTENT);
      };
      expect(await store.read(read)).toEqual({ base64: '', isNone: true });
      await closed;
    }
    respond = good;
    expect(textOf(await store.read(read))).toBe(CONTENT);
  });

  test('that is given up is none, and leaves the form as it was', async () => {
    respond = () => undefined;
    expect(await store.read({ ...read, until: 50 })).toEqual({ base64: '', isNone: true });
    respond = good;
    expect(textOf(await store.read(read))).toBe(CONTENT);
  });
});

describe('a proxy in the environment', () => {
  test('is not used by Bun either, unless the settings say so', async () => {
    const server = await startHttpServer(good);
    const proxy = await startHttpServer((_request, response) => void response.writeHead(502).end());
    const environment = { HTTP_PROXY: proxy.url, http_proxy: proxy.url };
    const host = hostInBun(environment);
    const store = host.open({ bucket: 'bucket', settings: { ...KEYS, endpoint: server.url }, environment });
    await store.read({ key: 'a' });
    expect(textOf(await store.read({ key: 'a' }))).toBe(CONTENT);
    expect(server.requests.map(isOfSdk)).toEqual([true, false]);
    expect(proxy.requests).toHaveLength(0);
    host.close();
    await Promise.all([server.close(), proxy.close()]);
  });
});

/** As S3 answers for an object with `CONTENT`. */
const good: Responder = ({ headers }, response) => {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  if (from === undefined) {
    response.writeHead(200, { 'content-length': CONTENT.length }).end(CONTENT);
    return;
  }
  const start = Number(from);
  if (start >= CONTENT.length) {
    answerError(response, 416, 'InvalidRange');
    return;
  }
  const part = CONTENT.slice(start, to ? Number(to) + 1 : undefined);
  response
    .writeHead(206, {
      'content-length': part.length,
      'content-range': `bytes ${start}-${start + part.length - 1}/${CONTENT.length}`,
    })
    .end(part);
};

/** Resolves when the bytes have left; destroying a response earlier would drop them. */
function flushed(response: ServerResponse, bytes: Uint8Array | string): Promise<void> {
  return new Promise((done) => response.write(bytes, () => done()));
}

/** Whether the signature is that of the request as it came (AWS Signature Version 4), under the secret `secret`. */
function isSigned({ method, url, headers }: RecordedRequest): boolean {
  const [, day = '', region = '', names = '', signature] =
    /Credential=[^/]+\/(\d+)\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  const [path, query = ''] = url.split('?');
  const canonical = [
    method,
    path,
    query,
    ...names.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    names,
    headers['x-amz-content-sha256'],
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const hash = createHash('sha256').update(canonical).digest('hex');
  const text = `AWS4-HMAC-SHA256\n${String(headers['x-amz-date'])}\n${scope}\n${hash}`;
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    'AWS4secret',
  );
  return createHmac('sha256', key).update(text).digest('hex') === signature;
}
