/**
 * The least IAM policies that a data source's settings need: what its credentials must be allowed, and what each role that
 * it assumes. Every listing that a scan asks for, and every key that it reads, is covered; nothing else is.
 *
 * How S3 and CloudWatch Logs name things in policies:
 * docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html and …/list_amazoncloudwatchlogs.html
 */

import { allPackKeysStarts } from '../scan/pack-names';
import { rootsFromPrefix } from '../scan/walk-layout';
import type { DataSourceSettings } from './settings';
import type { BucketSettings, LogGroupSettings } from './source-settings';

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string;
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

/** The policy of one identity. */
export interface IamPolicy {
  /** The role to attach it to; without it, the identity of the data source's own credentials. */
  readonly roleArn?: string;
  /** Ready to be attached. */
  readonly document: PolicyDocument;
  /** To be added, with the key's ARN, if a bucket is encrypted with a key of KMS. */
  readonly ifEncrypted?: PolicyStatement;
  /** What else has to be seen to. */
  readonly notes: readonly string[];
}

type AwsSource = BucketSettings | LogGroupSettings;

/** What one identity reads. */
interface Reading {
  readonly sources: readonly AwsSource[];
  /** Where the service stores digests. */
  readonly digests?: BucketSettings;
}

/** The policies, that of the data source's own credentials first; none for a data source that reads nothing from AWS. */
export function createIamPolicies({
  sources,
  digests,
}: Pick<DataSourceSettings, 'sources' | 'digests'>): readonly IamPolicy[] {
  const byRole = new Map<string | undefined, Reading>();
  const readingOf = (role: string | undefined): Reading => byRole.get(role) ?? { sources: [] };
  for (const source of sources) {
    if (source.kind !== 'directory') {
      const role = source.s3.assumeRoleArn;
      byRole.set(role, { sources: [...readingOf(role).sources, source] });
    }
  }
  if (digests?.kind === 's3') {
    const role = digests.s3.assumeRoleArn;
    byRole.set(role, { ...readingOf(role), digests });
  }
  if (byRole.size === 0) {
    return [];
  }
  const roles = [...byRole.keys()].filter((role) => role !== undefined).sort();
  const assume: PolicyStatement[] =
    roles.length === 0
      ? []
      : [{ Sid: 'AssumeRoles', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: oneOrAll(roles) }];
  return [
    readingPolicy(readingOf(undefined), assume),
    ...roles.map((roleArn) => withTrustNote({ roleArn, ...readingPolicy(readingOf(roleArn), []) }, readingOf(roleArn))),
  ];
}

/** The ARN of a source's bucket or access point. */
export function bucketArn(source: BucketSettings): string {
  return source.bucket.startsWith('arn:') ? source.bucket : `arn:${partitionOf(source)}:s3:::${source.bucket}`;
}

/** The ARN of a log group, as policies name what is in it; without an account in the location, that of any. */
export function logGroupArn({ group, region, accountId, arn, s3 }: LogGroupSettings): string {
  const partition = arn?.split(':')[1] ?? partitionOfRegion(region);
  // The role's account is the group's, unless that is linked, and then the location is an ARN.
  const account = accountId ?? s3.assumeRoleArn?.split(':')[4] ?? '*';
  return `arn:${partition}:logs:${region}:${account}:log-group:${group}:*`;
}

/** The ARN of objects of a source; `key` may hold wildcards. */
export function objectArn(source: BucketSettings, key: string): string {
  return `${bucketArn(source)}/${source.bucket.startsWith('arn:') ? 'object/' : ''}${key}`;
}

function readingPolicy(
  { sources: ofAws, digests }: Reading,
  first: readonly PolicyStatement[],
): Omit<IamPolicy, 'roleArn'> {
  const sources = ofAws.filter((source) => source.kind === 's3');
  const groups = ofAws.filter((source) => source.kind === 'logs');
  const buckets = [...sources, ...(digests ? [digests] : [])];
  const byBucket = new Map<string, BucketSettings[]>();
  for (const source of sources) {
    byBucket.set(source.bucket, [...(byBucket.get(source.bucket) ?? []), source]);
  }
  const lists = [...byBucket.values()].map((of, index): PolicyStatement => {
    const prefixes = of.flatMap(listedPatterns);
    return {
      Sid: `ListFlowLogs${byBucket.size === 1 ? '' : index + 1}`,
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: bucketArn(of[0]!),
      // A condition that everything meets would still refuse requests that have no prefix at all.
      ...(!prefixes.includes('*') && { Condition: { StringLike: { 's3:prefix': prefixes } } }),
    };
  });
  const objects = sources.flatMap((source) => readPatterns(source).map((pattern) => objectArn(source, pattern)));
  const read: PolicyStatement[] =
    objects.length === 0
      ? []
      : [{ Sid: 'ReadFlowLogs', Effect: 'Allow', Action: 's3:GetObject', Resource: oneOrAll(objects) }];
  return {
    document: {
      Version: '2012-10-17',
      Statement: [...first, ...lists, ...read, ...digestStatements(digests), ...groupStatements(groups)],
    },
    ...(buckets.length > 0 && { ifEncrypted: decryptStatement(buckets) }),
    notes: [...notesFor(buckets), ...(groups.length > 0 ? [GROUP_NOTE] : [])],
  };
}

