/** @jest-environment ./tests/helpers/shared-errors-environment.ts */

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import { parseS3Settings } from '../../src/store/s3-settings';
import { createS3Store, type S3StoreOptions } from '../../src/store/s3-store';
import type { ListPage, ObjectStore } from '../../src/store/store';
import { withRetry, type RetryReport } from '../../src/store/with-retry';
import { answerError, answerListing, startHttpServer, type HttpServer, type Responder } from '../helpers/http-server';
import { failureOf, listAll, readAll } from './object-store-contract';

const KEYS = { authType: 'keys', accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'secret', region: 'us-east-1' };

let server: HttpServer;
let store: ObjectStore;
let script: Responder[];

/** Answers come from `script`, one each; the last one again and again. */
beforeEach(async () => {
  script = [];
  server = await startHttpServer((request, response) =>
    (script.length > 1 ? script.shift()! : script[0]!)(request, response),
  );
  store = open();
});
afterEach(async () => {
  store.close();
  await server.close();
});

function open(options: Partial<S3StoreOptions> = {}): ObjectStore {
  const settings = parseS3Settings({ ...KEYS, endpoint: server.url });
  return createS3Store({ bucket: 'bucket', settings, maxAttempts: 1, ...options } as S3StoreOptions);
}

const error =
  (status: number, code: string, options: Parameters<typeof answerError>[3] = {}): Responder =>
  (_, response) =>
    answerError(response, status, code, options);

