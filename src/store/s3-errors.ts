/**
 * What S3 answers besides what all services of AWS do, as `FlowError`s.
 */

import type { FlowError } from '../errors';
import {
  answerOf,
  flowErrorFromAws,
  type AwsAnswer,
  type AwsOperation,
  type AwsService,
  type Meaning,
} from './aws-errors';

/** What was being done when it failed. */
export interface S3Operation extends AwsOperation {
  readonly action: 's3:ListBucket' | 's3:GetObject';
}

const ANOTHER_REGION: Meaning = ['bad-settings', 'the bucket is in another region'];
const NO_KMS_KEY: Meaning = ['access-denied', 'the KMS key of the object cannot be used'];
const NOT_THERE: Meaning = ['not-found', 'it does not exist'];
const CHANGED: Meaning = ['not-found', 'the object has changed since it was listed'];

const S3: AwsService = {
  name: 'S3',
  byName: {
    NoSuchBucket: ['not-found', 'the bucket does not exist'],
    NoSuchAccessPoint: ['not-found', 'the access point does not exist'],
    NoSuchKey: ['not-found', 'there is no such object'],
    NotFound: NOT_THERE,
    PreconditionFailed: CHANGED,
    InvalidObjectState: ['not-found', 'the object is archived and has to be restored first'],
    AllAccessDisabled: ['access-denied', 'access is disabled'],
    'KMS.DisabledException': NO_KMS_KEY,
    'KMS.InvalidStateException': NO_KMS_KEY,
    'KMS.KMSInvalidStateException': NO_KMS_KEY,
    'KMS.NotFoundException': NO_KMS_KEY,
    PermanentRedirect: ANOTHER_REGION,
    TemporaryRedirect: ANOTHER_REGION,
    AuthorizationHeaderMalformed: ANOTHER_REGION,
    IllegalLocationConstraintException: ANOTHER_REGION,
    InvalidBucketName: ['bad-settings', 'this is not the name of a bucket'],
  },
  byStatus(status) {
    switch (status) {
      case 301:
      case 307:
        return ANOTHER_REGION;
      case 404:
        return NOT_THERE;
      case 412:
        return CHANGED;
      default:
        // It came, but could not be read.
        return status >= 200 && status < 300 ? ['bad-settings', 'the endpoint does not answer as S3 does'] : undefined;
    }
  },
  otherwise: () => ['internal', 'S3 does not accept the request'],
  deniedAction: ({ name = '', message = '' }) =>
    name.startsWith('KMS.') || /ciphertext refers to a customer (?:master|managed) key/i.test(message)
      ? 'kms:Decrypt'
      : undefined,
  fieldsOf: (answer) => ({
    ...(answer.name === 'InvalidObjectState' && { isArchived: true }),
    region: regionOf(answer),
  }),
};

/** Turns whatever a request to S3 threw into a `FlowError` that names the operation. */
export function flowErrorFromS3(thrown: unknown, operation: S3Operation): FlowError {
  return flowErrorFromAws(thrown, operation, S3);
}

/** The bucket's region, where an answer (also a refusal) names it. */
export function regionOf(thrown: unknown): string | undefined {
  const error: S3Answer = answerOf(thrown);
  return error.$response?.headers?.['x-amz-bucket-region'] ?? error.Region;
}

interface S3Answer extends AwsAnswer {
  readonly Region?: string;
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}
