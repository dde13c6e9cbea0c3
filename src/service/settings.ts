/**
 * The service's settings, checked and completed once, from flags, environment variables and files. All that is wrong or
 * missing is said at once, by name.
 */
import { readFileSync } from 'node:fs';
import { FlowError } from '../errors';
import { parseDuration } from '../query/time';
import { parseS3Settings, type S3Settings } from '../store/s3-settings';
import { parseStatsdTarget, type StatsdTarget } from './statsd';
import { flagOf, VARIABLES, type VariableName } from './variables';
import { parseWindow, type ProductKind, type Window } from './window';

/** A bucket and how to reach it. */
export interface BucketSettings {
  readonly bucket: string;
  readonly s3: S3Settings;
}

/** Where one kind of product lies and who makes it; what is absent is in the data folder. */
export interface ShelfSettings {
  readonly storage?: BucketSettings;
  readonly progress?: BucketSettings;
  readonly progressTimeoutMs: number;
  readonly queueUrl?: string;
}

export interface TlsSettings {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string;
}

export interface ScheduleSettings {
  readonly everyMs: number;
  readonly windowMs: number;
  readonly catchUpMs: number;
  readonly withGraphs: boolean;
}

export interface ServiceSettings {
  readonly host: string;
  readonly port: number;
  readonly graphPort?: number;
  readonly locations: readonly string[];
  readonly logsS3: S3Settings;
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly prefetchBytes?: number;
  readonly concurrency?: number;
  readonly shelves: Readonly<Record<ProductKind, ShelfSettings>>;
  readonly streamEndpoint?: string;
  readonly digester?: { readonly endpoint: string; readonly token?: string };
  readonly polling: { readonly intervalMs: number; readonly timeoutMs: number };
  readonly credentialsFile?: string;
  readonly dataFolder: string;
  readonly token?: string;
  readonly tls?: TlsSettings;
  readonly maxBodyBytes: number;
  /** Requests per minute and client; 0 for any number. */
  readonly rateLimit: number;
  readonly workers?: number;
  readonly graphTop: number;
  readonly settleMs: number;
  /** Digests of single objects are stored as well. */
  readonly withPacks: boolean;
  readonly schedule?: ScheduleSettings;
  readonly backfill?: { readonly window: Window; readonly windowMs: number };
  readonly retentionMs?: number;
  readonly graceMs: number;
  /** Where metrics are sent as well. */
  readonly statsd?: StatsdTarget;
  readonly logLevel: string;
}

export interface SettingsInput {
  /** Places with flow logs, from the command line. */
  readonly locations: readonly string[];
  /** Flags by the name of their variable; a switch is `true`. */
  readonly flags: Partial<Readonly<Record<VariableName, string | boolean>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The two times of `--backfill`. */
  readonly backfill?: readonly string[];
}

