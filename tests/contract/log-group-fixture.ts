/** Log groups in moto, filled with records, and the connections to read them. */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { randomUUID } from 'node:crypto';
import { createLogsConnection, type LogsConnectionOptions } from '../../src/logs/logs-connection';
import { createLogSource, type LogSourceOptions } from '../../src/logs/log-source';
import type { Limits } from '../../src/query/model';
import { runScan, type ScanOptions } from '../../src/scan/run-scan';
import type { Source } from '../../src/scan/select-objects';
import { createS3Connection } from '../../src/store/s3-connection';
import { parseS3Settings } from '../../src/store/s3-settings';
import { parseLogsLocation } from '../../src/flow/logs-location';
import { makeQuery } from '../unit/scan/flow-logs';
import { createInProcessPool } from '../unit/scan/in-process-worker';
import { createMemoryStore } from '../unit/scan/memory-store';

export const MOTO_URL = process.env['VPCFLOW_TEST_MOTO_URL'] ?? '';
export const ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE';
export const REGION = 'eu-west-1';

/** Old enough to have come, young enough for CloudWatch Logs to take: the full hour two hours ago. */
export const HOUR_MS = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 2 * 3_600_000;
export const HOUR = { from: new Date(HOUR_MS).toISOString(), to: new Date(HOUR_MS + 3_600_000).toISOString() };

/** One message and when it is said to have been. */
export interface Message {
  readonly text: string;
  readonly timeMs: number;
  readonly stream?: string;
}

/** Events of one `PutLogEvents`. */
const BATCH = 5000;

/** Creates a group with a name of its own and puts the messages into it. */
export async function createGroup(messages: readonly Message[], url = MOTO_URL): Promise<string> {
  const client = new CloudWatchLogsClient({
    region: REGION,
    endpoint: url,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: 'secret' },
  });
  const logGroupName = `/vpc/flow-${randomUUID()}`;
  await client.send(new CreateLogGroupCommand({ logGroupName }));
  for (const logStreamName of new Set(messages.map(streamOf))) {
    const all = messages.filter((message) => streamOf(message) === logStreamName);
    await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const sorted = [...all].sort((a, b) => a.timeMs - b.timeMs);
    for (let i = 0; i < sorted.length; i += BATCH) {
      const logEvents = sorted.slice(i, i + BATCH).map(({ text, timeMs }) => ({ message: text, timestamp: timeMs }));
      await client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    }
  }
  client.destroy();
  return logGroupName;
}

function streamOf({ stream = 'eni-0a-all' }: Message): string {
  return stream;
}

export interface OpenGroupOptions extends Omit<LogSourceOptions, 'connection'> {
  readonly url?: string;
  readonly ec2Url?: string;
  readonly location?: string;
  readonly logs?: Partial<Omit<LogsConnectionOptions, 'connection'>>;
}

/** The group as a source. */
export function openGroup(
  group: string,
  {
    url = MOTO_URL,
    ec2Url = MOTO_URL,
    location = `logs://${REGION}/${group}`,
    logs,
    ...options
  }: OpenGroupOptions = {},
): Source & { close(): void } {
  const s3 = createS3Connection({
    settings: parseS3Settings({
      authType: 'keys',
      accessKey: ACCESS_KEY,
      secretKey: 'secret',
      logsEndpoint: url,
      ec2Endpoint: ec2Url,
    }),
  });
  const connection = createLogsConnection({ connection: s3, ...logs });
  const { store, pieces } = createLogSource(parseLogsLocation(location)!, { connection, ...options });
  return { store, prefix: '', keys: 'any', columns: options.columns, pieces, close: () => s3.close() };
}

/** Scans sources with threads of this process. */
export async function scan(
  query: Readonly<Record<string, unknown>>,
  sources: readonly Source[],
  options: Partial<ScanOptions> = {},
  limits: Partial<Limits> = {},
) {
  const { pool } = createInProcessPool(2);
  try {
    return await runScan(makeQuery(query, limits), sources, { pool, ...options });
  } finally {
    pool.close();
  }
}

/** The same lines as files, one of each format. */
export function filesOf(texts: Readonly<Record<string, string>>): Source {
  const objects = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text)]));
  return { store: createMemoryStore(objects), prefix: '', keys: 'any' };
}
