/**
 * EC2 of a region, asked as S3 is: with the same credentials, proxy and authorities. Its address is its own, since an
 * endpoint for S3 is rarely one for EC2.
 */

import { EC2Client } from '@aws-sdk/client-ec2';

import { FlowError } from '../errors';
import type { S3Connection } from '../store/s3-connection';
import { isAwsHost, type S3Settings } from '../store/s3-settings';

/** Creates a client. Never call its `destroy`: the sockets are the connection's. */
export function createEc2Client(
  { settings, credentials, requestHandler, userAgent }: S3Connection,
  region: string,
): EC2Client {
  const { ec2Endpoint, useFipsEndpoint, useDualstackEndpoint } = settings;
  return new EC2Client({
    region,
    credentials,
    requestHandler,
    // All said here, because the SDK takes what is missing from ~/.aws/config, even with keys given.
    endpoint: ec2Endpoint,
    ignoreConfiguredEndpointUrls: true,
    // The SDK refuses these together with an endpoint.
    useFipsEndpoint: useFipsEndpoint && ec2Endpoint === undefined,
    useDualstackEndpoint: useDualstackEndpoint && ec2Endpoint === undefined,
    retryMode: 'standard',
    maxAttempts: 3,
    customUserAgent: userAgent.map(([name, version]) => [name, version]),
  });
}

/** Throws `bad-settings` if there is no EC2 to ask: the keys of a private S3 mean nothing to AWS. */
export function assertHasEc2({ endpoint, ec2Endpoint }: S3Settings): void {
  if (endpoint !== undefined && ec2Endpoint === undefined && !isAwsHost(endpoint)) {
    throw new FlowError(
      'bad-settings',
      `cannot look for flow logs: ${endpoint} is a private S3, which knows of none; name an EC2 endpoint as well`,
      { fields: { setting: 'ec2Endpoint' } },
    );
  }
}
