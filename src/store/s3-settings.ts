/**
 * How to reach S3 and who to be there, under the names that Grafana's AWS data sources use (provisioning files and
 * Terraform know them). Checked and completed once, here; everything below receives an `S3Settings`.
 */

import { z } from 'zod';

import { FlowError } from '../errors';
import { REGION_NAME, ROLE_ARN, flag, text } from './setting-values';

/** Where the first credentials come from; a role may be assumed with any of them. */
export type S3AuthType = 'default' | 'keys' | 'credentials' | 'ec2_iam_role';

/** Checked settings. Optional texts are either absent or not empty. */
export interface S3Settings {
  readonly authType: S3AuthType;
  /** For `credentials` (and `default`): the profile in the credentials file. */
  readonly profile?: string;
  /** For `keys`; then both are there. */
  readonly accessKey?: string;
  readonly secretKey?: string;
  readonly sessionToken?: string;
  /** A role to assume with the credentials above. */
  readonly assumeRoleArn?: string;
  readonly externalId?: string;
  /** Where S3 is asked first, and STS; the bucket's own region is found by itself. */
  readonly region?: string;
  /** Another S3 than AWS's (or a VPC endpoint): `http(s)://host[:port]`. No region is looked up there. */
  readonly endpoint?: string;
  /** Never taken from `endpoint`, so that a private S3 and a role of AWS go together. */
  readonly stsEndpoint?: string;
  /** Where flow logs are looked for (`discover`), if not at AWS's own address; never taken from `endpoint` either. */
  readonly ec2Endpoint?: string;
  /** CloudWatch Logs elsewhere than AWS's own hosts: a VPC endpoint, or a stand-in. Never taken from `endpoint`. */
  readonly logsEndpoint?: string;
  /** `http://host/bucket/key` and not `http://bucket.host/key`. */
  readonly forcePathStyle: boolean;
  /** We pay for requests and transfer, not the bucket's owner. */
  readonly requesterPays: boolean;
  /** PEM: the authorities that the endpoints' certificates are checked against, in place of the system's. */
  readonly caCert?: string;
  readonly tlsSkipVerify: boolean;
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
  /** `http(s)://[user:password@]host:port`; all AWS traffic goes through it. */
  readonly proxyUrl?: string;
}

const AUTH_TYPES = new Map<string, S3AuthType>([
  ['default', 'default'],
  ['keys', 'keys'],
  ['credentials', 'credentials'],
  ['ec2_iam_role', 'ec2_iam_role'],
  // Older data sources (grafana-aws-sdk, awsds/settings.go).
  ['arn', 'default'],
  ['sharedCreds', 'credentials'],
]);

/**
 * Checks settings of unknown origin: one flat object with the keys of `jsonData` and `secureJsonData`. Keys that are not
 * ours are ignored, empty texts count as absent. Throws `bad-settings`, naming each key that is wrong.
 */
