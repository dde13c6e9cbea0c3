/**
 * Puts the handlers of all calls together: the threads, the data sources that are open, and what answers.
 */
import { createDigestFolder, type DigestFolderEvent } from '../scan/digest-folder';
import { createWorkerPool } from '../scan/worker-pool';
import type { WorkerPort } from '../scan/worker-seat';
import { createAnswerBuilder, type AnswerPort } from './answer-builder';
import { createResourceHandler } from './call-resource';
import { checkHealth } from './check-health';
import { createDataSource, type DataSource } from './data-source';
import { dataSourceInput } from './data-source-input';
import { readDigestFolder } from './digest-folder-settings';
import type { PluginHandlers } from './handlers';
import { assertInstanceAllowed } from './instance';
import { createRateGates } from '../logs/rate-gate';
import { createInstances } from './instances';
import type { Log } from './log';
import type { Metrics } from './metrics';
import { createNodePositions } from './node-positions';
import { queryData } from './query-data';
import { createScanMetrics } from './scan-metrics';
import type { DataSourceInput } from './settings';

/** What handlers are made of. */
export interface PluginHandlersContext {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly version: string;
  /** The variables of the process. */
  readonly environment: DataSourceInput['environment'];
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly createWorker: () => WorkerPort;
  readonly createAnswerWorker: () => AnswerPort;
  readonly cpuCount: number;
  /** Where the plugin itself lies. */
  readonly pluginFolder: string;
}

const MAX_WORKERS = 16;

/** The handlers of this plugin. Creating them opens nothing. */
export function createPluginHandlers(context: PluginHandlersContext): PluginHandlers {
  const { log, metrics, version, environment, clock, createWorker, createAnswerWorker, cpuCount, pluginFolder } =
    context;
  const pool = createWorkerPool({ size: Math.min(cpuCount, MAX_WORKERS), createWorker });
  const answers = createAnswerBuilder({ createWorker: createAnswerWorker });
  const positions = createNodePositions();
  const scanMetrics = createScanMetrics(metrics.registry, clock);
  scanMetrics.watchQueue('digest', pool.load);
  scanMetrics.watchQueue('answer', answers.load);
  const handleResource = createResourceHandler({ answers, now: clock, environment });
  const gates = createRateGates();
  const chosen = readDigestFolder(environment, pluginFolder);
  if (chosen && 'problem' in chosen) {
    log.error('digests are not kept on disk', { problem: chosen.problem });
  }
  const folder =
    chosen && 'folder' in chosen
      ? createDigestFolder({ ...chosen, version, clock, report: (event) => logFolder(log, chosen.folder, event) })
      : undefined;
  if (folder) {
    scanMetrics.watchFolder(folder.counts);
  }
  const checkFolder = async (): Promise<readonly string[]> =>
    chosen && 'problem' in chosen
      ? [`digests are not kept on disk: ${chosen.problem}`]
      : ((await folder?.check()) ?? []);
  const instances = createInstances<DataSource>({
    create: (input) =>
      createDataSource(input, {
        version,
        pool,
        metrics: scanMetrics,
        gates,
        clock,
        folder,
        report: (source, { operation, key, attempt, delayMs, error }) =>
          log.warn('trying again', {
            source,
            operation,
            key,
            attempt,
            delayMs,
            code: error.code,
            reason: error.message,
          }),
      }),
    assertAllowed: assertInstanceAllowed,
  });

  return {
    queryData: (request, call) =>
      queryData(request, async (run) => instances.use(dataSourceInput(request.pluginContext, environment), run), {
        signal: call.signal,
        log: call.log,
        clock,
        positions,
        answers,
        metrics: scanMetrics,
      }),
    async checkHealth({ pluginContext }, { signal }) {
      const input = dataSourceInput(pluginContext, environment);
      const { status, message, details } = await checkHealth(input, {
        withInstance: (run) => instances.use(input, run),
        checkFolder,
        clock,
        signal,
        role: pluginContext?.user?.role,
      });
      return { status, message, jsonDetails: Buffer.from(JSON.stringify(details)) };
    },
    callResource: (request, call) =>
      instances.use(dataSourceInput(request.pluginContext, environment), (dataSource) =>
        handleResource(dataSource, request, call),
      ),
    async collectMetrics() {
      return { metrics: { prometheus: Buffer.from(await metrics.print()) } };
    },
    async close() {
      await instances.close();
      pool.close();
      answers.close();
      await folder?.close();
    },
  };
}

/** What Grafana's log says of the folder: once when something begins to fail, and when it works again. */
function logFolder(log: Log, folder: string, { doing, problem }: DigestFolderEvent): void {
  if (problem === undefined) {
    log.info(`${doing} digests works again`, { folder });
  } else {
    log.warn(`${doing} digests fails: queries are answered without`, { folder, problem });
  }
}
