/**
 * From the locations and the connection options of a command to open sources.
 */
import { readFileSync } from 'node:fs';
import { FlowError } from '../errors';
import { openSources } from '../library/open-sources';
import type { OpenedSources } from '../library/open-sources';
import { isCertificate, NO_CERTIFICATE, parseS3Settings, type S3Settings } from '../store/s3-settings';
import type { CliContext } from './cli-context';
import type { Options } from './options';
import { createStdinStore } from './stdin-store';

/** Opens what a command names, or standard input if it names nothing. Throws as `openSources`. */
export async function openLocations(
  locations: readonly string[],
  options: Options,
  context: CliContext,
): Promise<OpenedSources> {
  if (locations.length === 0 && context.stdin.isTTY) {
    throw new FlowError(
      'bad-settings',
      'cannot tell what to read: name s3://bucket/prefix, logs://region/log-group, a folder or files, or pipe logs in',
    );
  }
  return openSources(locations.length === 0 ? ['-'] : locations, {
    settings: () => readConnectionSettings(options, context),
    anyKey: options.anyKey === true,
    header: options.header as string | undefined,
    filterPattern: options.filterPattern as string | undefined,
    standardInput: () => createStdinStore(context.stdin),
    version: context.version,
    environment: context.environment,
  });
}

/** How to reach AWS and who to be there, by the options and the `AWS_…` variables. Throws `bad-settings`. */
export function readConnectionSettings(options: Options, { environment }: CliContext): S3Settings {
  const anyEndpoint = environment.AWS_ENDPOINT_URL;
  return parseS3Settings({
    authType: options.profile === undefined ? 'default' : 'credentials',
    profile: options.profile,
    assumeRoleArn: options.roleArn,
    externalId: options.externalId,
    defaultRegion: options.bucketRegion ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION,
    endpoint: options.endpointUrl ?? environment.AWS_ENDPOINT_URL_S3 ?? anyEndpoint,
    stsEndpoint: options.stsEndpointUrl ?? environment.AWS_ENDPOINT_URL_STS ?? anyEndpoint,
    logsEndpoint: options.logsEndpointUrl ?? environment.AWS_ENDPOINT_URL_CLOUDWATCH_LOGS ?? anyEndpoint,
    ec2Endpoint: options.ec2EndpointUrl ?? environment.AWS_ENDPOINT_URL_EC2 ?? anyEndpoint,
    forcePathStyle: options.pathStyle,
    requesterPays: options.requesterPays ?? false,
    caCert: readCaBundle(options.caBundle, environment.AWS_CA_BUNDLE),
    proxyUrl: options.proxy,
  });
}

function readCaBundle(option: Options[string], variable: string | undefined): string | undefined {
  const file = option ?? variable;
  if (typeof file !== 'string') {
    return undefined;
  }
  const name = option === undefined ? 'AWS_CA_BUNDLE' : '--ca-bundle';
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new FlowError('bad-settings', `cannot use ${name}: ${reason}`, { cause: thrown });
  }
  if (!isCertificate(pem)) {
    throw new FlowError('bad-settings', `cannot use ${name}: ${file} ${NO_CERTIFICATE}`);
  }
  return pem;
}