export function parseS3Settings(raw: unknown): S3Settings {
  rawSettings ??= createRawSettings();
  const parsed = rawSettings.safeParse(raw ?? {});
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'settings'}: ${message}`);
    throw new FlowError('bad-settings', `cannot use the S3 settings: ${wrong.join('; ')}`, {
      fields: { key: parsed.error.issues[0]?.path.join('.') },
      // The zod error is no `cause`: it would carry the values along, secrets among them.
    });
  }
  return settingsFromRaw(parsed.data);
}

/** What is said of a text that is no certificate. */
export const NO_CERTIFICATE = 'is not a certificate in PEM form';

/** True for certificates in PEM form; whether they are good ones is seen when they are used. */
export function isCertificate(pem: string): boolean {
  return /-----BEGIN [A-Z ]*CERTIFICATE-----/.test(pem);
}

/** What settings may be; made when there are any to check, which takes a millisecond that other commands can do without. */
let rawSettings: ReturnType<typeof createRawSettings> | undefined;

function createRawSettings() {
  const region = text.transform(chosenRegion).refine((value) => value === undefined || REGION_NAME.test(value), {
    error: 'is not the name of a region',
  });
  const httpUrl = text.refine(isHttpUrl, { error: 'is not a URL with http:// or https:// and a host' });
  const roleArn = text.refine((value) => value === undefined || ROLE_ARN.test(value), {
    error: 'is not the ARN of a role (arn:aws:iam::123456789012:role/name)',
  });
  return z
    .object({
      authType: text.transform((value, context) => {
        const authType = AUTH_TYPES.get(value ?? 'default');
        if (authType === undefined) {
          const why =
            value === 'grafana_assume_role' ? 'exists only in Grafana Cloud for Grafana’s own plugins' : 'is not known';
          context.addIssue({
            code: 'custom',
            message: `${JSON.stringify(value)} ${why}; use default, keys, credentials or ec2_iam_role`,
          });
          return z.NEVER;
        }
        return authType;
      }),
      profile: text,
      accessKey: text,
      secretKey: text,
      sessionToken: text,
      assumeRoleArn: roleArn,
      assumeRoleARN: roleArn,
      externalId: text,
      defaultRegion: region,
      region,
      endpoint: text.transform(endpointFromText).refine(({ url }) => isHttpUrl(url), {
        error: 'is not a URL with http:// or https:// and a host',
      }),
      stsEndpoint: httpUrl,
      ec2Endpoint: httpUrl,
      logsEndpoint: httpUrl,
      forcePathStyle: flag,
      requesterPays: flag,
      caCert: text.refine((value) => value === undefined || isCertificate(value), { error: NO_CERTIFICATE }),
      tlsSkipVerify: flag,
      useFipsEndpoint: flag,
      useDualstackEndpoint: flag,
      proxyUrl: httpUrl,
    })
    .superRefine(({ authType, accessKey, secretKey }, context) => {
      if (authType === 'keys') {
        for (const [key, value] of Object.entries({ accessKey, secretKey })) {
          if (value === undefined) {
            context.addIssue({ code: 'custom', path: [key], message: 'is missing, and authType is "keys"' });
          }
        }
      }
    });
}

function settingsFromRaw(raw: z.output<ReturnType<typeof createRawSettings>>): S3Settings {
  const { assumeRoleARN, assumeRoleArn = assumeRoleARN, defaultRegion, endpoint, authType, ...rest } = raw;
  return dropUndefined({
    authType,
    profile: rest.profile,
    accessKey: rest.accessKey,
    secretKey: rest.secretKey,
    sessionToken: rest.sessionToken,
    assumeRoleArn,
    externalId: rest.externalId,
    region: rest.region ?? defaultRegion,
    endpoint: endpoint.url,
    stsEndpoint: rest.stsEndpoint,
    logsEndpoint: rest.logsEndpoint,
    ec2Endpoint: rest.ec2Endpoint,
    // A bucket as a host name needs DNS that few private endpoints have; AWS's own hosts have it.
    forcePathStyle: rest.forcePathStyle ?? (endpoint.url !== undefined && !isAwsHost(endpoint.url)),
    requesterPays: rest.requesterPays ?? false,
    caCert: rest.caCert,
    tlsSkipVerify: rest.tlsSkipVerify ?? false,
    useFipsEndpoint: (rest.useFipsEndpoint ?? false) || endpoint.isFips,
    useDualstackEndpoint: rest.useDualstackEndpoint ?? false,
    proxyUrl: rest.proxyUrl,
  });
}

/**
 * The quirks of grafana-aws-sdk (awsauth/settings.go): `default` is none, an STS address is not S3's, and a FIPS host
 * means "AWS's FIPS endpoints" (the SDK refuses a custom endpoint together with the flag).
 */
function endpointFromText(value: string | undefined): { readonly url?: string; readonly isFips: boolean } {
  if (value === undefined || value === 'default' || /^(?:https:\/\/)?sts(?:-fips)?\./.test(value)) {
    return { isFips: false };
  }
  return value.includes('-fips.') ? { isFips: true } : { url: value, isFips: false };
}

function isHttpUrl(value: string | undefined): boolean {
  return value === undefined || (/^https?:\/\/[^/]/i.test(value) && URL.canParse(value));
}

/** Whether an endpoint is AWS's own, if only through a VPC endpoint. */
export function isAwsHost(endpoint: string): boolean {
  return /\.amazonaws\.com(?:\.cn)?$/.test(new URL(endpoint).hostname);
}

/** Grafana's queries write "the data source's region" as `default` or `__default`. */
function chosenRegion(value: string | undefined): string | undefined {
  return value === 'default' || value === '__default' ? undefined : value;
}

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
