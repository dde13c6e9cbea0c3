/** When the newest event of a log group was, by what its streams say of themselves: no event is read. */

import { DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';

import type { LogsLocation } from '../flow/logs-location';
import type { LogsConnection } from '../logs/logs-connection';

/**
 * Unix milliseconds; `undefined` if nothing was ever written. The times of streams may be behind by up to an hour
 * (docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html). Throws as `connection.send` does.
 */
export async function findNewestEventMs(
  { group, region, arn }: LogsLocation & { readonly region: string },
  connection: LogsConnection,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const command = new DescribeLogStreamsCommand({
    ...(arn === undefined ? { logGroupName: group } : { logGroupIdentifier: arn }),
    orderBy: 'LastEventTime',
    descending: true,
    limit: 1,
  });
  const client = await connection.logsFor(region);
  const { logStreams = [] } = await connection.send((abortSignal) => client.send(command, { abortSignal }), {
    doing: `list the streams of the log group ${group} of ${region}`,
    action: 'logs:DescribeLogStreams',
    fields: { group, region },
    signal,
  });
  return logStreams[0]?.lastEventTimestamp;
}
