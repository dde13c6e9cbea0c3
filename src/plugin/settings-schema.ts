/**
 * The shape of a data source's `jsonData`: which keys are read and what each may hold. Those of signing in to AWS have
 * the names of Grafana's AWS data sources and are checked by `parseS3Settings`; the others are ours.
 */

import { z } from 'zod';
import { REGION_NAME, ROLE_ARN, flag, text } from '../store/setting-values';

/** A number that may be missing; a cleared field of an editor is `null`. */
const optional = (number: z.ZodNumber) => number.nullish().transform((value) => value ?? undefined);
const count = (max: number) => z.int().min(1).max(max);
const timeoutMs = optional(count(600_000).min(100));

/** One of `sources`. Unknown keys are refused: a mistyped one would be a setting that does not hold. */
const sourceSchema = z.strictObject({
  /** How queries name it; the location if it has none. */
  name: text.refine((name) => name === undefined || name.length <= 200, { error: 'is longer than 200 characters' }),
  location: text.refine((location) => location !== undefined, {
    error: 'is missing: write s3://bucket/prefix, logs://region/log-group, an ARN, or a folder below local_root',
  }),
  /** Where to look for the bucket first; the region of a log group whose location names none. */
  region: text.refine((region) => region === undefined || REGION_NAME.test(region), {
    error: 'is not the name of a region: write one like eu-west-1, or leave it empty',
  }),
  /** The role for this source, in place of the data source's. */
  roleArn: text.refine((arn) => arn === undefined || ROLE_ARN.test(arn), {
    error: 'is not the ARN of a role: write arn:aws:iam::123456789012:role/name, or leave it empty',
  }),
  /** For `roleArn`; the data source's if it has none. */
  externalId: text,
  requesterPays: flag,
  /** The columns of objects without a header line and of log groups: names, or the `LogFormat` of AWS. */
  header: text,
  /** Every object may be a flow log, whatever its key. */
  anyKey: flag,
});

const limitShape = {
  maxObjects: optional(count(10_000_000)),
  maxBytes: optional(count(2 ** 50)),
  maxKeys: optional(count(100_000_000)),
  maxSec: optional(z.number().positive().max(86_400)),
  maxObjectTextBytes: optional(count(2 ** 40)),
};

/** What is read of `jsonData`, besides what `parseS3Settings` reads. */
export const settingsSchema = z.object({
  sources: z
    .array(sourceSchema)
    .max(1000)
    .nullish()
    .transform((sources) => sources ?? []),
  /** What holds for queries that do not say. */
  defaultLimits: z
    .strictObject({ ...limitShape, onLimit: z.enum(['fail', 'partial']).optional() })
    .nullish()
    .transform((limits): Partial<NonNullable<typeof limits>> => limits ?? {}),
  /** What no query can go beyond. */
  maxLimits: z
    .strictObject(limitShape)
    .nullish()
    .transform((limits): Partial<NonNullable<typeof limits>> => limits ?? {}),
  /** Where `vpcflow serve --packs` stores: a bucket, or a folder below local_root. */
  digestsAt: text,
  digestCacheBytes: optional(
    z
      .int()
      .min(0)
      .max(2 ** 40),
  ),
  settleDelaySec: optional(z.int().min(0).max(86_400)),
  timeouts: z
    .strictObject({ connectMs: timeoutMs, answerMs: timeoutMs, listMs: timeoutMs, idleMs: timeoutMs })
    .nullish()
    .transform((timeouts): Partial<NonNullable<typeof timeouts>> => timeouts ?? {}),
  proxyType: z
    .enum(['none', 'env', 'url', ''])
    .nullish()
    .transform((type) => type || 'env'),
  proxyUrl: text,
  proxyUsername: text,
  enableSecureSocksProxy: flag,
  tlsAuthWithCACert: flag,
});

/** `jsonData` of the right shape. */
export type SettingsShape = z.output<typeof settingsSchema>;
/** One source of the right shape. */
export type SourceShape = SettingsShape['sources'][number];
