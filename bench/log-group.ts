/**
 * `npm run bench:logs`: the command over a log group, of a local server that keeps to the quotas of CloudWatch Logs and
 * answers as late as it does. The answer is checked before any number is printed. What it shows: that the quota is used up,
 * and that no refusal for the rate reaches the user.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from 'commander';
import { DEFAULT_FORMAT } from '../src/flow/fields';
import { EXECUTABLE } from './executable';

/** Regions of each quota. */
const REGIONS: readonly (readonly [region: string, perSec: number])[] = [
  ['eu-central-1', 5],
  ['eu-west-1', 10],
  ['us-east-1', 25],
];
/** Events of a page: about a megabyte of messages. */
const PAGE_EVENTS = 9000;
const PAGES = 250;
const HOUR_MS = 3_600_000;
const FROM_MS = Date.parse('2026-01-15T10:00:00Z');
/** Before the range too, since events are asked for from earlier on. */
const FIRST_MS = FROM_MS - HOUR_MS;
const EVENTS_PER_SEC = (PAGE_EVENTS * PAGES) / 3600;

interface Options {
  readonly small?: boolean;
  readonly command?: string;
  readonly latencyMs: string;
}

const { small, command, latencyMs } = new Command('bench:logs')
  .option('--small', 'one region, the answer only')
  .option('--command <path>', 'another executable')
  .option('--latency-ms <ms>', 'of an answer', '400')
  .parse()
  .opts<Options>();

/** What a server saw. */
interface Seen {
  requests: number;
  refusals: number;
  firstMs: number;
  lastMs: number;
}

for (const [region, perSec] of small ? REGIONS.slice(-1) : REGIONS) {
  const { tookMs, seen } = await measure(region, perSec);
  if (!small) {
    const usedSec = (seen.lastMs - seen.firstMs) / 1000;
    const rate = seen.requests / usedSec;
    console.log(
      `${region.padEnd(14)} quota ${String(perSec).padStart(2)}/s: ${rate.toFixed(1)} answers/s (${((100 * rate) / perSec).toFixed(0)} %), ` +
        `${seen.refusals} refused, ${seen.requests} pages in ${(tookMs / 1000).toFixed(1)} s`,
    );
  }
}

async function measure(region: string, perSec: number) {
  const seen: Seen = { requests: 0, refusals: 0, firstMs: 0, lastMs: 0 };
  const server = startServer(perSec, seen);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const startMs = performance.now();
  const child = spawn(
    command ?? EXECUTABLE,
    [
      'table',
      `logs://${region}/flow`,
      ...['--from', new Date(FROM_MS).toISOString(), '--to', new Date(FROM_MS + HOUR_MS).toISOString()],
      ...['--by', 'action', '--format', 'json', '--quiet', '--header', DEFAULT_FORMAT.join(' ')],
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: `http://127.0.0.1:${port}`,
      },
    },
  );
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [exitCode] = (await once(child, 'close')) as [number];
  const tookMs = performance.now() - startMs;
  server.close();
  const { totals } = JSON.parse(Buffer.concat(chunks).toString()) as { totals: { flows: number } };
  if (exitCode !== 0 || totals.flows !== PAGE_EVENTS * PAGES) {
    throw new Error(`wrong answer of ${region}: ${totals.flows} flows, exit code ${exitCode}`);
  }
  console.log(`The answer of ${region} is right: ${totals.flows.toLocaleString('en')} flows.`);
  return { tookMs, seen };
}

function startServer(perSec: number, seen: Seen) {
  let windowSec = 0;
  let inWindow = 0;
  return createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const target = String(request.headers['x-amz-target']).split('.').at(-1);
      if (target === 'DescribeLogGroups') {
        const arn = 'arn:aws:logs:eu-west-1:123456789012:log-group:flow:*';
        const storedBytes = (EVENTS_PER_SEC * 86_400 * 110) / 5;
        const creationTime = Date.now() - 86_400_000;
        answer(response, 200, { logGroups: [{ logGroupName: 'flow', arn, storedBytes, creationTime }] });
        return;
      }
      const nowSec = Math.floor(performance.now() / 1000);
      inWindow = nowSec === windowSec ? inWindow + 1 : 1;
      windowSec = nowSec;
      if (inWindow > perSec) {
        seen.refusals++;
        answer(response, 400, { __type: 'ThrottlingException', message: 'Rate exceeded' });
        return;
      }
      seen.firstMs ||= performance.now();
      seen.requests++;
      const page = pageOf(JSON.parse(Buffer.concat(parts).toString()) as EventsInput);
      setTimeout(() => {
        seen.lastMs = performance.now();
        answer(response, 200, page);
      }, Number(latencyMs));
    });
  }).listen(0, '127.0.0.1');
}

interface EventsInput {
  readonly startTime: number;
  readonly endTime: number;
  readonly nextToken?: string;
}

/** The events of a time slice are computed: each has a number, and its time follows from it. */
function pageOf({ startTime, endTime, nextToken }: EventsInput) {
  const numberAt = (ms: number): number => Math.max(0, Math.ceil(((ms - FIRST_MS) * EVENTS_PER_SEC) / 1000));
  const end = numberAt(endTime + 1);
  const first = nextToken === undefined ? numberAt(startTime) : Number(nextToken);
  const next = Math.min(end, first + PAGE_EVENTS);
  const events = [];
  for (let i = first; i < next; i++) {
    const timestamp = FIRST_MS + Math.floor((i * 1000) / EVENTS_PER_SEC);
    const start = Math.floor(timestamp / 1000);
    const message = `2 123456789012 eni-0123456789abcdef0 10.0.${i % 256}.7 10.0.0.220 ${1024 + (i % 60_000)} 443 6 10 8400 ${start} ${start + 59} ACCEPT OK`;
    events.push({
      logStreamName: 'eni-0123456789abcdef0-all',
      timestamp,
      message,
      ingestionTime: timestamp,
      eventId: `${i}`,
    });
  }
  return { events, searchedLogStreams: [], ...(next < end && { nextToken: String(next) }) };
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}
