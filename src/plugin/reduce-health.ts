/**
 * What anyone who may see a dashboard may know of a source's health. Grafana lets viewers ask for it, and only
 * administrators may learn whose credentials are used and what else the bucket holds.
 */

import type { DigestsHealth } from './check-digests';
import type { SourceHealth } from './check-source';
import type { SourceSettings } from './source-settings';

/** An identity of AWS: a user, a role, a session. */
const IDENTITY_ARN = /arn:[\w-]*:(?:iam|sts)::[^\s,;)"']*/g;
const WITHHELD = '(shown to administrators)';

/** Without identities, advice (it names them) and all that was listed outside of the source's prefix. */
export function reduceHealth(health: SourceHealth, source: SourceSettings): SourceHealth {
  const { name, location, status, step, code, accounts, regions, newest } = health;
  return {
    name,
    location,
    status,
    message: reduceMessage(health, source),
    ...(step && { step }),
    ...(code && { code }),
    ...(accounts && { accounts }),
    ...(regions && { regions }),
    ...(newest && { newest }),
  };
}

/** Without identities and advice, as that of a source. */
export function reduceDigestsHealth(
  { location, status, message, step, code, newest }: DigestsHealth,
  place: SourceSettings,
): DigestsHealth {
  return {
    ...{ location, status, message: reduceMessage({ message, step, code, location }, place, 'digests') },
    ...{ ...(step && { step }), ...(code && { code }), ...(newest && { newest }) },
  };
}

/** The text without the ARNs of identities. */
export function withoutIdentities(text: string): string {
  return text.replace(IDENTITY_ARN, WITHHELD);
}

function reduceMessage(
  { message, step, code, location }: Pick<SourceHealth, 'message' | 'step' | 'code' | 'location'>,
  source: SourceSettings,
  found = 'flow logs',
): string {
  if (step === 'credentials') {
    return `cannot get credentials for ${location}: ${WITHHELD}`;
  }
  if (step === 'list' && code === 'not-found') {
    return `cannot find ${found} below ${location}`;
  }
  const externalId = source.kind === 'directory' ? undefined : source.s3.externalId;
  const reduced = withoutIdentities(message);
  return externalId ? reduced.replaceAll(externalId, WITHHELD) : reduced;
}
