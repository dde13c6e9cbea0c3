/**
 * Who we are to AWS: one provider per `authType`, then the assumed role on top of it. One such provider serves all
 * clients of a data source, whatever the service or region.
 */

import { fromHttp, fromIni, fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { fromInstanceMetadata } from '@smithy/credential-provider-imds';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@smithy/types';

import { FlowError, type FlowErrorCode, type FlowErrorFields } from '../errors';
import { createRefreshingCredentials, type SharedCredentialsProvider } from './refreshing-credentials';
import { isConnectionFailure } from './aws-errors';
import type { S3Settings } from './s3-settings';

export interface S3CredentialsOptions {
  readonly settings: S3Settings;
  /** For the requests to STS and SSO: the same proxy and authorities as for S3. Instance metadata never goes through it. */
  readonly requestHandler?: NodeHttpHandler;
  /** The variables of the process; only whether the container's `AWS_CONTAINER_CREDENTIALS_…` are set is read here. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** In place of `~/.aws/credentials`. */
  readonly credentialsFile?: string;
  /** Shown in CloudTrail for an assumed role: letters, digits and `+=,.@_-`, 2 to 64 of them. */
  readonly sessionName?: string;
  /** The assumed role's session; STS allows 900 up to the role's own maximum. */
  readonly sessionDurationSec?: number;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/** Files carry no end of validity; with one, a rotated file is read again. */
const FILE_LIFETIME_MS = 10 * 60_000;

/**
 * Regions that an account must switch on (docs.aws.amazon.com/general/latest/gr/rande-manage). Their STS refuses roles of
 * accounts that did not; STS of us-east-1 serves every account, and its tokens hold in every region.
 */
const OPT_IN_REGIONS: readonly string[] = [
  'af-south-1',
  'ap-east-1',
  'ap-east-2',
  'ap-south-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'eu-central-2',
  'eu-south-1',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'mx-central-1',
];

/**
 * The credentials that the settings ask for. Nothing is fetched before the first call; what cannot be had is a
 * `FlowError`: `bad-settings` (none found), `access-denied` (a role refused, `fields.action`), `unavailable`.
 */
export function createS3Credentials(options: S3CredentialsOptions): SharedCredentialsProvider {
  const { clock, settings } = options;
  const { authType, profile, assumeRoleArn } = settings;
  const base = createRefreshingCredentials({
    fetch: withFlowErrors(
      createBaseProvider(options),
      `find credentials (authType ${authType}${profile ? `, profile ${profile}` : ''})`,
      { authType, profile },
    ),
    clock,
  });
  if (assumeRoleArn === undefined) {
    return base;
  }
  return createRefreshingCredentials({
    fetch: withFlowErrors(createRoleProvider(base, assumeRoleArn, options), `assume the role ${assumeRoleArn}`, {
      action: 'sts:AssumeRole',
      role: assumeRoleArn,
    }),
    clock,
  });
}

function createBaseProvider({
  settings,
  requestHandler,
  environment = {},
  credentialsFile,
  clock = Date.now,
}: S3CredentialsOptions): AwsCredentialIdentityProvider {
  const { authType, profile, accessKey, secretKey, sessionToken, region } = settings;
  const file = { ...(profile && { profile }), ...(credentialsFile && { filepath: credentialsFile }) };
  const clientConfig = { region: region ?? 'us-east-1', requestHandler };
  switch (authType) {
    case 'keys': {
      if (accessKey === undefined || secretKey === undefined) {
        throw new FlowError('bad-settings', 'cannot sign requests: accessKey or secretKey is missing');
      }
      return () =>
        Promise.resolve({
          accessKeyId: accessKey,
          secretAccessKey: secretKey,
          ...(sessionToken && { sessionToken }),
        });
    }
    case 'credentials': {
      // Without `ignoreCache` the SDK keeps a file's first content for the life of the process.
      const provider = fromIni({ ...file, clientConfig, ignoreCache: true });
      return async () => {
        const credentials = await provider();
        const expiration = credentials.expiration ?? new Date(clock() + FILE_LIFETIME_MS);
        return { ...credentials, expiration };
      };
    }
    case 'ec2_iam_role':
      // What the documentation of Grafana promises, and its Go code does not do: the machine's role and nothing else.
      return isContainer(environment)
        ? fromHttp({ timeout: 1000, maxRetries: 2 })
        : // Not the wrapper in credential-providers: a new provider per call forgets the past credentials, which
          // instance metadata serves from while it is down.
          fromInstanceMetadata({ timeout: 1000, maxRetries: 2 });
    case 'default':
      return fromNodeProviderChain({ ...file, clientConfig, ignoreCache: true });
  }
}

function isContainer(environment: Readonly<Record<string, string | undefined>>): boolean {
  return ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'].some((name) =>
    Boolean(environment[name]),
  );
}

function createRoleProvider(
  base: SharedCredentialsProvider,
  roleArn: string,
  { settings, requestHandler, sessionName = 'vpcflow', sessionDurationSec }: S3CredentialsOptions,
): AwsCredentialIdentityProvider {
  const { externalId, stsEndpoint, useFipsEndpoint } = settings;
  return fromTemporaryCredentials({
    masterCredentials: base,
    params: {
      RoleArn: roleArn,
      RoleSessionName: sessionName.replace(/[^\w+=,.@-]/g, '-').slice(0, 64),
      ...(externalId && { ExternalId: externalId }),
      ...(sessionDurationSec && { DurationSeconds: sessionDurationSec }),
    },
    clientConfig: {
      region: stsRegion(settings, roleArn),
      requestHandler,
      maxAttempts: 3,
      ignoreConfiguredEndpointUrls: true,
      retryMode: 'standard',
      endpoint: stsEndpoint,
      // The SDK refuses the flag together with an endpoint, and would take it from the environment if it were missing.
      useFipsEndpoint: useFipsEndpoint && stsEndpoint === undefined,
      useDualstackEndpoint: false,
    },
  });
}

/** The region whose STS to ask; `roleArn` tells the partition where the settings name no region. */
export function stsRegion({ region, stsEndpoint }: S3Settings, roleArn = ''): string {
  if (region !== undefined && (stsEndpoint !== undefined || !OPT_IN_REGIONS.includes(region))) {
    return region;
  }
  const partition = roleArn.split(':')[1];
  return partition === 'aws-cn' ? 'cn-north-1' : partition === 'aws-us-gov' ? 'us-gov-west-1' : 'us-east-1';
}

function withFlowErrors(
  provide: AwsCredentialIdentityProvider,
  doing: string,
  fields: FlowErrorFields,
): () => Promise<AwsCredentialIdentity> {
  return async () => {
    try {
      return await provide();
    } catch (thrown) {
      throw credentialsError(thrown, doing, fields);
    }
  };
}

function credentialsError(thrown: unknown, doing: string, fields: FlowErrorFields): FlowError {
  if (thrown instanceof FlowError) {
    return thrown;
  }
  const {
    name,
    message = String(thrown),
    $metadata,
  } = thrown as {
    name?: string;
    message?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  return new FlowError(codeOf(thrown, status), `cannot ${doing}: ${message}`, {
    fields: { ...fields, awsCode: name, status },
    cause: thrown,
  });
}

function codeOf(thrown: unknown, status: number | undefined): FlowErrorCode {
  if (status !== undefined) {
    return status >= 500 || status === 429 ? 'unavailable' : 'access-denied';
  }
  return isConnectionFailure(thrown) ? 'unavailable' : 'bad-settings';
}
