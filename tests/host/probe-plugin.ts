/**
 * A plugin whose handlers do what a test asks for: it waits, throws, prints, sends much. It shows what the process and the
 * protocol do with handlers of any kind; compiled as the real executable is, and started by the Go tests.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FlowError } from '../../src/errors';
import type { FlowErrorCode } from '../../src/errors';
import type { PluginCall, PluginHandlers } from '../../src/plugin/handlers';
import type { DataResponse } from '../../src/plugin/messages';
import { servePlugin } from '../../src/plugin/serve-plugin';

void servePlugin({
  process,
  environment: process.env,
  clock: () => performance.now(),
  createHandlers: ({ metrics }): PluginHandlers => ({
    async queryData({ queries }, call) {
      const responses = new Map<string, DataResponse>();
      for (const { refId, json } of queries) {
        const { action = '', bytes = 0 } = JSON.parse(Buffer.from(json).toString() || '{}') as Wish;
        await act(action, call);
        if (action !== 'forget') {
          responses.set(refId, { status: 200, frames: bytes > 0 ? [new Uint8Array(bytes).fill(7)] : [] });
        }
      }
      return { responses };
    },
    async checkHealth({ headers }, call) {
      await act(headers.get('action') ?? '', call);
      return { status: 'ok', message: 'fine', jsonDetails: Buffer.from('{"verboseMessage":"very"}') };
    },
    async callResource(request, { send, ...call }) {
      const [action = '', count = '0', bytes = '0'] = request.path.split('/');
      await act(action, call);
      const headers = new Map([['X-Probe', ['a', 'b']]]);
      if (action === 'echo') {
        await send({ code: 200, headers, body: Buffer.from(JSON.stringify(request, toPlain)) });
      } else if (action === 'chunks') {
        await send({ code: 206, headers });
        for (let index = 0; index < Number(count); index += 1) {
          await send({ body: new Uint8Array(Number(bytes)).fill(index) });
        }
      } else if (action === 'hang') {
        await send({ code: 200, body: Buffer.from('first') });
        await act('wait', call);
      } else if (action === 'break') {
        await send({ code: 200, body: Buffer.from('first') });
        throw new FlowError('corrupt-object', 'cannot go on: broken on purpose');
      } else if (action === 'status') {
        await send({ code: Number(count) });
      } else if (action !== 'nothing') {
        await send({ code: 204 });
      }
    },
    async collectMetrics() {
      return { metrics: { prometheus: Buffer.from(await metrics.print()) } };
    },
    async close() {
      if (process.env.PROBE_NEVER_CLOSES) {
        await new Promise(() => undefined);
      }
    },
  }),
});

interface Wish {
  readonly action?: string;
  readonly bytes?: number;
}

async function act(action: string, { signal, log }: PluginCall): Promise<void> {
  const [verb, argument] = action.split(':');
  switch (verb) {
    case 'wait':
      log.info('waiting');
      await sleep(120_000, undefined, { signal }).finally(() =>
        log.warn('stopped waiting', { aborted: signal.aborted }),
      );
      break;
    case 'throw':
      throw argument === 'text' ? 'a text' : new FlowError(argument as FlowErrorCode, 'cannot do it: on purpose');
    case 'bug':
      (undefined as unknown as { method(): void }).method();
      break;
    case 'uncaught':
      setTimeout(() => {
        throw new Error('thrown on purpose');
      });
      await sleep(20);
      break;
    case 'rejection':
      void Promise.reject(new Error('rejected on purpose'));
      await sleep(20);
      break;
    case 'print':
      console.log('console', 'log');
      console.error('console', 'error');
      process.stdout.write('to standard output\n');
      process.emitWarning('a warning');
      break;
    case 'log':
      log.debug('a debug line', { number: 1.5, yes: true, '@level': 'none', timestamp: 'kept' });
      log.error(`a long line ${'\u0001'.repeat(100_000)}`, { field: '\u0002'.repeat(100_000) });
  }
}

/** Maps as lists of entries and bytes as text, so that Go can compare them. */
function toPlain(_key: string, value: unknown): unknown {
  if (value instanceof Map) {
    return [...value].sort(([a], [b]) => (a < b ? -1 : 1));
  }
  // A Buffer has been turned into this by its own `toJSON`.
  const bytes = value as { type?: string; data?: number[] } | null;
  return bytes?.type === 'Buffer' && bytes.data ? Buffer.from(bytes.data).toString() : value;
}
