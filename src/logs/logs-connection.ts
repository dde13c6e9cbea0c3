/**
 * What all log groups of one way to sign in share: clients of CloudWatch Logs and EC2 by region, over the sockets,
 * credentials, proxy and authorities of the connection to S3; and how requests are sent: at the rate that is allowed,
 * again when they failed for a passing reason.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { FlowError } from '../errors';
import { abortError, assertNotAborted } from '../errors';
import { createEc2Client, regionalConfig, type SharedConnection } from '../store/ec2-client';
import type { S3Settings } from '../store/s3-settings';
import { flowErrorFromLogs, type LogsOperation } from './log-errors';
import { createRateGates, type RateGate, type RateGates } from './rate-gate';

/** One request that failed and will be followed by another. */
export interface LogsRetry {
  /** What was being done, as messages say it. */
  readonly doing: string;
  /** Failures in a row. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: FlowError;
}

/** Sends a request; the signal ends it. */
export type SendRequest<T> = (signal: AbortSignal) => Promise<T>;

export interface LogsConnection {
  readonly settings: S3Settings;
  /**
   * The client of a region, made on first use; only then is its code loaded, which is much. Never call its `destroy`: the
   * sockets are not its own.
   */
  logsFor(region: string): Promise<CloudWatchLogsClient>;
  ec2For(region: string): Promise<EC2Client>;
  /** The gate of `FilterLogEvents` in a region. */
  gateFor(region: string): RateGate;
  /**
   * Sends until there is an answer: refusals for the rate and passing failures do not reach the caller until there have
   * been many in a row. Throws `FlowError`s, `aborted` at once.
   */
  send<T>(request: SendRequest<T>, operation: LogsOperation, gate?: RateGate): Promise<T>;
}

export interface LogsConnectionOptions {
  /** Its sockets and credentials are used; whoever made it closes it. */
  readonly connection: SharedConnection;
  /** Of the process, so that all who use an account keep to its quota together. */
  readonly gates?: RateGates;
  /** For all of an answer. */
  readonly timeoutMs?: number;
  readonly report?: (retry: LogsRetry) => void;
  /** Rejects when the signal aborts. */
  readonly sleep?: (delayMs: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/** Failures in a row that are borne; those for the rate count less, since waiting is all that helps. */
const MAX_FAILURES = 7;
const MAX_REFUSALS = 100;
const MAX_OPTIONAL = 1;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 10_000;

/** Creates a connection; nothing is requested before it is used. */
export function createLogsConnection({
  connection,
  gates = createRateGates(),
  timeoutMs = 120_000,
  report,
  sleep = (delayMs, signal) => wait(delayMs, undefined, { signal }),
}: LogsConnectionOptions): LogsConnection {
  const { settings } = connection;
  // A retry has to pass the gate again.
  const maxAttempts = 1;
  const logsClients = new Map<string, Promise<CloudWatchLogsClient>>();
  const ec2Clients = new Map<string, Promise<EC2Client>>();
  const who = accountKey(settings);

  const sendOnce = async <T>(request: SendRequest<T>, signal: AbortSignal | undefined): Promise<T> => {
    const own = new AbortController();
    const onAbort = (): void => own.abort();
    signal?.addEventListener('abort', onAbort, { once: true });
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      own.abort();
    }, timeoutMs);
    try {
      return await request(own.signal);
    } catch (thrown) {
      throw isLate
        ? Object.assign(new Error(`no complete answer in ${timeoutMs} ms`), { name: 'TimeoutError' })
        : thrown;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  };

  return {
    settings,
    logsFor: (region) =>
      getOrMake(logsClients, region, async () => {
        const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs');
        return new CloudWatchLogsClient(
          regionalConfig(connection, { region, endpoint: settings.logsEndpoint, maxAttempts }),
        );
      }),
    ec2For: (region) => getOrMake(ec2Clients, region, () => createEc2Client(connection, region, { maxAttempts })),
    gateFor: (region) => gates.gateFor(settings.logsEndpoint ? `${who} ${settings.logsEndpoint}` : who, region),
    async send(request, operation, gate) {
      const { signal, isOptional = false } = operation;
      const maxFailures = isOptional ? MAX_OPTIONAL : MAX_FAILURES;
      const maxRefusals = isOptional ? MAX_OPTIONAL : MAX_REFUSALS;
      let failures = 0;
      let refusals = 0;
      for (;;) {
        await gate?.enter(signal);
        assertNotAborted(signal);
        const startedMs = gate?.now() ?? 0;
        try {
          const answer = await sendOnce(request, signal);
          gate?.answered();
          return answer;
        } catch (thrown) {
          const error = flowErrorFromLogs(thrown, operation);
          const isRefusal = error.code === 'throttled';
          if (isRefusal) {
            gate?.refused(startedMs);
            refusals++;
          } else {
            failures++;
          }
          const isPassing = isRefusal || error.code === 'unavailable' || isClockCorrected(thrown);
          if (!isPassing || failures >= maxFailures || refusals >= maxRefusals) {
            throw error;
          }
          const attempt = failures + refusals;
          const most = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
          const delayMs = Math.round((0.5 + Math.random() / 2) * most);
          report?.({ doing: operation.doing, attempt, delayMs, error });
          await sleep(delayMs, signal).catch((reason: unknown) => {
            throw signal?.aborted ? abortError(signal) : reason;
          });
        }
      }
    },
  };

  function getOrMake<C>(clients: Map<string, C>, region: string, make: () => C): C {
    const client = clients.get(region) ?? make();
    clients.set(region, client);
    return client;
  }
}

/** Quotas are an account's: a role's ARN tells which, other credentials are told apart by their words. */
function accountKey({ assumeRoleArn, authType, accessKey, profile }: S3Settings): string {
  return assumeRoleArn?.split(':')[4] ?? [authType, accessKey, profile].join(' ');
}

/** The SDK has seen that our clock is wrong, and signs with the server's time from now on. */
function isClockCorrected(thrown: unknown): boolean {
  const { $metadata } = (thrown ?? {}) as { readonly $metadata?: { readonly clockSkewCorrected?: boolean } };
  return $metadata?.clockSkewCorrected === true;
}
