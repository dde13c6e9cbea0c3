/**
 * Where in S3 flow logs lie, as people write it: an S3 URI, or a bucket's or an access point's ARN (what
 * `DescribeFlowLogs` and the console show). Only the text is read; what is a folder is for `store/location` to read.
 */

import { FlowError } from '../errors';

/** A prefix in a bucket. */
export interface S3Location {
  readonly kind: 's3';
  /** A bucket's name or alias, or the ARN of an access point. */
  readonly bucket: string;
  /** Exactly as written, with or without a final `/`: both mean something (the last segment may be glued to `AWSLogs`). */
  readonly prefix: string;
  /** The access point's region; for a bucket ARN outside the `aws` partition, a region of it to begin looking from. */
  readonly region?: string;
}

const ACCEPTED =
  'write s3://bucket/prefix, arn:aws:s3:::bucket/prefix, an access point arn:aws:s3:region:account:accesspoint/name/prefix, logs://region/log-group, or a folder';

/** Names as S3 ever allowed them (upper case and `_` in old us-east-1 buckets). */
const BUCKET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
const ACCESS_POINT_NAME = /^[a-z0-9][a-z0-9-]{1,48}[a-z0-9]$/;
const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;

/** The regions to begin with where no other is known; credentials of one partition mean nothing in another. */
const PARTITION_REGION: Readonly<Record<string, string>> = {
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-iso': 'us-iso-east-1',
  'aws-iso-b': 'us-isob-east-1',
};

/**
 * Reads a location in S3; `undefined` for a folder, also one written as `file://`. Throws `bad-settings` for what is
 * neither, naming the text and the accepted forms.
 */
export function parseS3Location(text: string): S3Location | undefined {
  const trimmed = text.trim();
  if (trimmed === '') {
    throw locationError(text, 'it is empty');
  }
  const scheme = SCHEME.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme === 's3') {
    const rest = trimmed.slice('s3://'.length);
    return rest.startsWith('arn:') ? parseArn(rest, text) : parseBucketAndPrefix(rest, text);
  }
  if (scheme !== undefined && scheme !== 'file') {
    throw locationError(text, `${scheme}:// is not supported`);
  }
  return trimmed.startsWith('arn:') ? parseArn(trimmed, text) : undefined;
}

/** Reads `bucket/prefix`, a part of `text` or all of it. Throws `bad-settings`. */
export function parseBucketAndPrefix(rest: string, text: string): S3Location {
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  if (!BUCKET_NAME.test(bucket)) {
    throw locationError(text, bucket === '' ? 'it names no bucket' : `${bucket} is not the name of a bucket`);
  }
  return { kind: 's3', bucket, prefix: slash < 0 ? '' : rest.slice(slash + 1) };
}

/** The error for a location that cannot be read. */
export function locationError(text: string, why: string, cause?: unknown): FlowError {
  return new FlowError('bad-settings', `cannot read the location ${JSON.stringify(text)}: ${why}; ${ACCEPTED}`, {
    fields: { location: text },
    cause,
  });
}

function parseArn(arn: string, text: string): S3Location {
  const match = /^arn:(aws[a-z-]*):([a-z0-9-]*):([^:/]*):([^:/]*):(.*)$/s.exec(arn);
  if (!match) {
    throw locationError(text, 'it is not a complete ARN');
  }
  const [, partition = '', service = '', region = '', account = '', resource = ''] = match;
  if (service !== 's3') {
    throw locationError(text, `${service || 'nothing'} is not S3`);
  }
  if (region === '' && account === '') {
    const startRegion = PARTITION_REGION[partition];
    return { ...parseBucketAndPrefix(resource, text), ...(startRegion && { region: startRegion }) };
  }
  const accessPoint = /^accesspoint[/:]([^/]*)(?:\/(.*))?$/s.exec(resource);
  if (!accessPoint) {
    throw locationError(text, 'only a bucket or an access point can be read');
  }
  const [, name = '', path = ''] = accessPoint;
  if (region === '') {
    throw locationError(
      text,
      'multi-region access points are not supported; name the bucket or one of its access points',
    );
  }
  if (!/^\d{12}$/.test(account) || !ACCESS_POINT_NAME.test(name)) {
    throw locationError(text, 'the access point has no valid account or name');
  }
  return {
    kind: 's3',
    bucket: `arn:${partition}:s3:${region}:${account}:accesspoint/${name}`,
    // `/object/` is how IAM policies write the objects behind an access point.
    prefix: /^object(?:\/|$)/.test(path) ? path.slice('object/'.length) : path,
    region,
  };
}
