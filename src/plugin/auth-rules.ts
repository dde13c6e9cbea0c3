/**
 * What the administrator allows: section `[aws]` of grafana.ini, under the names and with the defaults and error texts of
 * grafana-aws-sdk (awsds/authSettings.go, awsauth/auth.go), and our own section `[plugin.…]`, which can only forbid more.
 *
 * `AWS_AUTH_EXTERNAL_ID` is the external id of a stack of Grafana Cloud and goes with `grafana_assume_role` only, which
 * is not offered: as in grafana-aws-sdk, it is never sent with another role.
 */

import { FlowError } from '../errors';
import type { S3Settings } from '../store/s3-settings';
import { PLUGIN_ID } from './plugin-id';

/** Where rules come from. */
export interface RulesInput {
  /** `PluginContext.grafanaConfig` of the call. */
  readonly grafanaConfig: Readonly<Record<string, string>>;
  /** The variables of the process, for what Grafana sent only at its start. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The rules of one call. */
export interface AuthRules {
  readonly allowedAuthProviders: readonly string[];
  readonly assumeRoleEnabled: boolean;
  /** Of assumed roles; within the 15 minutes to 12 hours that STS knows. */
  readonly sessionDurationSec: number;
  /** Whether a data source may have a proxy of its own. */
  readonly proxyEnabled: boolean;
}

const DEFAULT_PROVIDERS: readonly string[] = ['default', 'keys', 'credentials'];
const DEFAULT_SESSION_SEC = 900;
const MIN_SESSION_SEC = 900;
const MAX_SESSION_SEC = 43_200;

/** Reads the rules; what is absent or cannot be read has grafana-aws-sdk's default. */
export function readAuthRules({ grafanaConfig, environment }: RulesInput): AuthRules {
  const valueOf = (name: string): string => ownValue(grafanaConfig, name) || ownValue(environment, name) || '';
  const fromGrafana = splitNames(valueOf('AWS_AUTH_AllowedAuthProviders'));
  const allowed = fromGrafana.length > 0 ? fromGrafana : DEFAULT_PROVIDERS;
  const ours = splitNames(ownValue(environment, 'GF_PLUGIN_ALLOWED_AUTH_PROVIDERS') ?? '');
  return {
    allowedAuthProviders: ours.length > 0 ? allowed.filter((name) => ours.includes(name)) : allowed,
    assumeRoleEnabled:
      (parseGoBool(valueOf('AWS_AUTH_AssumeRoleEnabled')) ?? true) &&
      (parseGoBool(ownValue(environment, 'GF_PLUGIN_ASSUME_ROLE_ENABLED') ?? '') ?? true),
    sessionDurationSec: Math.min(
      MAX_SESSION_SEC,
      Math.max(MIN_SESSION_SEC, parseGrafanaDuration(valueOf('AWS_AUTH_SESSION_DURATION')) ?? DEFAULT_SESSION_SEC),
    ),
    proxyEnabled: parseGoBool(valueOf('AWS_AUTH_PerDatasourceHTTPProxyEnabled')) ?? false,
  };
}

/**
 * Throws `bad-settings` if a way of signing in is not allowed. To be called with every call's own rules and not only when
 * clients are made, so that what an administrator forbids ends at once.
 */
export function assertAuthAllowed(
  wanted: readonly Pick<S3Settings, 'authType' | 'assumeRoleArn'>[],
  rules: Pick<AuthRules, 'allowedAuthProviders' | 'assumeRoleEnabled'>,
): void {
  for (const { authType, assumeRoleArn } of wanted) {
    if (!rules.allowedAuthProviders.includes(authType)) {
      throw new FlowError('bad-settings', `trying to use non-allowed auth method ${authType}`, {
        fields: {
          setting: 'authType',
          fix:
            `choose one of ${rules.allowedAuthProviders.join(', ') || '(none is allowed)'}, or have an administrator ` +
            `add it to [aws] allowed_auth_providers (and to [plugin.${PLUGIN_ID}] allowed_auth_providers, if that is set)`,
        },
      });
    }
    if (assumeRoleArn !== undefined && !rules.assumeRoleEnabled) {
      throw new FlowError('bad-settings', 'trying to use assume role but it is disabled in grafana config', {
        fields: {
          setting: 'assumeRoleArn',
          fix:
            'leave the role empty, or have an administrator set [aws] assume_role_enabled = true ' +
            `(and not forbid it in [plugin.${PLUGIN_ID}])`,
        },
      });
    }
  }
}

/** A value of the object's own: a name like `constructor` is no setting. */
export function ownValue(values: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function splitNames(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** As Go's `strconv.ParseBool`. */
function parseGoBool(text: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) {
    return true;
  }
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text) ? false : undefined;
}

const UNIT_SEC: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 7 * 86_400,
  // The mean of the Julian calendar, as in Grafana's SDK (backend/gtime).
  M: (365.25 / 12) * 86_400,
  y: 365.25 * 86_400,
};

/** Seconds of a duration as Grafana's ini files have it: Go's (`1h30m`), or a whole number of `d`, `w`, `M`, `y`. */
function parseGrafanaDuration(text: string): number | undefined {
  const whole = /^(\d+)([dwMy])$/.exec(text);
  if (whole) {
    return Number(whole[1]) * UNIT_SEC[whole[2]!]!;
  }
  if (!/^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|[uµμ]s|ms|s|m|h))+$/.test(text)) {
    return undefined;
  }
  const parts = text.matchAll(/(\d+\.?\d*|\.\d+)(ns|[uµμ]s|ms|s|m|h)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_SEC[unit!]!, 0);
}
