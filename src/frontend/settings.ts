/**
 * The data source's settings as Grafana stores them: the names of Grafana's AWS data sources for signing in, and ours,
 * which `plugin/settings-schema.ts` checks.
 */
import type { AwsAuthDataSourceJsonData, AwsAuthDataSourceSecureJsonData } from '@grafana/aws-sdk';

/** One of `sources`. */
export interface SourceConfig {
  /** How queries name it; the location if it has none. */
  name?: string;
  /** `s3://bucket/prefix`, an ARN, or a folder below the administrator's `local_root`. */
  location?: string;
  /** Where to look for the bucket first. */
  region?: string;
  /** The role for this source, in place of the data source's. */
  roleArn?: string;
  externalId?: string;
  requesterPays?: boolean;
  /** The header line of objects that have none. */
  header?: string;
  /** Every object may be a flow log, whatever its key. */
  anyKey?: boolean;
}

/** Where queries stop. */
export interface LimitsConfig {
  maxObjects?: number;
  /** Stored (compressed) bytes. */
  maxBytes?: number;
  maxKeys?: number;
  maxSec?: number;
  maxObjectTextBytes?: number;
}

/** `jsonData`. */
export interface FlowLogsJsonData extends AwsAuthDataSourceJsonData {
  sources?: SourceConfig[];
  /** For queries that do not say. */
  defaultLimits?: LimitsConfig & { onLimit?: 'fail' | 'partial' };
  /** What no query can go beyond. */
  maxLimits?: LimitsConfig;
  /** Where `vpcflow serve --packs` stores: a bucket, or a folder below `local_root`. */
  digestsAt?: string;
  digestCacheBytes?: number;
  /** Of alert rules that name none, in seconds. */
  settleDelaySec?: number;
  timeouts?: { connectMs?: number; answerMs?: number; listMs?: number; idleMs?: number };
  stsEndpoint?: string;
  logsEndpoint?: string;
  ec2Endpoint?: string;
  forcePathStyle?: boolean;
  useFipsEndpoint?: boolean;
  useDualstackEndpoint?: boolean;
  tlsSkipVerify?: boolean;
  tlsAuthWithCACert?: boolean;
}

/** `secureJsonData`. */
export interface FlowLogsSecureJsonData extends AwsAuthDataSourceSecureJsonData {
  /** PEM. */
  tlsCACert?: string;
}
