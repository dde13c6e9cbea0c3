/**
 * The process that Grafana starts: listens, tells Grafana where, serves until told to end, and leaves nothing behind. The
 * services themselves are in `grpc-services.ts`.
 */
import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, ListenOptions, Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { FlowError } from '../errors';
import { addServices } from './grpc-services';
import { catchUncaught, redirectOutput, watchParent } from './guard-process';
import type { HostProcess } from './guard-process';
import type { PluginHandlers } from './handlers';
import { findHandshakeProblem, printHandshake } from './handshake';
import type { Environment, ListenAddress } from './handshake';
import { createLog, createStderrDestination, errorFields } from './log';
import type { Log } from './log';
import { createMetrics } from './metrics';
import type { Metrics } from './metrics';
import { PLUGIN_ID } from './plugin-id';
import { toSteadyConnection } from './steady-connection';

/** What the plugin needs of its surroundings. */
export interface PluginProcessContext {
  readonly process: HostProcess;
  readonly environment: Environment;
  /** Milliseconds from any start. */
  readonly clock: () => number;
  /** Makes what answers the calls. */
  readonly createHandlers: (context: { readonly log: Log; readonly metrics: Metrics }) => PluginHandlers;
}

/** As Grafana's own SDK sets it; bodies of resource calls and alert queries fit. */
const MAX_RECEIVE_BYTES = 16 * 1024 * 1024;

/** Handlers may take this long to close, calls to end after that. Grafana kills two seconds after it has asked. */
const CLOSE_HANDLERS_MS = 1_000;
const CLOSE_CALLS_MS = 300;

/** The kernel's limit on a socket's path, its end included (104 on macOS, 108 on Linux). */
const MAX_SOCKET_PATH_BYTES = 103;

/** Serves Grafana until it asks to end, or has gone; then ends the process. */
export async function servePlugin({
  process,
  environment,
  clock,
  createHandlers,
}: PluginProcessContext): Promise<void> {
  const log = createLog({ destination: createStderrDestination(), module: PLUGIN_ID });
  redirectOutput({ process, console, log });
  const metrics = createMetrics();
  const handlers = createHandlers({ log, metrics });
  const server = new Server({
    'grpc.max_receive_message_length': MAX_RECEIVE_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.enable_channelz': 0,
  });
  const closing = new AbortController();
  const end = async (reason: string, exitCode: number): Promise<void> => {
    if (closing.signal.aborted) {
      return;
    }
    log.info('plugin ends', { reason });
    closing.abort(new FlowError('unavailable', 'cannot answer the call: the plugin ends'));
    await within(CLOSE_HANDLERS_MS, handlers.close()).catch((thrown: unknown) =>
      log.error('handlers did not close', errorFields(thrown)),
    );
    // The answer to Grafana's request to end is among the calls waited for.
    await within(CLOSE_CALLS_MS, new Promise<void>((resolve) => server.tryShutdown(() => resolve())));
    process.exit(exitCode);
  };

  const giveUp = (reason: string) => () => void end(reason, 1);
  catchUncaught({ process, log, clock, count: metrics.countUncaught, onHopeless: giveUp('too many exceptions') });
  process.on('SIGTERM', () => void end('SIGTERM', 0));
  process.on('SIGHUP', () => void end('SIGHUP', 0));
  // Ctrl-C in Grafana's terminal reaches its plugins too; Grafana ends them in its own order.
  process.on('SIGINT', () => undefined);
  watchParent({ process, onGone: () => void end('Grafana has gone', 0) });

  addServices(server, {
    ...{ handlers, log, metrics, clock, closing: closing.signal },
    onShutdown: () => void end('Grafana asked', 0),
  });
  try {
    const address = await listen(server, process, environment);
    const problem = findHandshakeProblem(environment);
    if (problem !== undefined) {
      log.error('Grafana and this plugin do not fit', { problem });
    }
    // Directly, since what else goes to standard output goes to the log.
    writeSync(1, printHandshake(address));
    log.debug('plugin started', { network: address.network });
  } catch (thrown) {
    log.error('plugin cannot start', errorFields(thrown));
    process.exit(1);
  }
}

/**
 * Begins to listen where only this user can connect: requests carry decrypted secrets. On Windows on a port of the loopback
 * address, as Grafana's own plugins do there.
 */
async function listen(server: Server, process: HostProcess, environment: Environment): Promise<ListenAddress> {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = createServer((socket) => injector.injectConnection(toSteadyConnection(socket)));
  if (process.platform === 'win32') {
    await bind(listener, { host: '127.0.0.1', port: 0 });
    return { network: 'tcp', port: (listener.address() as AddressInfo).port };
  }
  // Private to this user, whatever the umask.
  const folder = mkdtempSync(join(environment.PLUGIN_UNIX_SOCKET_DIR || tmpdir(), 'vpcflow-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'plugin.sock');
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw new FlowError(
      'bad-settings',
      `cannot listen on ${path}: a socket's path has ${MAX_SOCKET_PATH_BYTES} bytes at most`,
    );
  }
  await bind(listener, { path });
  return { network: 'unix', path };
}

function bind(listener: NetServer, address: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(address, resolve);
  });
}

/** Waits for it, but no longer than this. */
async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
