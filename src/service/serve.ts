/** The service as a whole: its parts made of the settings, started, and stopped in reverse order. */
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import type { FastifyInstance } from 'fastify';
import { FlowError, unlessAborted } from '../errors';
import { openSources, type OpenedSources } from '../library/open-sources';
import { createWorkerPool } from '../scan/worker-pool';
import type { WorkerPort } from '../scan/worker-seat';
import { createAdding, type Turns } from './adding';
import { createServer } from './create-server';
import { createFolderMarkers } from './folder-markers';
import { createFolderQueue } from './folder-queue';
import { createFolderStorage } from './folder-storage';
import { runHousekeeping } from './housekeeping';
import { createHttpQueue } from './http-queue';
import type { JobQueue } from './job-queue';
import { createDigestMaker } from './make-digest';
import { createGraphMaker, createLocalDigestFetcher, createRemoteDigestFetcher } from './make-graph';
import { checkParts } from './operation-routes';
import { createPause, withMakePause, withPauses, type Pause } from './pause-at-step';
import { createProgress } from './progress';
import { backfillWindows, runSchedule } from './schedule';
import { createServiceMetrics } from './service-metrics';
import type { ServiceParts } from './service-parts';
import type { ServiceSettings } from './settings';
import { withStatsd } from './statsd';
import { requestProduct, type Shelf } from './shelf';
import { printTime, type ProductKind, type Window } from './window';
import { workQueue, type EndedJob } from './work-queue';

/** What the service needs of its surroundings. */
export interface ServiceContext {
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly createWorker: () => WorkerPort;
  readonly cpuCount: number;
  /** Unix milliseconds. */
  readonly clock: () => number;
  /** Where log lines go. */
  readonly destination: { write(line: string): void };
}

/** A service that runs. */
export interface RunningService {
  /** Where it listens: the digest API, and the graph API if it has a port of its own. */
  readonly urls: Readonly<Partial<Record<ProductKind, string>>>;
  /** Takes no more, lets the job in hand end within the grace time or hands it back, and closes everything. */
  stop(): Promise<void>;
}

/** How long answers may take once jobs were handed back. */
const CUT_MS = 1_000;