/** Reads the settings; throws one `bad-settings` that names everything wrong or missing. */
export function readSettings({ locations, flags, environment, backfill }: SettingsInput): ServiceSettings {
  const problems: string[] = [];
  const reader = createReader(flags, environment, problems);
  const { text, count, duration, flag, url, list, file, attempt } = reader;

  const bucket = text('VPC_FLOW_LOGS_BUCKET');
  if (locations.length === 0 && bucket === undefined) {
    problems.push('VPC_FLOW_LOGS_BUCKET is missing: name the bucket, or a location as an argument');
  }
  const useIam = flag('USE_IAM');
  const profile = text('AWS_CREDENTIALS_PROFILE');
  const [accessKey, secretKey] = [text('AWS_ACCESS_KEY_ID'), text('AWS_SECRET_ACCESS_KEY')];
  const authType =
    useIam !== false
      ? profile === undefined
        ? 'default'
        : 'credentials'
      : accessKey !== undefined && secretKey !== undefined
        ? 'keys'
        : 'credentials';
  const s3 = (region: VariableName, role: VariableName): S3Settings =>
    attempt(role, () =>
      parseS3Settings({
        authType,
        profile: authType === 'credentials' ? profile : undefined,
        ...(authType === 'keys' && { accessKey, secretKey, sessionToken: environment.AWS_SESSION_TOKEN }),
        assumeRoleArn: text(role),
        defaultRegion: text(region) ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION,
        endpoint: text('VPCFLOW_ENDPOINT_URL') ?? environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL,
        stsEndpoint: environment.AWS_ENDPOINT_URL_STS,
        forcePathStyle: flag('VPCFLOW_PATH_STYLE') ?? false,
      }),
    ) ?? parseS3Settings({});
  const bucketOf = (name: VariableName, region: VariableName, role: VariableName): BucketSettings | undefined => {
    const chosen = text(name);
    return chosen === undefined ? undefined : { bucket: chosen, s3: s3(region, role) };
  };
  const shelf = (kind: 'DIGEST' | 'GRAPH'): ShelfSettings => ({
    storage: bucketOf(`${kind}_STORAGE_BUCKET`, `${kind}_STORAGE_BUCKET_REGION`, `${kind}_STORAGE_BUCKET_ROLE`),
    progress: bucketOf(`${kind}_PROGRESS_BUCKET`, `${kind}_PROGRESS_BUCKET_REGION`, `${kind}_PROGRESS_BUCKET_ROLE`),
    progressTimeoutMs: count(`${kind}_PROGRESS_TIMEOUT`, 1000) ?? 60_000,
    queueUrl: url(`${kind}_QUEUE_URL`),
  });

  const host = text('VPCFLOW_HOST') ?? '127.0.0.1';
  const tokenFile = file('VPCFLOW_TOKEN_FILE')?.trim();
  const token = text('VPCFLOW_TOKEN') ?? tokenFile;
  if (token === '') {
    problems.push('VPCFLOW_TOKEN_FILE is empty');
  }
  const tls = readTls(reader, problems);
  if (!isLoopback(host) && token === undefined && tls?.clientCa === undefined && !flag('VPCFLOW_ALLOW_ANONYMOUS')) {
    problems.push(
      `VPCFLOW_TOKEN is missing: ${host} can be reached by others, so set a token, VPCFLOW_TLS_CLIENT_CA_FILE, or ` +
        'VPCFLOW_ALLOW_ANONYMOUS=true if something else keeps strangers out',
    );
  }
  const everyMs = duration('VPCFLOW_EVERY');
  const windowMs = duration('VPCFLOW_WINDOW') ?? everyMs;
  for (const [name, ms] of [['VPCFLOW_EVERY', everyMs] as const, ['VPCFLOW_WINDOW', windowMs] as const]) {
    if (ms !== undefined && ms % 60_000 !== 0) {
      problems.push(`${name} is no number of minutes`);
    }
  }
  const endpoint = url('DIGESTER_ENDPOINT');
  const pollingMs = count('DIGESTER_POLLING_TIMEOUT', -1) ?? 600_000;
  const logLevel = text('VPCFLOW_LOG_LEVEL') ?? 'info';
  if (!['debug', 'info', 'warn', 'error'].includes(logLevel)) {
    problems.push(`VPCFLOW_LOG_LEVEL is ${JSON.stringify(logLevel)}, expected debug, info, warn or error`);
  }
  const statsdText = text('VPCFLOW_STATSD');
  const statsd = statsdText === undefined ? undefined : parseStatsdTarget(statsdText);
  if (statsdText !== undefined && !statsd) {
    problems.push(`VPCFLOW_STATSD is ${JSON.stringify(statsdText)}, expected host:port`);
  }
  const settings: ServiceSettings = {
    host,
    port: count('PORT', 0, 65_535) ?? 8080,
    graphPort: count('GRAPH_PORT', 0, 65_535),
    locations: locations.length > 0 ? locations : bucket === undefined ? [] : [`s3://${bucket}`],
    logsS3: s3('VPC_FLOW_LOGS_BUCKET_REGION', 'VPC_FLOW_LOGS_BUCKET_ROLE'),
    accounts: list('VPC_FLOW_LOGS_SCAN_ACCOUNTS', /^\d{12}$/, '12-digit account ids'),
    regions: list('VPC_FLOW_LOGS_SCAN_REGIONS', /^[a-z0-9-]+$/, 'names of regions'),
    prefetchBytes: count('VPC_MAX_BYTES_PREFETCH', 1),
    concurrency: count('VPC_MAX_CONCURRENT_PREFETCH', 1),
    shelves: { digest: shelf('DIGEST'), graph: shelf('GRAPH') },
    streamEndpoint: url('STREAM_APPLIANCE_ENDPOINT'),
    digester: endpoint === undefined ? undefined : { endpoint, token: text('DIGESTER_TOKEN') },
    polling: {
      intervalMs: count('DIGESTER_POLLING_INTERVAL', 1) ?? 1000,
      timeoutMs: pollingMs < 0 ? Infinity : pollingMs,
    },
    credentialsFile: text('AWS_CREDENTIALS_FILE'),
    dataFolder: text('VPCFLOW_DATA_DIR') ?? 'vpcflow-data',
    token,
    tls,
    maxBodyBytes: count('VPCFLOW_MAX_BODY_BYTES', 1) ?? 65_536,
    rateLimit: count('VPCFLOW_RATE_LIMIT', 0) ?? 60_000,
    workers: count('VPCFLOW_WORKERS', 0),
    graphTop: count('VPCFLOW_GRAPH_TOP', 1) ?? 200,
    settleMs: duration('VPCFLOW_SETTLE') ?? 15 * 60_000,
    withPacks: flag('VPCFLOW_PACKS') ?? false,
    schedule:
      everyMs === undefined || windowMs === undefined
        ? undefined
        : {
            everyMs,
            windowMs,
            catchUpMs: duration('VPCFLOW_CATCH_UP') ?? 86_400_000,
            withGraphs: flag('VPCFLOW_SCHEDULE_GRAPHS') ?? false,
          },
    backfill: attempt('--backfill', () => readBackfill(backfill, windowMs)),
    retentionMs: duration('VPCFLOW_RETENTION'),
    graceMs: duration('VPCFLOW_GRACE') ?? 20_000,
    statsd,
    logLevel,
  };
  if (problems.length > 0) {
    throw new FlowError('bad-settings', `cannot start the service:\n${problems.map((why) => `  ${why}`).join('\n')}`);
  }
  return settings;
}

