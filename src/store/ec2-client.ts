/**
 * EC2 of a region, asked as S3 is: with the same credentials, proxy and authorities. Its address is its own, since an
 * endpoint for S3 is rarely one for EC2.
 */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { S3Connection } from './s3-connection';
import type { S3Settings } from './s3-settings';

/** What of a connection the clients of other services use. */
export type SharedConnection = Pick<S3Connection, 'settings' | 'credentials' | 'requestHandler' | 'userAgent'>;

/** Creates a client; only then is its code loaded, which is much. Never call its `destroy`: the sockets are the connection's. */
export async function createEc2Client(
  connection: SharedConnection,
  region: string,
  { maxAttempts }: { readonly maxAttempts: number },
): Promise<EC2Client> {
  const { EC2Client: Client } = await import('@aws-sdk/client-ec2');
  return new Client(regionalConfig(connection, { region, endpoint: connection.settings.ec2Endpoint, maxAttempts }));
}

/** The configuration of a client of a regional service over the connection. */
export function regionalConfig(
  { settings, credentials, requestHandler, userAgent }: SharedConnection,
  { region, endpoint, maxAttempts }: RegionalOptions,
) {
  const { useFipsEndpoint, useDualstackEndpoint }: S3Settings = settings;
  return {
    region,
    credentials,
    requestHandler,
    // All said here, because the SDK takes what is missing from ~/.aws/config, even with keys given.
    endpoint,
    ignoreConfiguredEndpointUrls: true,
    // The SDK refuses these together with an endpoint.
    useFipsEndpoint: useFipsEndpoint && endpoint === undefined,
    useDualstackEndpoint: useDualstackEndpoint && endpoint === undefined,
    retryMode: 'standard',
    maxAttempts,
    customUserAgent: userAgent.map(([name, version]): [string, string] => [name, version]),
  };
}

interface RegionalOptions {
  readonly region: string;
  /** In place of AWS's own. */
  readonly endpoint: string | undefined;
  readonly maxAttempts: number;
}