/** Starts the service. Rejects if it cannot listen, or if a part of it cannot be used. */
export async function startService(settings: ServiceSettings, context: ServiceContext): Promise<RunningService> {
  const { clock } = context;
  const log = createServiceLog(settings, context);
  const pause = createPause(context.environment, (step) => log.info({ step }, 'paused for a test'));
  const stopTaking = new AbortController();
  const { signal } = stopTaking;
  const opened = await openService(settings, context, { pause, log, signal });
  const { shelves, makers, pool, adding } = opened;
  const stopWorking = new AbortController();
  const registered = createServiceMetrics((kind) => shelves[kind].queue.depth());
  const statsd = settings.statsd && withStatsd(registered, settings.statsd);
  const metrics = statsd ?? registered;
  const parts: ServiceParts = {
    ...{ shelves, makers, pool, metrics, clock },
    stopWorking: stopWorking.signal,
    isStopping: () => stopTaking.signal.aborted,
  };
  const servers: FastifyInstance[] = [];
  const urls: Partial<Record<ProductKind, string>> = {};
  const listen = async (kind: ProductKind, port: number): Promise<void> => {
    const server = await createServer({ kind, parts, settings, log, version: context.version });
    servers.push(server);
    await server.listen({ port, host: settings.host });
    const address = server.server.address() as AddressInfo;
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    urls[kind] = `${settings.tls ? 'https' : 'http'}://${host}:${address.port}`;
  };
  try {
    await listen('digest', settings.port);
    if (settings.graphPort !== undefined) {
      await listen('graph', settings.graphPort);
    }
  } catch (thrown) {
    await Promise.all(servers.map((server) => server.close()));
    statsd?.close();
    opened.close();
    throw new FlowError('bad-settings', `cannot listen: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
      cause: thrown,
    });
  }
  pool.start();
  log.info({ ...urls, locations: settings.locations.join(' ') }, 'service started');

  const reportJob = (ended: EndedJob): void => {
    metrics.countJob(ended);
    const { job, outcome, durationMs, error } = ended;
    const fields = {
      ...{ id: job.id, kind: job.kind, outcome, durationMs: Math.round(durationMs) },
      ...{ start: printTime(job.window.startMs), stop: printTime(job.window.stopMs) },
      ...(error && { code: error.code, error: error.message }),
    };
    log[error ? 'error' : 'info'](fields, 'job ended');
  };
  const logFailure =
    (doing: string) =>
    (thrown: unknown): void => {
      const error = FlowError.from(thrown);
      log.error({ code: error.code, error: error.message }, `cannot ${doing}`);
    };
  const reportFailure = logFailure('ask for a window');
  const reportRequest = (shelf: Shelf, window: Window, outcome: string): void => {
    metrics.countRequested(shelf.kind, outcome);
    if (outcome === 'queued') {
      log.info({ kind: shelf.kind, start: printTime(window.startMs), stop: printTime(window.stopMs) }, 'window is due');
    }
  };
  const work = (kind: ProductKind): Promise<void> =>
    workQueue(shelves[kind], {
      ...{ make: makers[kind], report: reportJob, clock },
      ...{ stopTaking: stopTaking.signal, stopWorking: stopWorking.signal },
    });
  const running = [work('digest'), work('graph')];
  adding?.ask();
  if (settings.schedule) {
    const { schedule, settleMs } = settings;
    running.push(runSchedule({ schedule, settleMs, shelves, signal, clock, report: reportRequest, reportFailure }));
  }
  if (settings.backfill) {
    running.push(
      runBackfill(shelves.digest, backfillWindows(settings.backfill), { signal, reportRequest, reportFailure }),
    );
  }
  running.push(
    runHousekeeping({
      ...{ shelves, dataFolder: settings.dataFolder, retentionMs: settings.retentionMs, signal, clock },
      reportRemoved: (kind, files) => {
        metrics.countRemoved(kind, files);
        log.info({ kind, files }, 'removed what is past the retention');
      },
      reportUnfinished: (files) => log.info({ files }, 'removed files that a process left when it died'),
      reportFailure: logFailure('remove what is no longer needed'),
    }),
  );

  return {
    urls,
    async stop() {
      log.info('service stops');
      let cut: NodeJS.Timeout | undefined;
      stopTaking.abort();
      const grace = setTimeout(() => {
        stopWorking.abort();
        // Requests that wait for a job are answered now; a client that takes its time must not hold the service up.
        cut = setTimeout(() => servers.forEach(({ server }) => server.closeAllConnections()), CUT_MS);
      }, settings.graceMs);
      await Promise.all([...servers.map((server) => server.close()), ...running]);
      // What is being written is there as a whole or not at all, so nothing is lost if it takes too long.
      await unlessAborted(adding?.ended() ?? Promise.resolve(), stopWorking.signal).catch(() => undefined);
      clearTimeout(grace);
      clearTimeout(cut);
      statsd?.close();
      opened.close();
      log.info('service stopped');
    },
  };
}

/** Looks whether the service could start: opens its parts and asks each. Rejects with `bad-settings` that names what cannot. */
export async function checkService(settings: ServiceSettings, context: ServiceContext): Promise<void> {
  const opened = await openService(settings, context);
  try {
    const { isReady, checks } = await checkParts(opened);
    if (!isReady) {
      const wrong = Object.entries(checks).filter(([, state]) => state !== 'ok');
      throw new FlowError(
        'bad-settings',
        `cannot start the service:\n${wrong.map(([name, why]) => `  ${name}: ${why}`).join('\n')}`,
      );
    }
  } finally {
    opened.close();
  }
}

interface OpenedService extends Pick<ServiceParts, 'shelves' | 'makers' | 'pool'> {
  /** Adds up stored digests, if they are wanted, each time one is stored. */
  readonly adding?: Turns;
  close(): void;
}

/** What the parts of a service need only if it runs. */
interface RunningParts {
  readonly pause?: Pause;
  readonly log: pino.Logger;
  /** Aborted when it is to stop. */
  readonly signal: AbortSignal;
}

/** The parts of a service; nothing is asked of them yet. */
async function openService(
  settings: ServiceSettings,
  context: ServiceContext,
  running?: RunningParts,
): Promise<OpenedService> {
  const { clock, environment, version } = context;
  const { pause } = running ?? {};
  const sources = await openLogs(settings, context);
  const pool = createWorkerPool({
    size: settings.workers ?? Math.min(context.cpuCount, 16),
    createWorker: context.createWorker,
  });
  const isInBuckets = Object.values(settings.shelves).some(
    (shelf) => shelf.storage ?? shelf.progress ?? shelf.queueUrl,
  );
  // Loaded only where it is needed: it is most of what starting takes.
  const aws = isInBuckets
    ? (await import('./aws-parts')).createAwsParts({ version, environment, credentialsFile: settings.credentialsFile })
    : undefined;
  const openShelf = (kind: ProductKind): Shelf => {
    const { storage, progress, progressTimeoutMs, queueUrl } = settings.shelves[kind];
    const folder = (name: string): string => join(settings.dataFolder, `${kind}s`, name);
    const openQueue = (): JobQueue =>
      queueUrl !== undefined
        ? aws!.openQueue(kind, queueUrl, settings.logsS3, progressTimeoutMs)
        : settings.streamEndpoint !== undefined
          ? createHttpQueue(settings.streamEndpoint)
          : createFolderQueue({ kind, folder: folder('queue'), holdMs: progressTimeoutMs, clock });
    const shelf: Shelf = {
      kind,
      storage: storage ? aws!.openStorage(storage) : createFolderStorage({ folder: folder('stored'), clock }),
      progress: createProgress({
        markers: progress ? aws!.openMarkers(progress) : createFolderMarkers(folder('progress'), clock),
        timeoutMs: progressTimeoutMs,
        clock,
      }),
      queue: openQueue(),
    };
    return pause ? withPauses(shelf, pause) : shelf;
  };
  const digests = openShelf('digest');
  const adding =
    settings.withPacks && running ? createAdding({ storage: digests.storage, pool, ...running }) : undefined;
  const shelves = { digest: { ...digests, onStored: adding?.ask }, graph: openShelf('graph') };
  const { accounts, regions, prefetchBytes, concurrency, settleMs, withPacks, polling, digester } = settings;
  const digest = createDigestMaker({
    ...{ sources: sources.sources, pool, accounts, regions, prefetchBytes, concurrency, settleMs, withPacks, clock },
  });
  const fetchDigest = digester
    ? createRemoteDigestFetcher({ ...digester, polling, clock })
    : createLocalDigestFetcher({ shelf: shelves.digest, make: digest, polling, clock });
  const graph = createGraphMaker({ fetchDigest, pool, top: settings.graphTop, clock });
  return {
    ...{ shelves, pool, adding },
    makers: pause ? { digest: withMakePause(digest, pause), graph: withMakePause(graph, pause) } : { digest, graph },
    close() {
      pool.close();
      sources.close();
      aws?.close();
    },
  };
}

function openLogs(settings: ServiceSettings, { version, environment }: ServiceContext): Promise<OpenedSources> {
  if (settings.locations.includes('-')) {
    throw new FlowError('bad-settings', 'cannot serve standard input: name a bucket or a folder');
  }
  return openSources(settings.locations, {
    settings: () => settings.logsS3,
    version,
    environment:
      settings.credentialsFile === undefined
        ? environment
        : { ...environment, AWS_SHARED_CREDENTIALS_FILE: settings.credentialsFile },
  });
}

function createServiceLog({ logLevel }: ServiceSettings, { destination, clock }: ServiceContext): pino.Logger {
  return pino(
    {
      level: logLevel,
      base: { service: 'vpcflow' },
      formatters: { level: (level) => ({ level }) },
      timestamp: () => `,"time":"${new Date(clock()).toISOString()}"`,
      redact: ['req.headers.authorization'],
    },
    destination,
  );
}

async function runBackfill(
  shelf: Shelf,
  windows: readonly Window[],
  options: {
    readonly signal: AbortSignal;
    readonly reportRequest: (shelf: Shelf, window: Window, outcome: string) => void;
    readonly reportFailure: (thrown: unknown) => void;
  },
): Promise<void> {
  for (const window of windows) {
    if (options.signal.aborted) {
      return;
    }
    try {
      options.reportRequest(shelf, window, await requestProduct(shelf, window));
    } catch (thrown) {
      options.reportFailure(thrown);
    }
  }
}
