/**
 * A flow log as EC2 describes it, in this project's terms. Only words are read: nothing is looked up.
 *
 * Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html
 */

import type { FlowLog } from '@aws-sdk/client-ec2';

import { DEFAULT_FORMAT, DEFAULT_TGW_FORMAT } from '../flow/fields';
import { logGroupPlace } from '../flow/logs-location';
import type { DiscoveredFlowLog, FlowLogDestination, LoggedResourceType } from '../query/discovery';

/** By how ids begin; the longer beginning first. */
const RESOURCE_TYPES: readonly (readonly [start: string, type: LoggedResourceType])[] = [
  ['vpc-', 'vpc'],
  ['subnet-', 'subnet'],
  ['eni-', 'network-interface'],
  ['tgw-attach-', 'transit-gateway-attachment'],
  ['tgw-', 'transit-gateway'],
  ['nat-', 'nat-gateway'],
];
const DEFAULT_INTERVAL_SEC = 600;
const TGW_INTERVAL_SEC = 60;

/** Reads one; `accountId` is that of whoever asked, whose flow logs EC2 lists. Its destination is not looked at. */
export function readFlowLog(flowLog: FlowLog, region: string, accountId: string | undefined): DiscoveredFlowLog {
  const {
    FlowLogId: id = '',
    ResourceId: resourceId = '',
    DestinationOptions: options,
    MaxAggregationInterval,
  } = flowLog;
  const tags = Object.fromEntries((flowLog.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
  const resourceType = RESOURCE_TYPES.find(([start]) => resourceId.startsWith(start))?.[1] ?? 'other';
  const isTransit = resourceType.startsWith('transit-gateway');
  // The role that delivers is the flow log's account's; the one across accounts, and the destination, may be another's.
  const owner = accountId ?? accountOfArn(flowLog.DeliverLogsPermissionArn);
  const destination = readDestination(flowLog, region, owner);
  return {
    id,
    region,
    ...(owner && { accountId: owner }),
    ...(tags['Name'] && { name: tags['Name'] }),
    tags,
    resourceId,
    resourceType,
    ...(flowLog.TrafficType && { trafficType: flowLog.TrafficType }),
    destination,
    columns: readLogFormat(flowLog.LogFormat) ?? (isTransit ? DEFAULT_TGW_FORMAT : DEFAULT_FORMAT),
    ...(destination.type === 's3' && { fileFormat: options?.FileFormat ?? 'plain-text' }),
    isHive: options?.HiveCompatiblePartitions === true,
    isHourly: options?.PerHourPartition === true,
    intervalSec: MaxAggregationInterval ?? (isTransit ? TGW_INTERVAL_SEC : DEFAULT_INTERVAL_SEC),
    ...(flowLog.CreationTime && { createdMs: flowLog.CreationTime.getTime() }),
    ...(flowLog.FlowLogStatus && { status: flowLog.FlowLogStatus }),
    ...(flowLog.DeliverLogsStatus && { deliveryStatus: flowLog.DeliverLogsStatus }),
    ...(flowLog.DeliverLogsErrorMessage && { deliveryError: flowLog.DeliverLogsErrorMessage }),
    check: { state: 'unchecked', message: 'not looked at' },
  };
}

/** The names within `${version} ${account-id} …`; `undefined` for a text without any. */
export function readLogFormat(format: string | undefined): readonly string[] | undefined {
  const names = [...(format ?? '').matchAll(/\$\{([^}]+)\}/g)].map(([, name]) => name!.trim());
  return names.length > 0 ? names : undefined;
}

function readDestination(flowLog: FlowLog, region: string, owner: string | undefined): FlowLogDestination {
  const { LogDestination: arn, LogGroupName: group, LogDestinationType } = flowLog;
  // What was made before there was a choice has no type.
  const type = LogDestinationType ?? (arn?.includes(':s3:::') ? 's3' : 'cloud-watch-logs');
  const location =
    type === 's3'
      ? bucketLocation(arn)
      : type === 'cloud-watch-logs'
        ? groupLocation(arn, group, region, owner)
        : undefined;
  return { type, ...(arn && { arn }), ...(location && { location }) };
}

function bucketLocation(arn = ''): string | undefined {
  const [, partition, place] = /^arn:(aws[a-z-]*):s3:::(.+)$/s.exec(arn) ?? [];
  // An ARN of another partition also says where to begin looking for the bucket.
  return partition === 'aws' ? `s3://${place}` : place && arn;
}

function groupLocation(
  arn: string | undefined,
  group: string | undefined,
  region: string,
  owner: string | undefined,
): string | undefined {
  const [, plainArn, groupRegion, accountId, name] =
    /^(arn:aws[a-z-]*:logs:([^:]+):(\d{12}):log-group:([^:]+))/.exec(arn ?? '') ?? [];
  if (name === undefined) {
    return group && logGroupPlace({ kind: 'logs', group, region });
  }
  // Only the ARN reaches a group of another account.
  return owner !== undefined && accountId !== owner
    ? plainArn
    : logGroupPlace({ kind: 'logs', group: name, region: groupRegion });
}

function accountOfArn(arn: string | undefined): string | undefined {
  return /^arn:aws[a-z-]*:iam::(\d{12}):/.exec(arn ?? '')?.[1];
}
