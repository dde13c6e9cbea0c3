/** What the checks of all places have in common: what they find out, their steps, and who signs in. */
import { FlowError, unlessAborted, type FlowErrorCode } from '../errors';
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

/** What was found out about a place. Plain data, for the config editor. */
export interface PlaceHealth extends Who {
  readonly location: string;
  /** `error`: it cannot be read; `warning`: it can be, but something looks wrong. */
  readonly status: 'ok' | 'warning' | 'error';
  /** One sentence or two. */
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
  /** What failed last. */
  readonly step?: CheckStep;
  readonly code?: FlowErrorCode;
  /** The IAM action that is not allowed. */
  readonly missingAction?: string;
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
    return { identity: await unlessAborted(identify(connection), signal) };
  } catch (thrown) {
    return { identityNote: FlowError.from(thrown).message };
  }
}

/** What a check says that came to no end. */
export function timeoutError({ settings }: OpenedSource, step: CheckStep): FlowError {
  const doing = { credentials: 'get credentials for', list: 'list', read: 'read an object of' }[step];
  return new FlowError('unavailable', `cannot ${doing} ${settings.location}: there was no answer in time`);
}
