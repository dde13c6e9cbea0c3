/**
 * A data source's settings, checked and completed once: Grafana's `jsonData` and `secureJsonData` become one
 * `DataSourceSettings` in which nothing is missing. Whether the administrator allows what they ask for is `auth-rules`'.
 */

import type { Limits } from '../query/model';
import { isCertificate, NO_CERTIFICATE, parseS3Settings, type S3Settings } from '../store/s3-settings';
import { ownValue, readAuthRules } from './auth-rules';
import { proxyFromEnvironment } from './environment-proxy';
import { PLUGIN_ID } from './plugin-id';
import { settingsError } from './settings-error';
import { settingsSchema, type SettingsShape } from './settings-schema';
import { readDigestsPlace, readSources, type SourceSettings } from './source-settings';

/** A data source as one call of Grafana describes it. */
export interface DataSourceInput {
  readonly uid: string;
  readonly name: string;
  readonly orgId: number;
  /** Parsed JSON; absent for empty bytes. */
  readonly jsonData: unknown;
  /** Decrypted. */
  readonly secureJsonData: Readonly<Record<string, string>>;
  /** When the settings were last changed, Unix milliseconds. */
  readonly updatedMs: number;
  readonly grafanaConfig: Readonly<Record<string, string>>;
  /** The variables of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What a query may read: unless it says otherwise, and at most. */
export interface LimitSettings {
  readonly defaults: Limits;
  readonly maxima: Omit<Limits, 'onLimit'>;
}

export interface TimeoutSettings {
  readonly connectMs: number;
  /** From a request to the head of its answer. */
  readonly answerMs: number;
  /** For a page of a listing. */
  readonly listMs: number;
  /** Silence amid a body. */
  readonly idleMs: number;
}

/** Everything that a data source is set to. */
export interface DataSourceSettings {
  readonly uid: string;
  readonly name: string;
  /** How the data source itself signs in; sources may have roles of their own. */
  readonly s3: S3Settings;
  /** May be empty: a data source that was just added. */
  readonly sources: readonly SourceSettings[];
  /** Where the service stores digests, if they are to be used. */
  readonly digests?: SourceSettings;
  readonly limits: LimitSettings;
  /** Memory for digests of single objects and for what was read in the last moments; 0 for none. */
  readonly digestCacheBytes: number;
  /** Logs come late: the range of an alert rule that names no delay of its own ends this long ago. */
  readonly settleDelaySec: number;
  readonly timeouts: TimeoutSettings;
  /** In place of `~/.aws/credentials`. */
  readonly credentialsFile?: string;
}

/** Limits of queries that do not say: a dashboard's, not a batch job's. */
export const DEFAULT_QUERY_LIMITS: Limits = {
  maxObjects: 50_000,
  maxBytes: 5 * 2 ** 30,
  maxKeys: 1_000_000,
  maxSec: 120,
  maxObjectTextBytes: 2 * 2 ** 30,
  onLimit: 'fail',
};

/** Limits that a query may ask for, unless the data source sets others. */
export const DEFAULT_MAX_LIMITS: LimitSettings['maxima'] = {
  maxObjects: 200_000,
  maxBytes: 50 * 2 ** 30,
  maxKeys: 2_000_000,
  maxSec: 600,
  maxObjectTextBytes: 8 * 2 ** 30,
};

export const DEFAULT_DIGEST_CACHE_BYTES = 256 * 2 ** 20;
export const DEFAULT_SETTLE_DELAY_SEC = 15 * 60;
const DEFAULT_TIMEOUTS: TimeoutSettings = { connectMs: 3000, answerMs: 15_000, listMs: 60_000, idleMs: 15_000 };

/** Checks the settings. Throws `bad-settings` that names each wrong setting and what to write instead. */
export function parseDataSourceSettings(input: DataSourceInput): DataSourceSettings {
  const { uid, name, jsonData, environment } = input;
  const parsed = settingsSchema.safeParse(jsonData ?? {});
  if (!parsed.success) {
    // The zod error is no `cause`: it would carry values along.
    throw settingsError(parsed.error.issues.map(({ path, message }) => [pathText(path), message]));
  }
  const shape = parsed.data;
  const rawS3 = readS3Keys(input, shape);
  const sources = readSources(shape.sources, rawS3, environment);
  // Checked even where no source needs them: half-typed keys are better seen at once.
  const s3 = parseS3Settings(rawS3);
  const credentialsFile = ownValue(environment, 'GF_PLUGIN_CREDENTIALS_FILE')?.trim();
  return {
    uid,
    name,
    s3,
    sources,
    ...(shape.digestsAt !== undefined && { digests: readDigestsPlace(shape.digestsAt, rawS3, environment) }),
    limits: readLimits(shape),
    digestCacheBytes: Math.min(shape.digestCacheBytes ?? DEFAULT_DIGEST_CACHE_BYTES, maxCacheBytes(environment)),
    settleDelaySec: shape.settleDelaySec ?? DEFAULT_SETTLE_DELAY_SEC,
    timeouts: { ...DEFAULT_TIMEOUTS, ...dropUndefined(shape.timeouts) },
    ...(credentialsFile && { credentialsFile }),
  };
}

/** The limits of a query that asks for these: never beyond the data source's maxima. */
export function boundLimits(asked: Partial<Limits> | undefined, { defaults, maxima }: LimitSettings): Limits {
  const wanted: Limits = { ...defaults, ...dropUndefined(asked ?? {}) };
  const bounded = Object.entries(maxima).map(([limit, max]) => [
    limit,
    Math.min(wanted[limit as keyof typeof maxima], max),
  ]);
  return { ...wanted, ...(Object.fromEntries(bounded) as LimitSettings['maxima']) };
}

/** The flat object that `parseS3Settings` reads. */
function readS3Keys(input: DataSourceInput, shape: SettingsShape): Readonly<Record<string, unknown>> {
  const { jsonData, secureJsonData } = input;
  const json = (jsonData ?? {}) as Readonly<Record<string, unknown>>;
  const secret = (name: string) => ownValue(secureJsonData, name)?.trim() || undefined;
  if (shape.enableSecureSocksProxy) {
    throw settingsError([
      [
        'enableSecureSocksProxy',
        'is not supported, and requests would go past the proxy: switch it off, or use proxyUrl',
      ],
    ]);
  }
  const caCert = secret('tlsCACert');
  if (shape.tlsAuthWithCACert && caCert === undefined) {
    throw settingsError([['tlsCACert', 'is missing, and tlsAuthWithCACert is on: paste the certificate (PEM)']]);
  }
  const isCaUsed = caCert !== undefined && shape.tlsAuthWithCACert !== false;
  if (isCaUsed && !isCertificate(caCert)) {
    // By the name that it has for users; `parseS3Settings` has another.
    throw settingsError([['tlsCACert', `${NO_CERTIFICATE}: paste it with its first and last line (-----BEGIN …)`]]);
  }
  return {
    ...json,
    accessKey: secret('accessKey'),
    secretKey: secret('secretKey'),
    sessionToken: secret('sessionToken'),
    // Each source has its own.
    requesterPays: undefined,
    caCert: isCaUsed ? caCert : undefined,
    proxyUrl: readProxyUrl(input, shape),
  };
}

/** `proxyType` and its companions as grafana-aws-sdk has them; what it would silently pass over is refused. */
function readProxyUrl(
  input: DataSourceInput,
  { proxyType, proxyUrl, proxyUsername }: SettingsShape,
): string | undefined {
  const { jsonData, secureJsonData, environment } = input;
  if (proxyType === 'env') {
    return environmentProxy(jsonData, environment);
  }
  if (!readAuthRules(input).proxyEnabled) {
    throw settingsError([
      [
        'proxyType',
        `"${proxyType}" is not allowed: leave it at "env", or have an administrator set ` +
          '[aws] per_datasource_http_proxy_enabled = true',
      ],
    ]);
  }
  if (proxyType === 'none') {
    return undefined;
  }
  if (proxyUrl === undefined || !/^https?:\/\/[^/]/i.test(proxyUrl) || !URL.canParse(proxyUrl)) {
    throw settingsError([['proxyUrl', 'is not a URL like http://host:port, and proxyType is "url"']]);
  }
  const url = new URL(proxyUrl);
  const password = ownValue(secureJsonData, 'proxyPassword');
  if (proxyUsername && password) {
    url.username = encodeURIComponent(proxyUsername);
    url.password = encodeURIComponent(password);
  }
  return url.href;
}

/** One proxy serves all AWS hosts of a data source, so the S3 host of its region stands for all of them. */
function environmentProxy(jsonData: unknown, environment: DataSourceInput['environment']): string | undefined {
  const { endpoint, region } = parseS3Settings(pick(jsonData, ['endpoint', 'region', 'defaultRegion']));
  return proxyFromEnvironment(endpoint ?? `https://s3.${region ?? 'us-east-1'}.amazonaws.com`, environment);
}

function readLimits({ defaultLimits, maxLimits }: SettingsShape): LimitSettings {
  const maxima = { ...DEFAULT_MAX_LIMITS, ...dropUndefined(maxLimits) };
  for (const limit of Object.keys(maxima) as (keyof typeof maxima)[]) {
    const wanted = defaultLimits[limit];
    if (wanted !== undefined && wanted > maxima[limit]) {
      throw settingsError([
        [`defaultLimits.${limit}`, `${wanted} is more than maxLimits.${limit} allows (${maxima[limit]}): change one`],
      ]);
    }
  }
  const defaults = { ...DEFAULT_QUERY_LIMITS, ...dropUndefined(defaultLimits) };
  return { defaults: boundLimits(undefined, { defaults, maxima }), maxima };
}

/** The administrator's ceiling: the memory is the machine's, whoever adds the data source. */
function maxCacheBytes(environment: DataSourceInput['environment']): number {
  const text = ownValue(environment, 'GF_PLUGIN_MAX_DIGEST_CACHE_BYTES')?.trim();
  if (!text) {
    return Infinity;
  }
  if (!/^\d{1,15}$/.test(text)) {
    throw settingsError([
      [
        'max_digest_cache_bytes',
        `${JSON.stringify(text)} in [plugin.${PLUGIN_ID}] of grafana.ini is not a number of bytes`,
      ],
    ]);
  }
  return Number(text);
}

/** `sources[0].location`. */
function pathText(path: readonly PropertyKey[]): string {
  return (
    path
      .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
      .join('')
      .replace(/^\./, '') || 'jsonData'
  );
}

function pick(value: unknown, names: readonly string[]): Record<string, unknown> {
  const from = (value ?? {}) as Record<string, unknown>;
  return Object.fromEntries(names.map((name) => [name, from[name]]));
}

function dropUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as never;
}
