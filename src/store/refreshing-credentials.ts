/**
 * Credentials that renew themselves: one fetch at a time, in the background while the present ones are still good. The
 * SDK's own memory makes every caller wait from five minutes before the end, which with Grafana's 15-minute sessions is
 * a stall at the front of a query every ten minutes.
 */

import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@smithy/types';

/** A provider that AWS clients use as it is (`memoized`), so that all that share it share one fetch. */
export type SharedCredentialsProvider = AwsCredentialIdentityProvider & { readonly memoized: true };

export interface RefreshingCredentialsOptions {
  readonly fetch: () => Promise<AwsCredentialIdentity>;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Renew in the background from this long before the end (a third of the lifetime, if that is less). */
  readonly refreshBeforeMs?: number;
  /** Wait for the renewal from this long before the end. */
  readonly waitBeforeMs?: number;
  /** After a failed background renewal, leave the source alone for this long. */
  readonly retryAfterMs?: number;
}

/**
 * Remembers what `fetch` gives until shortly before its `expiration` (forever without one). Failures are not remembered,
 * and do not reach callers as long as the present credentials are valid.
 */
export function createRefreshingCredentials({
  fetch,
  clock = Date.now,
  refreshBeforeMs = 5 * 60_000,
  waitBeforeMs = 30_000,
  retryAfterMs = 10_000,
}: RefreshingCredentialsOptions): SharedCredentialsProvider {
  let current: { readonly credentials: AwsCredentialIdentity; readonly fetchedMs: number } | undefined;
  let pending: Promise<AwsCredentialIdentity> | undefined;
  let quietUntilMs = 0;

  const renew = (): Promise<AwsCredentialIdentity> => {
    pending ??= fetch()
      .then((credentials) => {
        current = { credentials, fetchedMs: clock() };
        return credentials;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };

  const provide = async (options?: { readonly forceRefresh?: boolean }): Promise<AwsCredentialIdentity> => {
    if (current === undefined || options?.forceRefresh) {
      return renew();
    }
    const { credentials, fetchedMs } = current;
    const endMs = credentials.expiration?.getTime();
    if (endMs === undefined) {
      return credentials;
    }
    const nowMs = clock();
    if (nowMs >= endMs - waitBeforeMs) {
      return renew().catch((error: unknown) => {
        if (clock() < endMs) {
          return credentials;
        }
        throw error;
      });
    }
    if (nowMs >= endMs - Math.min(refreshBeforeMs, (endMs - fetchedMs) / 3) && nowMs >= quietUntilMs) {
      renew().catch(() => {
        quietUntilMs = clock() + retryAfterMs;
      });
    }
    return credentials;
  };
  return Object.assign(provide, { memoized: true as const });
}
