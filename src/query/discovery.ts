/**
 * What looking for flow logs in AWS finds, as plain data: `discover` makes it, the command prints it and the config editor
 * shows it. Times are Unix milliseconds.
 */

import type { FlowErrorCode } from '../errors';

/** What is logged. `other`: a kind of resource that is newer than this list. */
export type LoggedResourceType =
  'vpc' | 'subnet' | 'network-interface' | 'transit-gateway' | 'transit-gateway-attachment' | 'nat-gateway' | 'other';

/** Where a flow log delivers to. */
export interface FlowLogDestination {
  /** As AWS has it: `s3`, `cloud-watch-logs`, `kinesis-data-firehose`. */
  readonly type: string;
  readonly arn?: string;
  /** As sources are written (`s3://bucket/prefix`, `logs://region/name`); missing for what cannot be read. */
  readonly location?: string;
}

/**
 * What came of looking at the destination itself, since AWS says SUCCESS of flow logs that deliver nothing.
 * - `delivering`: something new is there
 * - `stopped`: something is there, but nothing new
 * - `empty`: nothing of this flow log is there
 * - `denied`: it may not be listed
 * - `failed`: it cannot be listed for another reason (no such bucket, no connection)
 * - `unchecked`: it was not looked at
 */
export type DeliveryState = 'delivering' | 'stopped' | 'empty' | 'denied' | 'failed' | 'unchecked';

export interface DeliveryCheck {
  readonly state: DeliveryState;
  /** For people, without a full stop. */
  readonly message: string;
  /** When the newest records were made, and how long ago that was. */
  readonly newestMs?: number;
  readonly ageSec?: number;
  /** The IAM action that is not allowed. */
  readonly missingAction?: string;
}

/** A flow log, as `ec2:DescribeFlowLogs` has it. */
export interface DiscoveredFlowLog {
  readonly id: string;
  readonly region: string;
  /** Of its owner. Missing if neither STS nor an ARN tells. */
  readonly accountId?: string;
  /** The tag `Name`. */
  readonly name?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly resourceId: string;
  readonly resourceType: LoggedResourceType;
  /** `ALL`, `ACCEPT`, `REJECT`; missing for what has no action (transit gateways). */
  readonly trafficType?: string;
  readonly destination: FlowLogDestination;
  /** Field names, in the order of the record. */
  readonly columns: readonly string[];
  /** In S3 only. */
  readonly fileFormat?: 'plain-text' | 'parquet';
  readonly isHive: boolean;
  readonly isHourly: boolean;
  /** The longest time that a record covers. */
  readonly intervalSec: number;
  readonly createdMs?: number;
  /** `ACTIVE`. */
  readonly status?: string;
  /** What AWS says: `SUCCESS` or `FAILED`. */
  readonly deliveryStatus?: string;
  readonly deliveryError?: string;
  readonly check: DeliveryCheck;
}

/** A place that flow logs deliver to, as it can be read or configured. */
export interface ProposedSource {
  readonly location: string;
  /** Missing where several flow logs share the place under different names. */
  readonly name?: string;
  /** The columns of records that come without a header line, if all flow logs of the place have the same. */
  readonly header?: string;
  /** Ids of the flow logs that deliver there. */
  readonly flowLogIds: readonly string[];
}

/** A part that could not be looked at. */
export interface DiscoveryProblem {
  /** Missing if it is about all. */
  readonly region?: string;
  readonly code: FlowErrorCode;
  readonly message: string;
  readonly missingAction?: string;
}

/** All that was found. */
export interface Discovery {
  /** Whose flow logs these are. */
  readonly accountId?: string;
  /** Those that were asked. */
  readonly regions: readonly string[];
  /** By region, then id. */
  readonly flowLogs: readonly DiscoveredFlowLog[];
  /** By location. */
  readonly sources: readonly ProposedSource[];
  readonly problems: readonly DiscoveryProblem[];
}
