/**
 * `npm run demo`: makes up an hour of flow logs and puts the command's main questions to them. Fails if a command fails.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeDemoCorpus } from './demo-corpus';
import { demoRange } from './estate';
import { createFileSink } from './write-objects';

/** One command of the demo. */
interface Step {
  readonly title: string;
  readonly args: readonly string[];
  /** Where its output goes; without it, to the terminal. */
  readonly outFile?: string;
}

const root = resolve(import.meta.dirname, '..');
const OUT = 'demo-out';
const LOGS = `${OUT}/logs`;

const rfc3339 = (timeMs: number) => new Date(timeMs).toISOString().replace('.000Z', 'Z');
const RANGE = ['--from', rfc3339(demoRange.fromMs), '--to', rfc3339(demoRange.toMs)];

const STEPS: readonly Step[] = [
  {
    title: 'Who moves most?',
    args: ['table', LOGS, ...RANGE, '--by', 'srcaddr,dstaddr,port,protocol,action', '--top', '10'],
  },
  {
    title: 'Who is refused, and when? (A scan in the middle of the hour; an app that its database does not know.)',
    args: ['series', LOGS, ...RANGE, '--filter', 'action = REJECT', '--bucket', '5m', '--by', 'srcaddr', '--top', '3'],
  },
  {
    title: 'Who talks to whom, as DOT …',
    args: ['graph', LOGS, ...RANGE, '--format', 'dot', '--top', '30'],
    outFile: `${OUT}/graph.dot`,
  },
  {
    title: '… and drawn.',
    args: ['graph', LOGS, ...RANGE, '--format', 'svg', '--top', '30'],
    outFile: `${OUT}/graph.svg`,
  },
];

process.exitCode = await runDemo();

async function runDemo(): Promise<number> {
  rmSync(join(root, OUT), { recursive: true, force: true });
  const { sink, close } = createFileSink(join(root, LOGS));
  const { objectCount, recordCount } = await writeDemoCorpus(sink);
  await close();
  console.log(`${recordCount} records in ${objectCount} objects, in ${LOGS}\n`);

  for (const step of STEPS) {
    const status = runStep(step);
    if (status !== 0) {
      console.error(`cannot finish the demo: vpcflow ${step.args[0]} ended with ${status}`);
      return 1;
    }
  }
  console.log(`Logs: ${LOGS}/AWSLogs\nGraphs: ${OUT}/graph.dot, ${OUT}/graph.svg`);
  return 0;
}

/** Runs one command; 0, its exit status, or the signal that ended it. */
function runStep({ title, args, outFile }: Step): number | string {
  const words = ['vpcflow', ...args].map((word) => (/^[\w./:,=-]+$/.test(word) ? word : `'${word}'`));
  console.log(`# ${title}\n$ ${words.join(' ')}${outFile ? ` > ${outFile}` : ''}`);
  const out = outFile === undefined ? 'inherit' : openSync(join(root, outFile), 'w');
  const { status, signal, error } = spawnSync('node', [join(root, 'bin/vpcflow'), ...args], {
    cwd: root,
    stdio: ['ignore', out, 'inherit'],
  });
  if (typeof out === 'number') {
    closeSync(out);
  }
  console.log();
  return error?.message ?? signal ?? status ?? 'no status';
}