type Reader = ReturnType<typeof createReader>;

/** Reads variables by name; what is wrong is added to `problems`. A flag goes before its variable. */
function createReader(flags: SettingsInput['flags'], environment: SettingsInput['environment'], problems: string[]) {
  const text = (name: VariableName): string | undefined => {
    const given = flags[name];
    return (typeof given === 'string' ? given : given ? 'true' : environment[name])?.trim() || undefined;
  };
  const attempt = <T>(name: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (thrown) {
      problems.push(`${name}: ${FlowError.from(thrown).message}`);
      return undefined;
    }
  };
  return {
    text,
    attempt,
    count(name: VariableName, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined {
      const found = text(name);
      if (found === undefined) {
        return undefined;
      }
      const value = Number(found);
      if (!/^-?\d{1,15}$/.test(found) || value < least || value > most) {
        const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
        problems.push(`${name} is ${JSON.stringify(found)}, expected a whole number ${range}`);
        return undefined;
      }
      return value;
    },
    duration(name: VariableName): number | undefined {
      const found = text(name);
      return found === undefined ? undefined : attempt(name, () => parseDuration(found) * 1000);
    },
    flag(name: VariableName): boolean | undefined {
      const found = text(name)?.toLowerCase();
      if (found === undefined) {
        return undefined;
      }
      // What Go's strconv.ParseBool reads.
      if (['1', 't', 'true'].includes(found)) {
        return true;
      }
      if (!['0', 'f', 'false'].includes(found)) {
        problems.push(`${name} is ${JSON.stringify(found)}, expected true or false`);
      }
      return false;
    },
    url(name: VariableName): string | undefined {
      const found = text(name);
      if (found !== undefined && !(/^https?:\/\/[^/]/i.test(found) && URL.canParse(found))) {
        problems.push(`${name} is ${JSON.stringify(found)}, expected a URL with http:// or https://`);
      }
      return found;
    },
    list(name: VariableName, each: RegExp, expected: string): readonly string[] {
      const values = (text(name) ?? '').split(',').map((value) => value.trim());
      const chosen = values.filter((value) => value !== '');
      if (!chosen.every((value) => each.test(value))) {
        problems.push(`${name} is ${JSON.stringify(chosen.join())}, expected ${expected} separated by commas`);
      }
      return chosen;
    },
    file(name: VariableName): string | undefined {
      const path = text(name);
      return path === undefined ? undefined : attempt(name, () => readFileSync(path, 'utf8'));
    },
  };
}

function readTls({ text, file }: Reader, problems: string[]): TlsSettings | undefined {
  const cert = file('VPCFLOW_TLS_CERT_FILE');
  const key = file('VPCFLOW_TLS_KEY_FILE');
  const clientCa = file('VPCFLOW_TLS_CLIENT_CA_FILE');
  const names = (['VPCFLOW_TLS_CERT_FILE', 'VPCFLOW_TLS_KEY_FILE'] as const).filter((name) => !text(name));
  if (names.length > 0 && (names.length < 2 || text('VPCFLOW_TLS_CLIENT_CA_FILE') !== undefined)) {
    problems.push(...names.map((name) => `${name} is missing: TLS needs a certificate and its key`));
  }
  return cert === undefined || key === undefined ? undefined : { cert, key, clientCa };
}

function readBackfill(times: readonly string[] | undefined, windowMs: number | undefined): ServiceSettings['backfill'] {
  if (times === undefined) {
    return undefined;
  }
  if (times.length !== 2) {
    throw new FlowError('bad-settings', 'two times are needed: from and to');
  }
  if (windowMs === undefined) {
    throw new FlowError('bad-settings', 'it needs the length of windows: --window 1h');
  }
  return { window: parseWindow(times[0], times[1]), windowMs };
}

/** True for addresses that only this machine reaches. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/** What the flags of a command line say, by the name of their variable. `options` are as commander gives them. */
export function flagsFromOptions(options: Readonly<Record<string, unknown>>): SettingsInput['flags'] {
  const flags: Partial<Record<VariableName, string | boolean>> = {};
  for (const { name } of VARIABLES) {
    const key = flagOf(name)
      .slice(2)
      .replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const value = options[key];
    if (typeof value === 'string' || value === true) {
      flags[name] = value;
    }
  }
  return flags;
}