function digestStatements(digests: BucketSettings | undefined): readonly PolicyStatement[] {
  if (digests === undefined) {
    return [];
  }
  const patterns = allPackKeysStarts(digests.prefix).map((start) => `${escapePattern(start)}*`);
  return [
    {
      Sid: 'ListStoredDigests',
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: bucketArn(digests),
      Condition: { StringLike: { 's3:prefix': patterns } },
    },
    {
      Sid: 'ReadStoredDigests',
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: patterns.map((pattern) => objectArn(digests, pattern)),
    },
  ];
}

const GROUP_NOTE =
  'Without DescribeLogGroupsOfFlowLogs a log group of the class Infrequent Access is recognised late; without DescribeFlowLogs the format of records is taken from the settings or recognised from the data.';

function groupStatements(groups: readonly LogGroupSettings[]): readonly PolicyStatement[] {
  if (groups.length === 0) {
    return [];
  }
  const hasHeaders = groups.every(({ columns }) => columns !== undefined);
  return [
    {
      Sid: 'ReadLogGroups',
      Effect: 'Allow',
      Action: 'logs:FilterLogEvents',
      Resource: oneOrAll(groups.map(logGroupArn)),
    },
    // These cannot be limited to a log group.
    { Sid: 'DescribeLogGroupsOfFlowLogs', Effect: 'Allow', Action: 'logs:DescribeLogGroups', Resource: '*' },
    ...(hasHeaders
      ? []
      : [{ Sid: 'DescribeFlowLogs', Effect: 'Allow', Action: 'ec2:DescribeFlowLogs', Resource: '*' } as const]),
  ];
}

/** What every listing of a source begins with, as patterns. */
function listedPatterns({ prefix, anyKey }: BucketSettings): readonly string[] {
  return isWholePrefix(prefix, anyKey)
    ? [`${escapePattern(prefix)}*`]
    : rootsFromPrefix(prefix).map((root) => `${escapePattern(root)}AWSLogs/*`);
}

/** The keys that are read; `*` stands for anything, also an organisation before the account. */
function readPatterns({ prefix, anyKey }: BucketSettings): readonly string[] {
  return isWholePrefix(prefix, anyKey)
    ? [`${escapePattern(prefix)}*`]
    : rootsFromPrefix(prefix).flatMap((root) =>
        ['*/vpcflowlogs/*', '*/aws-service=vpcflowlogs/*', '*/service=vpcflowlogs/*'].map(
          (rest) => `${escapePattern(root)}AWSLogs/${rest}`,
        ),
      );
}

/** Any key counts, or the prefix itself is inside of AWS's layout. */
function isWholePrefix(prefix: string, anyKey: boolean): boolean {
  return anyKey || (prefix.includes('AWSLogs/') && !prefix.endsWith('AWSLogs/'));
}

/** `*`, `?` and `$` of a key, as IAM wants them written where they are meant literally. */
function escapePattern(text: string): string {
  return text.replace(/[*?$]/g, (sign) => `\${${sign}}`);
}

function decryptStatement(sources: readonly BucketSettings[]): PolicyStatement {
  const partition = partitionOf(sources[0]!);
  return {
    Sid: 'DecryptFlowLogs',
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: `arn:${partition}:kms:REGION:ACCOUNT:key/KEY-ID`,
    Condition: {
      StringLike: { 'kms:ViaService': `s3.*.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}` },
    },
  };
}

function notesFor(sources: readonly BucketSettings[]): readonly string[] {
  if (sources.length === 0) {
    return [];
  }
  return [
    'If a bucket is encrypted with a KMS key (SSE-KMS), add the statement DecryptFlowLogs with the ARN of that key; a key of another account has to allow it in its key policy as well.',
    'A bucket of another account has to allow the same actions in its bucket policy.',
    ...(sources.some(({ bucket }) => bucket.startsWith('arn:'))
      ? [
          'Behind an access point, the bucket’s own policy has to delegate to its access points or allow the same actions.',
        ]
      : []),
    ...(sources.some(({ s3 }) => s3.endpoint !== undefined)
      ? ['The data source has an endpoint of its own: a server that is not AWS’s may name resources otherwise.']
      : []),
  ];
}

function withTrustNote(policy: IamPolicy, { sources, digests }: Reading): IamPolicy {
  const places = [...sources, ...(digests ? [digests] : [])];
  const externalIds = [...new Set(places.flatMap(({ s3 }) => s3.externalId ?? []))].sort();
  const condition =
    externalIds.length === 0 ? '' : `, under the condition sts:ExternalId = ${externalIds.join(' or ')}`;
  return {
    ...policy,
    notes: [
      `The trust policy of ${policy.roleArn} has to allow sts:AssumeRole to the data source’s own credentials${condition}.`,
      ...policy.notes,
    ],
  };
}

/** An ARN says it for certain, a region nearly so. */
function partitionOf({ bucket, region, s3 }: BucketSettings): string {
  const arn = bucket.startsWith('arn:') ? bucket : s3.assumeRoleArn;
  return arn?.split(':')[1] ?? partitionOfRegion(region ?? s3.region ?? '');
}

const PARTITIONS: readonly (readonly [regionStart: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['eu-isoe-', 'aws-iso-e'],
  ['eusc-', 'aws-eusc'],
];

function partitionOfRegion(region: string): string {
  return PARTITIONS.find(([start]) => region.startsWith(start))?.[1] ?? 'aws';
}

function oneOrAll(values: readonly string[]): string | readonly string[] {
  const distinct = [...new Set(values)];
  return distinct.length === 1 ? distinct[0]! : distinct;
}