describe('an error of S3', () => {
  test.each([
    [404, 'NoSuchBucket', 'not-found'],
    [404, 'NoSuchKey', 'not-found'],
    [412, 'PreconditionFailed', 'not-found'],
    [403, 'InvalidObjectState', 'not-found'],
    [403, 'AccessDenied', 'access-denied'],
    [403, 'InvalidAccessKeyId', 'access-denied'],
    [403, 'SignatureDoesNotMatch', 'access-denied'],
    [400, 'ExpiredToken', 'access-denied'],
    [400, 'InvalidToken', 'access-denied'],
    [403, 'RequestTimeTooSkewed', 'access-denied'],
    [403, 'NeverHeardOf', 'access-denied'],
    [400, 'KMS.DisabledException', 'access-denied'],
    [503, 'SlowDown', 'throttled'],
    [429, 'TooManyRequests', 'throttled'],
    [500, 'InternalError', 'unavailable'],
    [503, 'ServiceUnavailable', 'unavailable'],
    [502, 'NeverHeardOf', 'unavailable'],
    [301, 'PermanentRedirect', 'bad-settings'],
    [400, 'AuthorizationHeaderMalformed', 'bad-settings'],
    [400, 'InvalidBucketName', 'bad-settings'],
    [400, 'InvalidArgument', 'internal'],
    [400, 'constructor', 'internal'],
  ])('%i %s is %s', async (status, awsCode, code) => {
    script = [error(status, awsCode)];
    const failures = [await failureOf(listAll(store, 'a/')), await failureOf(readAll(store, 'a/b'))];
    expect(failures).toMatchObject([
      { code, fields: { bucket: 'bucket', prefix: 'a/', awsCode, status } },
      { code, fields: { bucket: 'bucket', key: 'a/b', awsCode, status } },
    ]);
    expect(failures[0]!.message).toMatch(/^cannot list s3:\/\/bucket\/a\/: .+ \(/);
    expect(failures[1]!.message).toMatch(/^cannot read s3:\/\/bucket\/a\/b: .+message of /);
  });

  test.each([
    ['Access Denied', 's3:ListBucket', 's3:GetObject'],
    [
      'User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:eu-west-1:1:key/2',
      'kms:Decrypt',
      'kms:Decrypt',
    ],
    [
      'User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: s3:GetObject on resource: "x"',
      's3:GetObject',
      's3:GetObject',
    ],
    ['The ciphertext refers to a customer master key that does not exist', 'kms:Decrypt', 'kms:Decrypt'],
  ])('that says "%s" names the action', async (message, listAction, readAction) => {
    script = [error(403, 'AccessDenied', { message })];
    expect((await failureOf(listAll(store))).fields['action']).toBe(listAction);
    expect((await failureOf(readAll(store, 'a'))).fields['action']).toBe(readAction);
  });

  test('names the action only where access is denied', async () => {
    script = [error(503, 'SlowDown')];
    expect((await failureOf(readAll(store, 'a'))).fields).not.toHaveProperty('action');
  });

  test('about the region names the region', async () => {
    script = [error(301, 'PermanentRedirect', { headers: { 'x-amz-bucket-region': 'eu-west-3' } })];
    expect((await failureOf(listAll(store))).fields['region']).toBe('eu-west-3');
    script = [error(400, 'AuthorizationHeaderMalformed', { more: '<Region>eu-north-1</Region>' })];
    expect((await failureOf(listAll(store))).fields['region']).toBe('eu-north-1');
  });

  test.each([
    [403, 'access-denied'],
    [404, 'not-found'],
    [412, 'not-found'],
    [500, 'unavailable'],
  ])('%i without a body is %s', async (status, code) => {
    script = [(_, response) => void response.writeHead(status).end()];
    expect(await failureOf(readAll(store, 'a'))).toMatchObject({ code, fields: { status } });
  });

  test('is tried again by the SDK if it may pass, as often as asked', async () => {
    script = [error(500, 'InternalError'), error(500, 'InternalError'), (_, response) => void response.end('good')];
    expect((await readAll(open({ maxAttempts: 3 }), 'a')).toString()).toBe('good');
    expect(server.requests).toHaveLength(3);
  });
});

describe('an endpoint', () => {
  test('where nothing listens is unavailable', async () => {
    await server.close();
    expect(await failureOf(listAll(store))).toMatchObject({ code: 'unavailable', fields: { bucket: 'bucket' } });
  });

  test('that ends the connection without an answer is unavailable', async () => {
    script = [(_, response) => void response.destroy()];
    expect((await failureOf(readAll(store, 'a'))).code).toBe('unavailable');
  });

  test('that never answers is unavailable after answerTimeoutMs', async () => {
    script = [() => undefined];
    const slow = open({ answerTimeoutMs: 200 });
    expect(await failureOf(readAll(slow, 'a'))).toMatchObject({ code: 'unavailable' });
    expect(await failureOf(listAll(slow))).toMatchObject({ code: 'unavailable' });
  });

  test('that is a web site is no S3, and not an empty bucket', async () => {
    script = [
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><p>hi</p></html>'),
    ];
    expect((await failureOf(listAll(store))).code).toBe('bad-settings');
    script = [(_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><p>hi')];
    expect((await failureOf(listAll(store))).code).toBe('bad-settings');
    script = [(_, response) => void response.writeHead(200).end()];
    expect((await failureOf(listAll(store))).code).toBe('bad-settings');
  });

  test('that says there is more but not where fails instead of ending early or going round', async () => {
    const more = '<IsTruncated>true</IsTruncated>';
    script = [
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/xml' });
        response.end(`<ListBucketResult><Name>bucket</Name>${more}</ListBucketResult>`);
      },
    ];
    expect((await failureOf(listAll(store))).code).toBe('unavailable');
    script = [(_, response) => answerListing(response, { next: 'SAME' })];
    expect((await failureOf(listAll(store))).code).toBe('unavailable');
  });

  test('that does not heed ranges is told from one that does', async () => {
    script = [(_, response) => void response.writeHead(200, { 'content-length': 10 }).end('0123456789')];
    expect((await failureOf(readAll(store, 'a', { range: { start: 2 } }))).code).toBe('bad-settings');
  });
});

describe('a listing', () => {
  const contents = (...keys: string[]) =>
    keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag></Contents>`).join('');

  test('decodes keys as S3 writes them (a space is +), if the server says that they are encoded', async () => {
    const encoding = '<EncodingType>url</EncodingType>';
    script = [
      (_, response) => answerListing(response, { encoding, contents: contents('a+b%2Bc%20d%3D1/%C3%A9%01%25') }),
    ];
    expect((await listAll(store)).keys).toEqual(['a b+c d=1/é\u0001%']);
    script = [(_, response) => answerListing(response, { contents: contents('a+b%2B') })];
    expect((await listAll(store)).keys).toEqual(['a+b%2B']);
  });

  test('has the same of a thousand plain objects as of those that the SDK has to read', async () => {
    const date = '<LastModified>2026-01-15T10:00:00.000Z</LastModified>';
    const plain = Array.from(
      { length: 1000 },
      (_, i) => `<Contents><Key>a/${i}+%2B&amp;</Key>${date}<ETag>&quot;${i}&quot;</ETag><Size>${i}</Size></Contents>`,
    ).join('');
    const folded = '<CommonPrefixes><Prefix>b%2F</Prefix></CommonPrefixes>';
    const encoding = '<EncodingType>url</EncodingType>';
    const pages: ListPage[] = [];
    for (const contents of [plain + folded, `${plain}\n${folded}`.replace('<ETag>', '\n<ETag>')]) {
      script = [(_, response) => answerListing(response, { encoding, contents })];
      for await (const page of store.list('')) {
        pages.push(page);
      }
    }
    expect(pages[0]).toEqual(pages[1]);
    expect(pages[0]?.prefixes).toEqual(['b/']);
    expect(pages[0]?.objects).toHaveLength(1000);
    expect(pages[0]?.objects[7]).toEqual({
      key: 'a/7 +&',
      sizeBytes: 7,
      etag: '7',
      lastModifiedMs: Date.parse('2026-01-15T10:00:00Z'),
      isArchived: false,
    });
  });

  test('takes what was restored from the archive for readable', async () => {
    const object = (key: string, restore: string) =>
      `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag><StorageClass>GLACIER</StorageClass>${restore}</Contents>`;
    const done =
      '<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress><RestoreExpiryDate>2027-01-01T00:00:00Z</RestoreExpiryDate></RestoreStatus>';
    const running = '<RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus>';
    script = [
      (_, response) =>
        answerListing(response, { contents: object('a', '') + object('b', done) + object('c', running) }),
    ];
    for await (const { objects } of store.list('')) {
      expect(objects.map(({ isArchived }) => isArchived)).toEqual([true, false, true]);
    }
    expect(server.requests[0]?.headers['x-amz-optional-object-attributes']).toBe('RestoreStatus');
  });

  test('whose answer stops in the middle is unavailable after listTimeoutMs', async () => {
    script = [(_, response) => void response.writeHead(200).write('<?xml version="1.0"?><ListBucketResult>')];
    expect(await failureOf(listAll(open({ listTimeoutMs: 200 })))).toMatchObject({ code: 'unavailable' });
  });

  test('goes on where it broke off', async () => {
    script = [
      (_, response) => answerListing(response, { next: 'TWO', contents: contents('a', 'b') }),
      error(503, 'SlowDown'),
      (_, response) => answerListing(response, { next: 'THREE', contents: contents('c') }),
      error(500, 'InternalError'),
      (_, response) => answerListing(response, { contents: contents('d') }),
    ];
    const reports: RetryReport[] = [];
    const patient = withRetry(store, { sleep: () => Promise.resolve(), report: (report) => reports.push(report) });
    expect(await listAll(patient)).toEqual({ keys: ['a', 'b', 'c', 'd'], prefixes: [], pages: [2, 1, 1] });
    const asked = server.requests.map(({ url }) => new URL(url, server.url).searchParams);
    expect(asked.map((query) => [query.get('continuation-token'), query.get('start-after')])).toEqual([
      [null, null],
      ['TWO', null],
      [null, 'b'],
      ['THREE', null],
      [null, 'c'],
    ]);
    expect(reports).toMatchObject([{ error: { code: 'throttled' } }, { error: { code: 'unavailable' } }]);
  });

  test('is aborted while a page is awaited', async () => {
    const controller = new AbortController();
    script = [() => controller.abort()];
    expect((await failureOf(listAll(store, '', { signal: controller.signal }))).code).toBe('aborted');
  });
});

describe('a body', () => {
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));

  /** Serves `content`, cutting each answer short after `cutBytes`; refuses an ETag that is not `"tag"`. */
  const cutting =
    (cutBytes: number): Responder =>
    async ({ headers }, response) => {
      const start = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
      const rest = content.subarray(start);
      response.writeHead(headers.range ? 206 : 200, {
        'content-length': rest.length,
        etag: '"tag"',
        ...(headers.range && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
      });
      await flushed(response, rest.subarray(0, cutBytes));
      if (cutBytes < rest.length) {
        response.destroy();
      } else {
        response.end();
      }
    };

  test('cut short is unavailable', async () => {
    script = [cutting(100_000)];
    expect(await failureOf(readAll(store, 'a'))).toMatchObject({
      code: 'unavailable',
      fields: { bucket: 'bucket', key: 'a' },
    });
  });

  test('cut short again and again comes whole with withRetry', async () => {
    script = [cutting(70_000)];
    const reports: RetryReport[] = [];
    const patient = withRetry(store, { sleep: () => Promise.resolve(), report: (report) => reports.push(report) });
    expect((await readAll(patient, 'a', { etag: 'tag' })).equals(content)).toBe(true);
    expect(reports.length).toBeGreaterThanOrEqual(4);
    expect(server.requests).toHaveLength(reports.length + 1);
    expect(new Set(server.requests.map(({ headers }) => headers['if-match']))).toEqual(new Set(['"tag"']));
    expect(server.requests[0]?.headers.range).toBeUndefined();
    expect(server.requests[1]?.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  test('of unknown length is unavailable, for its end could be anywhere; in chunks it has an end', async () => {
    script = [(_, response) => void response.socket?.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nsome')];
    expect((await failureOf(readAll(store, 'a'))).code).toBe('unavailable');
    script = [(_, response) => void response.writeHead(200, { 'transfer-encoding': 'chunked' }).end('some')];
    expect((await readAll(store, 'a')).toString()).toBe('some');
    script = [
      async (_, response) => {
        response.writeHead(200, { 'transfer-encoding': 'chunked' });
        await flushed(response, Buffer.from('some'));
        response.destroy();
      },
    ];
    expect((await failureOf(readAll(store, 'a'))).code).toBe('unavailable');
  });

  test('that stays silent is unavailable after idleTimeoutMs', async () => {
    script = [(_, response) => void response.writeHead(200, { 'content-length': 100 }).write('some')];
    expect(await failureOf(readAll(open({ idleTimeoutMs: 200 }), 'a'))).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('no bytes for 200 ms'),
    });
  });

  test('is not late while its reader is busy', async () => {
    const large = Buffer.alloc(20_000_000, 'x');
    script = [
      (_, response) => void response.writeHead(200, { 'content-length': large.length }).end(large),
      (_, response) => void response.writeHead(200, { 'content-length': 100 }).write('some'),
    ];
    const impatient = open({ idleTimeoutMs: 100 });
    let receivedBytes = 0;
    for await (const chunk of impatient.read('a')) {
      if (receivedBytes === 0) {
        // The reader is busy for as long as it takes another body to be late.
        expect((await failureOf(readAll(impatient, 'silent'))).code).toBe('unavailable');
      }
      receivedBytes += chunk.length;
    }
    expect(receivedBytes).toBe(large.length);
  });

  test('is aborted while bytes are awaited, and its connection closed', async () => {
    const controller = new AbortController();
    let closed: Promise<unknown> | undefined;
    script = [
      (_, response) => {
        closed = once(response, 'close');
        response.writeHead(200, { 'content-length': 100 }).write('some');
      },
    ];
    const reading = (async () => {
      for await (const chunk of store.read('a', { signal: controller.signal })) {
        expect(Buffer.from(chunk).toString()).toBe('some');
        setImmediate(() => controller.abort());
      }
    })();
    expect((await failureOf(reading)).code).toBe('aborted');
    await closed;
  });

  test('left early has its connection closed', async () => {
    let closed: Promise<unknown> | undefined;
    script = [
      (_, response) => {
        closed = once(response, 'close');
        response.writeHead(200, { 'content-length': 100 }).write('some');
      },
    ];
    for await (const chunk of store.read('a')) {
      expect(chunk.length).toBe(4);
      break;
    }
    await closed;
  });

  test('with Content-Encoding stays as it is stored', async () => {
    script = [
      (_, response) =>
        void response.writeHead(200, { 'content-length': 4, 'content-encoding': 'gzip' }).end('\u001f\u000bxx'),
    ];
    expect(await readAll(store, 'a')).toHaveLength(4);
  });
});

/** Resolves when the bytes have left; destroying a response earlier would drop them. */
function flushed(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((done) => response.write(bytes, () => done()));
}
