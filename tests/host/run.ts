/**
 * `npm run test:host`: the built executable under Grafana's own plugin host, with the SDK of the oldest Grafana that is
 * supported and with the newest. Needs Go. `--counts <file>` writes how many tests passed, failed and were skipped; what
 * else is given goes to `go test`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { writeDemoCorpus } from '../../tools/demo-corpus';
import { writeFlatCorpus } from '../../tools/flat-corpus';
import { createFileSink } from '../../tools/write-objects';

const HERE = import.meta.dirname;
/** `go.mod` has the SDK of Grafana 12.4. */
const MODULE_FILES = ['go.mod', 'newest.mod'];

/** So many different flows that a digest of them has more than a million cells. */
const FLAT_PLAN = { records: 150_000, keys: 120_000, objects: 12, hours: 1 };

/** A line of `go test -json`, as far as it is used. */
interface TestEvent {
  readonly Action: string;
  readonly Package?: string;
  readonly Test?: string;
  readonly Output?: string;
}

const { values, positionals } = parseArgs({ options: { counts: { type: 'string' } }, allowPositionals: true });
const counts = { pass: 0, fail: 0, skip: 0 };
if (!buildProbe()) {
  counts.fail += 1;
} else {
  const logs = mkdtempSync(join(tmpdir(), 'vpcflow-host-'));
  try {
    await writeLogs(logs);
    for (const file of MODULE_FILES) {
      await runGoTests(file, logs);
    }
  } finally {
    rmSync(logs, { recursive: true });
  }
}
const { pass, fail, skip } = counts;
process.stdout.write(`${pass} passed, ${fail} failed, ${skip} skipped\n`);
if (values.counts !== undefined) {
  writeFileSync(values.counts, `${pass} ${fail} ${skip}\n`);
}
process.exitCode = fail === 0 && pass > 0 ? 0 : 1;

/** Compiles the probe as the executable is compiled. */
function buildProbe(): boolean {
  const options = ['--compile', '--minify', '--bytecode', '--outfile', join(HERE, 'dist/probe-plugin')];
  const { status } = spawnSync(process.execPath, ['build', ...options, join(HERE, 'probe-plugin.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0;
}

/** Made-up logs for the tests that ask queries: an hour in `demo`, and in `flat`. */
async function writeLogs(folder: string): Promise<void> {
  const demo = createFileSink(join(folder, 'demo'));
  await writeDemoCorpus(demo.sink);
  await demo.close();
  const flat = createFileSink(join(folder, 'flat'));
  await writeFlatCorpus(flat.sink, FLAT_PLAN);
  await flat.close();
}

async function runGoTests(moduleFile: string, logs: string): Promise<void> {
  process.stdout.write(`\n${moduleFile}\n`);
  const go = spawn(
    'go',
    ['test', `-modfile=${moduleFile}`, '-count=1', '-timeout=5m', '-json', ...positionals, './...'],
    {
      cwd: HERE,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, HOST_LOGS: logs },
    },
  );
  const ended = new Promise<number>((resolve) => {
    go.once('error', (error) => {
      process.stderr.write(`cannot run go: ${error.message}\n`);
      resolve(1);
    });
    go.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  const results = new Map<string, keyof typeof counts>();
  for await (const line of createInterface({ input: go.stdout })) {
    const { Action, Test, Output } = JSON.parse(line) as TestEvent;
    if (Output !== undefined && !Output.startsWith('=== ')) {
      process.stdout.write(Output);
    }
    if (Test !== undefined && Action in counts) {
      results.set(Test, Action as keyof typeof counts);
    }
  }
  const exitCode = await ended;
  let failed = 0;
  for (const [test, result] of results) {
    // A test that has parts is counted by them.
    if (![...results.keys()].some((other) => other.startsWith(`${test}/`)) || result === 'fail') {
      counts[result] += 1;
      failed += result === 'fail' ? 1 : 0;
    }
  }
  if (exitCode !== 0 && failed === 0) {
    // It did not build, or it ended amid a test.
    counts.fail += 1;
  }
}
