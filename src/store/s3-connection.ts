/**
 * What all buckets of one data source share: sockets, credentials, the known regions, and one S3 client per region.
 */

import * as http from 'node:http';
import * as https from 'node:https';

import { S3Client } from '@aws-sdk/client-s3';
import type { NodeHttpHandler } from '@smithy/node-http-handler';

import { GatedHttpHandler } from './gated-handler';
import { createFetchSender, createHandlerSender, findBunFetch } from './http-sender';
import type { BunFetch, FetchSenderOptions, HttpSender } from './http-sender';
import type { SharedCredentialsProvider } from './refreshing-credentials';
import { createRequestGate } from './request-gate';
import { createS3Credentials, type S3CredentialsOptions } from './s3-credentials';
import { askBucketRegion, createRegionFinder, type RegionFinder } from './s3-region';
import type { S3Settings } from './s3-settings';
import { createTunnelAgents, type AgentPair } from './tunnel-agents';

export interface S3Connection {
  readonly settings: S3Settings;
  /** For clients of other AWS services: they share the credentials and, through the handler, proxy and authorities. */
  readonly credentials: SharedCredentialsProvider;
  readonly requestHandler: NodeHttpHandler;
  /** For requests that are made without the SDK. */
  readonly sender: HttpSender;
  /** Name and version pairs for the User-Agent header. */
  readonly userAgent: readonly (readonly [name: string, version: string])[];
  readonly regions: RegionFinder;
  /** The client of a region, made on first use. Never call its `destroy`: the sockets are not its own. */
  clientFor(region: string): S3Client;
  /** Closes all sockets. Nothing may be called after it. */
  close(): void;
}

export interface S3ConnectionOptions extends Omit<S3CredentialsOptions, 'requestHandler'> {
  /** In place of what the settings say. */
  readonly credentials?: SharedCredentialsProvider;
  /** Name and version pairs for the User-Agent header. */
  readonly userAgent?: readonly (readonly [name: string, version: string])[];
  /** Requests at once, all buckets together; more wait their turn. */
  readonly maxSockets?: number;
  readonly connectTimeoutMs?: number;
  /** From sending a request to the head of the answer. */
  readonly answerTimeoutMs?: number;
  /** Per request, for what fails before the head of an answer; `withRetry` does the rest. */
  readonly maxAttempts?: number;
  /** Bun's, where this is Bun. */
  readonly fetch?: BunFetch;
}

/** Creates a connection; it opens sockets and fetches credentials only when a client is used. */
export function createS3Connection(options: S3ConnectionOptions): S3Connection {
  const {
    settings,
    userAgent = [],
    maxSockets = 128,
    connectTimeoutMs = 3000,
    answerTimeoutMs = 15_000,
    maxAttempts = 3,
  } = options;
  const agents = createAgents(settings, maxSockets, connectTimeoutMs);
  const gate = createRequestGate(maxSockets);
  const requestHandler = new GatedHttpHandler({
    ...agents,
    gate,
    connectionTimeout: connectTimeoutMs,
    requestTimeout: answerTimeoutMs,
    // Without it the SDK writes a warning and waits on.
    throwOnRequestTimeout: true,
    // It would also cut off a body that the reader is slow to take; `createS3Store` times only its own waiting.
    socketTimeout: 0,
  });
  const credentials = options.credentials ?? createS3Credentials({ ...options, requestHandler });
  const clients = new Map<string, S3Client>();

  const clientFor = (region: string): S3Client => {
    let client = clients.get(region);
    if (client === undefined) {
      client = new S3Client({
        region,
        credentials,
        requestHandler,
        // All said here, because the SDK takes what is missing from ~/.aws/config, even with keys given.
        endpoint: settings.endpoint,
        ignoreConfiguredEndpointUrls: true,
        forcePathStyle: settings.forcePathStyle,
        useFipsEndpoint: settings.useFipsEndpoint,
        useDualstackEndpoint: settings.useDualstackEndpoint,
        useArnRegion: true,
        followRegionRedirects: false,
        retryMode: 'standard',
        maxAttempts,
        // Flow logs are gzip or Parquet and carry their own checksums; S3's would be computed in JavaScript.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        customUserAgent: userAgent.map(([name, version]) => [name, version]),
      });
      clients.set(region, client);
    }
    return client;
  };

  return {
    settings,
    credentials,
    requestHandler,
    sender: createSender(options, requestHandler, { gate, answerTimeoutMs }),
    userAgent,
    regions: createRegionFinder({
      ask: (bucket, startRegion) => askBucketRegion(clientFor(startRegion), bucket, startRegion),
      startRegion: settings.region ?? 'us-east-1',
    }),
    clientFor,
    close() {
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

/** By `fetch` where that is Bun's and leads to where the agents do; without the environment that is not known. */
function createSender(
  { settings, environment, fetch = findBunFetch() }: S3ConnectionOptions,
  handler: NodeHttpHandler,
  options: Pick<FetchSenderOptions, 'gate' | 'answerTimeoutMs'>,
): HttpSender {
  const isDirect =
    settings.proxyUrl === undefined &&
    environment !== undefined &&
    !Object.entries(environment).some(([name, value]) => /^(?:all|https?)_proxy$/i.test(name) && value);
  return fetch && isDirect
    ? createFetchSender({ fetch, tls: tlsOptions(settings), ...options })
    : createHandlerSender(handler);
}

function createAgents(settings: S3Settings, maxSockets: number, timeoutMs: number): AgentPair {
  const { proxyUrl } = settings;
  const agentOptions: https.AgentOptions = { keepAlive: true, maxSockets, ...tlsOptions(settings) };
  return proxyUrl
    ? createTunnelAgents({ proxyUrl, agentOptions, timeoutMs })
    : { httpAgent: new http.Agent(agentOptions), httpsAgent: new https.Agent(agentOptions) };
}

function tlsOptions({ caCert, tlsSkipVerify }: S3Settings): Pick<https.AgentOptions, 'rejectUnauthorized'> & {
  readonly ca?: string;
} {
  return { ...(caCert && { ca: caCert }), ...(tlsSkipVerify && { rejectUnauthorized: false }) };
}
