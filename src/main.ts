/**
 * The executable's entry: the only place that touches the process itself. Started by Grafana it is a backend plugin,
 * otherwise the command; each loads only its own modules.
 */
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { version } from '../package.json';
import { isGrafanaHandshake } from './plugin/handshake';
import { delayCompiling } from './scan/delay-compiling';

/** Where the build put the entries of threads inside the executable; not defined when the sources run as they are. */
declare const EMBEDDED_ROOT: string | undefined;

const digestEntry =
  typeof EMBEDDED_ROOT === 'string' ? `${EMBEDDED_ROOT}scan/worker.js` : new URL('./scan/worker.ts', import.meta.url);
const answerEntry =
  typeof EMBEDDED_ROOT === 'string'
    ? `${EMBEDDED_ROOT}plugin/answer-worker.js`
    : new URL('./plugin/answer-worker.ts', import.meta.url);

const clock = (): number => performance.now() + performance.timeOrigin;

void (isGrafanaHandshake(process.env) ? runPlugin() : runCommand());

async function runPlugin(): Promise<void> {
  const [{ servePlugin }, { createPluginHandlers }, { threadData }] = await Promise.all([
    import('./plugin/serve-plugin'),
    import('./plugin/plugin-handlers'),
    import('./scan/thread-data'),
  ]);
  await servePlugin({
    process,
    environment: process.env,
    clock,
    createHandlers: (context) =>
      createPluginHandlers({
        ...context,
        version,
        environment: process.env,
        clock,
        createWorker: () => new Worker(digestEntry, { workerData: threadData() }),
        createAnswerWorker: () => new Worker(answerEntry),
        cpuCount: availableParallelism(),
        pluginFolder: dirname(process.execPath),
      }),
  });
}

async function runCommand(): Promise<void> {
  delayCompiling();
  const [{ runCommand: run }, { threadData }] = await Promise.all([
    import('./cli/run-command'),
    import('./scan/thread-data'),
  ]);
  await run({
    process,
    version,
    clock,
    createWorker: () => new Worker(digestEntry, { workerData: threadData(true) }),
    cpuCount: availableParallelism(),
  });
}
