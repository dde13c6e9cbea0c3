/**
 * Who we are to AWS: `sts:GetCallerIdentity`, which needs no permission, so that it tells wrong credentials from missing
 * rights. The SDK brings no client for this one call; it is a form that is signed as the S3 clients sign.
 */

import { S3Client } from '@aws-sdk/client-s3';
import type { HttpRequest, HttpResponse } from '@smithy/types';
import type { Readable } from 'node:stream';

import { FlowError } from '../errors';
import type { S3Connection } from './s3-connection';
import { stsRegion } from './s3-credentials';
import { isConnectionFailure } from './aws-errors';

export interface CallerIdentity {
  /** Of the user, or of the assumed role with its session. */
  readonly arn: string;
  readonly accountId: string;
}

const BODY = 'Action=GetCallerIdentity&Version=2011-06-15';
/** The answer has a few hundred bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** True if there is an STS to ask: a private S3 has none, unless one is named. */
export function hasCallerIdentity({ settings }: S3Connection): boolean {
  return settings.endpoint === undefined || settings.stsEndpoint !== undefined;
}

/**
 * Asks STS who the connection's credentials are. Throws what getting the credentials throws, `access-denied` if STS does
 * not accept them, `unavailable` if it cannot be reached.
 */
export async function fetchCallerIdentity(connection: S3Connection, signal?: AbortSignal): Promise<CallerIdentity> {
  const { settings, requestHandler, credentials } = connection;
  const region = stsRegion(settings, settings.assumeRoleArn);
  // Its own client, because a client's first signature fixes the service for all others. Never used for S3.
  const { config } = new S3Client({ region, credentials, requestHandler, ignoreConfiguredEndpointUrls: true });
  const signer = await config.signer({ name: 'sigv4', signingName: 'sts', signingRegion: region, properties: {} });
  const url = new URL(settings.stsEndpoint ?? stsEndpoint(region, settings.useFipsEndpoint));
  const request = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port && { port: Number(url.port) }),
    path: url.pathname,
    query: {},
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: BODY,
  } satisfies HttpRequest);
  let response: HttpResponse;
  let answer: string;
  try {
    ({ response } = await requestHandler.handle(request as Parameters<typeof requestHandler.handle>[0], {
      abortSignal: signal,
    }));
    answer = await readText(response.body as Readable);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new FlowError(
      signal?.aborted ? 'aborted' : isConnectionFailure(thrown) ? 'unavailable' : 'internal',
      `cannot ask ${url.host} who we are: ${why}`,
      { cause: thrown },
    );
  }
  const arn = elementText(answer, 'Arn');
  const accountId = elementText(answer, 'Account');
  if (response.statusCode !== 200 || arn === undefined || accountId === undefined) {
    const awsCode = elementText(answer, 'Code');
    const why = elementText(answer, 'Message') ?? `HTTP ${response.statusCode}`;
    throw new FlowError(
      response.statusCode === 403 ? 'access-denied' : 'unavailable',
      `cannot ask ${url.host} who we are: ${awsCode === undefined ? '' : `${awsCode}: `}${why}`,
      { fields: { awsCode, status: response.statusCode } },
    );
  }
  return { arn, accountId };
}

function stsEndpoint(region: string, isFips: boolean): string {
  return `https://sts${isFips ? '-fips' : ''}.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
}

async function readText(body: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new Error('the answer is too long');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The elements that are read hold plain text: no account, ARN or code has an entity in it. */
function elementText(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
