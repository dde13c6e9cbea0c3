/** What EC2 and the way to it can answer, as `FlowError`s. */

import { abortError, FlowError, type FlowErrorCode } from '../errors';
import { isCertificateFailure, isConnectionFailure } from '../store/s3-errors';

/** What was being done when it failed. */
export interface Ec2Operation {
  /** Reads on after "cannot": `list the flow logs of eu-west-1`. */
  readonly doing: string;
  /** The IAM action that it takes. */
  readonly action: string;
  readonly region: string;
  readonly signal?: AbortSignal;
}

type Meaning = readonly [code: FlowErrorCode, why: string];

const NOT_ACCEPTED: Meaning = [
  'access-denied',
  'AWS does not accept the credentials there (wrong keys, or a region that the account has not switched on)',
];
const SLOW_DOWN: Meaning = ['throttled', 'EC2 asks for fewer requests'];

/** By the `<Code>` of the answer (docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html). */
const BY_NAME: Readonly<Record<string, Meaning>> = {
  UnauthorizedOperation: ['access-denied', 'it is not allowed'],
  AccessDenied: ['access-denied', 'it is not allowed'],
  AuthFailure: NOT_ACCEPTED,
  OptInRequired: NOT_ACCEPTED,
  Blocked: ['access-denied', 'the account is blocked'],
  InvalidClientTokenId: NOT_ACCEPTED,
  UnrecognizedClientException: NOT_ACCEPTED,
  SignatureDoesNotMatch: ['access-denied', 'the signature is wrong: the secret key, or a proxy that changes requests'],
  ExpiredToken: ['access-denied', 'the session of the credentials has ended'],
  RequestExpired: ['access-denied', 'the session of the credentials has ended, or the clock of this machine is wrong'],
  RequestLimitExceeded: SLOW_DOWN,
  Throttling: SLOW_DOWN,
  EC2ThrottledException: SLOW_DOWN,
};

/** Turns whatever a request to EC2 threw into a `FlowError` with the region and, for a missing right, `action`. */
export function flowErrorFromEc2(thrown: unknown, { doing, action, region, signal }: Ec2Operation): FlowError {
  if (signal?.aborted) {
    return abortError(signal);
  }
  if (thrown instanceof FlowError) {
    // Of the credentials.
    return thrown;
  }
  const {
    name = '',
    message = String(thrown),
    $metadata,
  } = (thrown ?? {}) as { name?: string; message?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  const [code, why] = meaningOf(thrown, name, status);
  const isMissingRight = name === 'UnauthorizedOperation' || name === 'AccessDenied';
  return new FlowError(code, `cannot ${doing}: ${why} (${name}: ${message})`, {
    fields: { region, awsCode: name, status, ...(isMissingRight && { action }) },
    cause: thrown,
  });
}

function meaningOf(thrown: unknown, name: string, status: number | undefined): Meaning {
  if (Object.hasOwn(BY_NAME, name)) {
    return BY_NAME[name]!;
  }
  if (isCertificateFailure(thrown)) {
    return ['bad-settings', 'the certificate of the endpoint is not trusted'];
  }
  if (isConnectionFailure(thrown)) {
    return ['unavailable', 'no connection, or there is no such region'];
  }
  if (status !== undefined && status >= 500) {
    return ['unavailable', 'EC2 is not well at the moment'];
  }
  return status === 401 || status === 403
    ? NOT_ACCEPTED
    : status !== undefined && status < 300
      ? ['bad-settings', 'the endpoint does not answer as EC2 does']
      : ['internal', 'EC2 does not accept the request'];
}
