/**
 * `npm run bench:service`: the built executable as the HTTP service, on loopback only. First 1000 windows that three
 * processes over one folder make, each exactly once; then 500 requests a second for what is stored, to a process that has
 * one core (where `taskset` is there to give it one). Every answer is compared before any number is printed.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync, gzipSync } from 'node:zlib';
import { formatObjectKey } from '../src/flow/object-key';
import { EXECUTABLE } from './executable';

const small = process.argv.includes('--small');
const WINDOWS = small ? 20 : 1000;
const PROCESSES = 3;
const RATE = small ? 50 : 500;
const SECONDS = small ? 1 : 30;
/** After this the run has failed, whatever it waits for. */
const MAX_MS = 600_000;
const MINUTE = 60;
const FIRST = Date.parse('2026-01-15T00:00:00Z') / 1000;
/** Lines of a stored digest: some kilobytes, as an hour of a small estate has. */
const FLOWS = 200;

interface Service {
  readonly url: string;
  readonly pid: number;
  /** Windows whose job ended in that way, by id. */
  ended(outcome: string): readonly string[];
  stop(): Promise<number | null>;
}

const root = mkdtempSync(join(tmpdir(), 'vpcflow-bench-service-'));
const running = new Set<ChildProcess>();
const deadline = setTimeout(() => {
  console.error(`not done after ${MAX_MS / 1000} s`);
  process.exit(1);
}, MAX_MS);
process.on('exit', () => {
  running.forEach((child) => child.kill('SIGKILL'));
  rmSync(root, { recursive: true, force: true });
});

writeLogs(join(root, 'logs'));
const services = await Promise.all(Array.from({ length: PROCESSES }, () => startService([])));
const makingMs = await makeAll(services);
console.log('Every window was made once, and every digest is that of its records.');
const exits = await Promise.all(services.map((service) => service.stop()));
if (exits.some((code) => code !== 0)) {
  throw new Error(`a service ended with ${exits.join()}`);
}
const oneCore = spawnSync('taskset', ['--version']).status === 0 ? ['taskset', '-c', '0'] : [];
const reader = await startService(oneCore);
const load = await askAtRate(reader);
await reader.stop();
clearTimeout(deadline);
const rows: readonly (readonly [string, string])[] = [
  [`${WINDOWS} windows by ${PROCESSES} processes`, `${(makingMs / 1000).toFixed(1)} s`],
  [`GET at ${RATE}/s for ${SECONDS} s${oneCore.length > 0 ? ' on one core' : ''}: answered`, `${load.tookMs.length}`],
  ['  median', `${quantile(load.tookMs, 0.5).toFixed(1)} ms`],
  ['  p99', `${quantile(load.tookMs, 0.99).toFixed(1)} ms`],
  ['  longest', `${quantile(load.tookMs, 1).toFixed(1)} ms`],
  ['  of a core, whoever else is at work', `${(load.coreShare * 100).toFixed(0)} %`],
  ['  memory after each fifth of the run', `${load.memoryMb.map((mb) => mb.toFixed(0)).join(' → ')} MB`],
];
console.log(rows.map(([what, value]) => `${what.padEnd(54)} ${value.padStart(16)}`).join('\n'));

/** An object per five minutes; the bytes of a record tell its minute and its flow. */
function writeLogs(folder: string): void {
  for (let minute = 0; minute < WINDOWS; minute += 5) {
    const lines = Array.from({ length: 5 }, (_, i) => linesOf(minute + i, 50_000)).flat();
    const stampSec = FIRST + minute * MINUTE;
    const key = formatObjectKey({
      ...{ prefix: '', accountId: '123456789012', region: 'eu-west-1', flowLogId: 'fl-0123456789abcdef0', stampSec },
      ...{ hash: '0a1b2c3d', format: 'text', extension: '.log.gz', layout: { hive: false, hourly: false } },
    });
    mkdirSync(dirname(join(folder, key)), { recursive: true });
    writeFileSync(join(folder, key), gzipSync(`${lines.join('\n')}\n`));
  }
}

/** The records of a minute; with 0 for the port of the clients they are the lines of its digest. */
function linesOf(minute: number, port = 0): string[] {
  const start = FIRST + minute * MINUTE;
  return Array.from(
    { length: FLOWS },
    (_, i) =>
      `2 123456789012 eni-0a 10.0.${i >> 8}.${i & 255} 10.9.0.1 ${port} 443 6 1 ${minute * FLOWS + i + 1} ${start} ${start + 59} ACCEPT OK`,
  );
}

function queryOf(minute: number): string {
  const print = (at: number): string => new Date((FIRST + at * MINUTE) * 1000).toISOString();
  return `/?start=${print(minute)}&stop=${print(minute + 1)}`;
}

