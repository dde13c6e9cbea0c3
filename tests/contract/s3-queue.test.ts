/** @jest-environment ./tests/helpers/shared-errors-environment.ts */

import type { ServerResponse } from 'node:http';

import type { FlowError } from '../../src/errors';
import { parseS3Settings } from '../../src/store/s3-settings';
import { createS3Store } from '../../src/store/s3-store';
import { answerError, startHttpServer } from '../helpers/http-server';
import { failureOf, readAll } from './object-store-contract';

function open(endpoint: string, options: object) {
  const settings = parseS3Settings({ authType: 'keys', accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 's', endpoint });
  return createS3Store({ bucket: 'bucket', settings, maxAttempts: 1, ...options });
}

describe('more requests than maxSockets', () => {
  test('wait their turn, however long, and none is lost by failures or aborts', async () => {
    let current = 0;
    let most = 0;
    const held: ServerResponse[] = [];
    let arrived: () => void = () => undefined;
    let isHolding = true;
    const server = await startHttpServer((request, response) => {
      if (request.url.startsWith('/bucket/first')) {
        answerError(response, 403, 'AccessDenied');
        return;
      }
      most = Math.max(most, ++current);
      response.once('close', () => current--);
      if (isHolding) {
        held.push(response);
        arrived();
      } else {
        response.end('good');
      }
    });
    // Less time to connect than the queue takes.
    const gated = open(server.url, { maxSockets: 2, connectTimeoutMs: 100 });
    // Others would wait for it, and go past the SDK if it were answered well.
    expect((await failureOf(readAll(gated, 'first'))).code).toBe('access-denied');
    const silent = await startHttpServer(() => undefined);
    const controller = new AbortController();
    const reads = Array.from({ length: 10 }, (_, i) =>
      readAll(gated, `k${i}`, i === 5 || i === 7 ? { signal: controller.signal } : {}).then(
        String,
        (thrown: unknown) => (thrown as FlowError).code,
      ),
    );
    // As many of each as there are places, to be lost if they could be lost.
    const fail = (response: ServerResponse) => void response.destroy();
    const deny = (response: ServerResponse) => answerError(response, 403, 'AccessDenied');
    const answers = [fail, deny, fail, deny];
    for (let answered = 0; answered < 8; answered++) {
      while (held.length === 0) {
        await new Promise<void>((done) => (arrived = done));
      }
      if (answered === 0) {
        // No answer before another request, which was given longer than those in the queue to connect, has failed.
        const other = open(silent.url, { answerTimeoutMs: 200 });
        expect((await failureOf(readAll(other, 'a'))).code).toBe('unavailable');
        other.close();
        controller.abort();
      }
      (answers[answered] ?? ((response: ServerResponse) => response.end('good')))(held.shift()!);
    }
    expect((await Promise.all(reads)).sort()).toEqual([
      ...['aborted', 'aborted', 'access-denied', 'access-denied', 'good', 'good', 'good', 'good'],
      ...['unavailable', 'unavailable'],
    ]);
    expect(most).toBe(2);
    isHolding = false;
    expect((await Promise.all([readAll(gated, 'a'), readAll(gated, 'b')])).map(String)).toEqual(['good', 'good']);
    gated.close();
    await silent.close();
    await server.close();
  });
});
