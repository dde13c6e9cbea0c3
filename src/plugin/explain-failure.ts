/**
 * What an administrator can do about an error of a source: the setting or the IAM action that is missing, in words.
 */

import type { FlowError } from '../errors';
import { isCredentialsProblem } from '../store/aws-errors';
import type { CallerIdentity } from '../store/caller-identity';
import type { Forwarding } from './forwarding';
import { bucketArn, logGroupArn, objectArn } from './iam-policy';
import type { BucketSettings, LogGroupSettings, SourceSettings } from './source-settings';

export interface FailureContext {
  readonly source: SourceSettings;
  readonly forwarding: Forwarding;
  readonly identity?: CallerIdentity;
}

export interface FailureAdvice {
  /** The IAM action that is not allowed. */
  readonly missingAction?: string;
  /** One or two sentences. */
  readonly fix?: string;
}

/** Finds the advice by the error's code and fields. */
export function explainFailure(error: FlowError, context: FailureContext): FailureAdvice {
  const { source, forwarding } = context;
  const { code, fields } = error;
  if (source.kind === 'directory') {
    return {
      fix:
        code === 'access-denied'
          ? `Grafana’s user has to be allowed to read the folder, and links may not lead out of ${source.localRoot}.`
          : 'Check the location.',
    };
  }
  if (isCredentialsProblem(String(fields['awsCode']))) {
    return { fix: 'Check the access key, secret key and session token, or choose another authentication provider.' };
  }
  if (code === 'access-denied' && typeof fields['action'] === 'string') {
    return { missingAction: fields['action'], fix: fixForAction(fields['action'], context, error) };
  }
  if (fields['authType'] !== undefined) {
    const { authType } = fields;
    const isOfMachine = authType === 'default' || authType === 'ec2_iam_role';
    return {
      fix:
        isOfMachine && forwarding.message
          ? `${forwarding.message}. Or choose another authentication provider.`
          : 'Check the authentication provider, the profile and the credentials file.',
    };
  }
  if (fields['logGroupClass'] !== undefined || fields['setting'] === 'header') {
    // The message says what to do.
    return {};
  }
  switch (code) {
    case 'not-found':
      return source.kind === 'logs'
        ? {
            fix: 'Check the name of the log group and its region; a group of another account has to be named by its ARN, and linked to this account.',
          }
        : { fix: 'Check the bucket’s name; for a private S3, also the endpoint.' };
    case 'unavailable':
      return {
        fix: 'Check the network: endpoint, proxy (HTTPS_PROXY, NO_PROXY, proxyType), VPC endpoints and firewalls.',
      };
    case 'bad-settings':
      return { fix: 'Check the endpoint, the region and the certificate (tlsCACert).' };
    default:
      return {};
  }
}

function fixForAction(action: string, { source, identity }: FailureContext, { fields }: FlowError): string {
  if (source.kind === 'directory') {
    return '';
  }
  const who = identity === undefined ? '' : ` for ${identity.arn}`;
  if (action === 'sts:AssumeRole') {
    const externalId =
      source.s3.externalId === undefined ? 'no external id' : `the external id ${source.s3.externalId}`;
    return `Allow sts:AssumeRole on ${String(fields['role'] ?? source.s3.assumeRoleArn)} to the data source’s own credentials, in the role’s trust policy too (${externalId} is sent).`;
  }
  const allowed = source.kind === 's3' ? actionInBucket(action, source, who) : actionOnGroup(action, source, who);
  return allowed ?? `Allow ${action}${who}.`;
}

function actionInBucket(action: string, source: BucketSettings, who: string): string | undefined {
  const { prefix } = source;
  switch (action) {
    case 's3:ListBucket':
      return `Allow s3:ListBucket on ${bucketArn(source)}${prefix === '' ? '' : ` with the prefix ${prefix}`}${who}, in the bucket policy too if the bucket is another account’s.`;
    case 's3:GetObject':
      return `Allow s3:GetObject on ${objectArn(source, `${prefix}*`)}${who}; if the bucket is encrypted with a KMS key, kms:Decrypt on that key as well.`;
    case 'kms:Decrypt':
      return `Allow kms:Decrypt on the KMS key of the bucket${who}, in the key policy too if the key is another account’s.`;
    default:
      return undefined;
  }
}

function actionOnGroup(action: string, source: LogGroupSettings, who: string): string | undefined {
  return action === 'logs:FilterLogEvents' ? `Allow logs:FilterLogEvents on ${logGroupArn(source)}${who}.` : undefined;
}