async function startService(prefix: readonly string[]): Promise<Service> {
  const args = [
    ...['serve', join(root, 'logs'), '--port', '0', '--data-dir', join(root, 'data'), '--workers', '0'],
    ...['--rate-limit', '0', '--log-level', 'info'],
  ];
  const [command = '', ...rest] = [...prefix, EXECUTABLE, ...args];
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  running.add(child);
  const exited = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      running.delete(child);
      resolve(code);
    }),
  );
  const jobs: { readonly id: string; readonly outcome: string }[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    void exited.then((code) => reject(new Error(`the service ended with ${code}`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      // Of thousands of lines about requests none is read.
      if (line.includes('"job ended"')) {
        jobs.push(JSON.parse(line) as (typeof jobs)[number]);
      } else if (line.includes('"service started"')) {
        resolve((JSON.parse(line) as { digest: string }).digest);
      }
    });
  });
  return {
    url,
    pid: child.pid!,
    ended: (outcome) => jobs.filter((job) => job.outcome === outcome).map(({ id }) => id),
    stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

function ask(method: string, url: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { method, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

/** Asks for all windows, of all processes in turn, and waits until they are there; how long that took. */
async function makeAll(services: readonly Service[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const startMs = performance.now();
  const minutes = Array.from({ length: WINDOWS }, (_, minute) => minute);
  const posted = await Promise.all(
    minutes.map((minute) => ask('POST', services[minute % PROCESSES]!.url + queryOf(minute), agent)),
  );
  const refused = posted.filter(({ status }) => status !== 202);
  if (refused.length > 0) {
    throw new Error(`${refused.length} windows were not queued: ${refused[0]!.status} ${refused[0]!.body.toString()}`);
  }
  const made = (): string[] => services.flatMap((service) => service.ended('made'));
  while (made().length < WINDOWS) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const tookMs = performance.now() - startMs;
  for (const minute of minutes) {
    const { status, body } = await ask('GET', services[minute % PROCESSES]!.url + queryOf(minute), agent);
    assertDigest(minute, status, body);
  }
  agent.destroy();
  const others = services.flatMap((service) => ['failed', 'gave-up', 'exists'].flatMap(service.ended));
  if (made().length !== WINDOWS || new Set(made()).size !== WINDOWS || others.length > 0) {
    throw new Error(
      `${made().length} jobs made ${new Set(made()).size} of ${WINDOWS} windows; ${others.length} others`,
    );
  }
  return tookMs;
}

function assertDigest(minute: number, status: number, body: Buffer): void {
  const found = status === 200 ? gunzipSync(body).toString().trimEnd().split('\n').sort().join('\n') : '';
  if (found !== linesOf(minute).sort().join('\n')) {
    throw new Error(`the digest of minute ${minute} is wrong: ${status}, ${found.length} characters`);
  }
}

interface Load {
  readonly tookMs: readonly number[];
  readonly memoryMb: readonly number[];
  /** Time that the service computed, of the time that passed. */
  readonly coreShare: number;
}

/** Requests at their times, whether the ones before were answered or not. */
async function askAtRate({ url, pid }: Service): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const tookMs: number[] = [];
  const memoryMb: number[] = [];
  const count = RATE * SECONDS;
  const asked: Promise<void>[] = [];
  const startCpuMs = cpuMsOf(pid);
  const startMs = performance.now();
  for (let i = 0; i < count; i++) {
    // Requests that are due are sent together where the timer is late: their times count from when they were due. Timers may be early, too.
    const dueMs = startMs + (i * 1000) / RATE;
    if (dueMs > performance.now()) {
      await new Promise((resolve) => setTimeout(resolve, dueMs - performance.now()));
    }
    const fromMs = Math.min(dueMs, performance.now());
    const minute = (i * 7919) % WINDOWS;
    asked.push(
      ask('GET', url + queryOf(minute), agent).then(({ status, body }) => {
        tookMs.push(performance.now() - fromMs);
        if (i % 50 === 0) {
          assertDigest(minute, status, body);
        } else if (status !== 200) {
          throw new Error(`the digest of minute ${minute} is answered with ${status}`);
        }
      }),
    );
    if (i > 0 && i % Math.floor(count / 5) === 0) {
      memoryMb.push(memoryOf(pid));
    }
  }
  await Promise.all(asked);
  memoryMb.push(memoryOf(pid));
  const coreShare = (cpuMsOf(pid) - startCpuMs) / (performance.now() - startMs);
  agent.destroy();
  return { tookMs, memoryMb, coreShare };
}

/** Resident memory in MB; NaN where there is no `/proc`. */
function memoryOf(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000;
  } catch {
    return NaN;
  }
}

/** Milliseconds that a process has computed; NaN where there is no `/proc`. A tick of the clock is 10 ms on Linux. */
function cpuMsOf(pid: number): number {
  try {
    // After the name, which may hold anything: user and system time are the 12th and 13th.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return NaN;
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
