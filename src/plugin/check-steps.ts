/** What the checks of all places have in common: their steps, who signs in, and that they end in time. */
import { abortError, FlowError } from '../errors';
import { hasCallerIdentity, type CallerIdentity } from '../store/caller-identity';
import type { Forwarding } from './forwarding';
import type { OpenedSource } from './instance';

/** What is tried, one after the other. */
export type CheckStep = 'credentials' | 'list' | 'read';

export interface CheckOptions {
  readonly signal: AbortSignal;
  readonly nowMs: number;
  readonly forwarding: Forwarding;
  /** Asks who a connection's credentials are; may be shared between places. */
  readonly identify: (connection: NonNullable<OpenedSource['connection']>) => Promise<CallerIdentity>;
}

/** Who signs in, as far as it was found out. */
export interface Who {
  readonly identity?: CallerIdentity;
  /** Why there is no identity. */
  readonly identityNote?: string;
}

/** The identity, or why there is none; never throws. */
export async function identityOf(
  { connection }: Pick<OpenedSource, 'connection'>,
  { identify, signal }: Pick<CheckOptions, 'identify' | 'signal'>,
): Promise<Who> {
  if (connection === undefined) {
    return {};
  }
  if (!hasCallerIdentity(connection)) {
    return { identityNote: 'not asked: the endpoint is a private S3, and no STS endpoint is set' };
  }
  try {
    return { identity: await withSignal(identify(connection), signal) };
  } catch (thrown) {
    return { identityNote: FlowError.from(thrown).message };
  }
}

/** The promise, which rejects when the signal aborts: some of what is waited for takes none. */
export function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortError(signal));
    if (signal.aborted) {
      onAbort();
    }
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** What a check says that came to no end. */
export function timeoutError({ settings }: OpenedSource, step: CheckStep): FlowError {
  const doing = { credentials: 'get credentials for', list: 'list', read: 'read an object of' }[step];
  return new FlowError('unavailable', `cannot ${doing} ${settings.location}: there was no answer in time`);
}
