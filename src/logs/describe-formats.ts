/**
 * The formats of the flow logs that deliver to a log group, as EC2 knows them.
 */
import { splitLine } from '../flow/header';
import type { LogsConnection } from './logs-connection';
import type { Columns } from './recognise-format';

/**
 * Asks `DescribeFlowLogs`; each format once. Flow logs that are gone are not among them, and neither are those of other
 * accounts. Throws `access-denied` where that is not allowed, and other `FlowError`s.
 */
export async function describeFormats(
  connection: LogsConnection,
  { group, region }: { readonly group: string; readonly region: string },
  signal?: AbortSignal,
): Promise<readonly Columns[]> {
  // Loaded only where it is needed: it is more than all the rest.
  const [{ DescribeFlowLogsCommand }, client] = await Promise.all([
    import('@aws-sdk/client-ec2'),
    connection.ec2For(region),
  ]);
  const formats = new Map<string, Columns>();
  let nextToken: string | undefined;
  do {
    const command = new DescribeFlowLogsCommand({
      Filter: [{ Name: 'log-group-name', Values: [group] }],
      ...(nextToken && { NextToken: nextToken }),
    });
    const answer = await connection.send((abortSignal) => client.send(command, { abortSignal }), {
      doing: `find the flow logs of the log group ${group} of ${region}`,
      action: 'ec2:DescribeFlowLogs',
      fields: { group, region },
      signal,
      isOptional: true,
    });
    for (const { LogGroupName, LogFormat } of answer.FlowLogs ?? []) {
      // Not every server heeds the filter.
      if (LogGroupName === group && LogFormat) {
        // Names newer than the dictionary are AWS's own.
        const columns = splitLine(LogFormat.replace(/\$\{([^{}]*)\}/g, ' $1 '));
        formats.set(columns.join(' '), columns);
      }
    }
    nextToken = answer.NextToken || undefined;
  } while (nextToken !== undefined);
  return [...formats.values()];
}
