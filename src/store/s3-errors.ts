/**
 * What S3 and the way to it can answer, as `FlowError`s. One table; callers add what they were doing.
 */

import { abortError, FlowError, type FlowErrorCode } from '../errors';

/** What was being done when it failed. */
export interface S3Operation {
  /** Reads on after "cannot": `list s3://bucket/prefix`. */
  readonly doing: string;
  /** The IAM action that it takes, unless the answer names another. */
  readonly action: 's3:ListBucket' | 's3:GetObject';
  readonly fields: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

type Meaning = readonly [code: FlowErrorCode, why: string];

const ANOTHER_REGION: Meaning = ['bad-settings', 'the bucket is in another region'];
const NOT_S3: Meaning = ['bad-settings', 'the endpoint does not answer as S3 does'];
const EXPIRED: Meaning = ['access-denied', 'the session of the credentials has ended'];
const SLOW_DOWN: Meaning = ['throttled', 'S3 asks for fewer requests'];
const UNWELL: Meaning = ['unavailable', 'S3 is not well at the moment'];
const NO_KMS_KEY: Meaning = ['access-denied', 'the KMS key of the object cannot be used'];

/** By the `<Code>` of the answer, or the name the SDK gives where an answer has no body. */
const BY_NAME: Readonly<Record<string, Meaning>> = {
  NoSuchBucket: ['not-found', 'the bucket does not exist'],
  NoSuchAccessPoint: ['not-found', 'the access point does not exist'],
  NoSuchKey: ['not-found', 'there is no such object'],
  NotFound: ['not-found', 'it does not exist'],
  PreconditionFailed: ['not-found', 'the object has changed since it was listed'],
  InvalidObjectState: ['not-found', 'the object is archived and has to be restored first'],
  AccessDenied: ['access-denied', 'access is denied'],
  AllAccessDisabled: ['access-denied', 'access is disabled'],
  AccountProblem: ['access-denied', 'there is a problem with the AWS account'],
  InvalidAccessKeyId: ['access-denied', 'AWS does not know this access key'],
  SignatureDoesNotMatch: ['access-denied', 'the signature is wrong: the secret key, or a proxy that changes requests'],
  InvalidToken: ['access-denied', 'the session token is not valid'],
  InvalidClientTokenId: ['access-denied', 'AWS does not know these credentials'],
  UnrecognizedClientException: ['access-denied', 'AWS does not know these credentials'],
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  RequestTimeTooSkewed: ['access-denied', 'the clock of this machine is wrong'],
  NotSignedUp: ['access-denied', 'the account has no S3'],
  'KMS.DisabledException': NO_KMS_KEY,
  'KMS.InvalidStateException': NO_KMS_KEY,
  'KMS.KMSInvalidStateException': NO_KMS_KEY,
  'KMS.NotFoundException': NO_KMS_KEY,
  SlowDown: SLOW_DOWN,
  Throttling: SLOW_DOWN,
  ThrottlingException: SLOW_DOWN,
  RequestLimitExceeded: SLOW_DOWN,
  RequestThrottled: SLOW_DOWN,
  TooManyRequestsException: SLOW_DOWN,
  InternalError: UNWELL,
  ServiceUnavailable: UNWELL,
  OperationAborted: UNWELL,
  RequestTimeout: UNWELL,
  TimeoutError: ['unavailable', 'it took too long'],
  PermanentRedirect: ANOTHER_REGION,
  TemporaryRedirect: ANOTHER_REGION,
  AuthorizationHeaderMalformed: ANOTHER_REGION,
  IllegalLocationConstraintException: ANOTHER_REGION,
  InvalidBucketName: ['bad-settings', 'this is not the name of a bucket'],
  EndpointError: ['bad-settings', 'the endpoint does not fit'],
};

const NO_CONNECTION: Meaning = ['unavailable', 'no connection'];

/** By the `code` of Node's and Bun's socket errors. */
const BY_SOCKET_CODE: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: NO_CONNECTION,
  ECONNRESET: NO_CONNECTION,
  ECONNABORTED: NO_CONNECTION,
  EPIPE: NO_CONNECTION,
  ETIMEDOUT: NO_CONNECTION,
  EHOSTUNREACH: NO_CONNECTION,
  ENETUNREACH: NO_CONNECTION,
  ENOTFOUND: NO_CONNECTION,
  EAI_AGAIN: NO_CONNECTION,
  ERR_STREAM_PREMATURE_CLOSE: NO_CONNECTION,
  EPROXY: ['unavailable', 'the proxy let nothing through'],
};

/** OpenSSL's verdicts on a certificate (X509_V_ERR_…) and TLS failures. */
const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_(?:SSL|TLS)_|^HOSTNAME_MISMATCH$/;

/** What the SDK throws has any of these. */
interface Thrown {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly Region?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** Turns whatever a request to S3 threw into a `FlowError` that names the operation. */
export function flowErrorFromS3(thrown: unknown, { doing, action, fields, signal }: S3Operation): FlowError {
  if (signal?.aborted) {
    // An abort while a body comes surfaces as ECONNRESET, so the signal is the only witness.
    return abortError(signal);
  }
  if (thrown instanceof FlowError) {
    return thrown;
  }
  const error: Thrown = typeof thrown === 'object' && thrown !== null ? thrown : {};
  const { name, code: socketCode, message = String(thrown), $metadata } = error;
  const [code, why] = meaningOf(error);
  const status = $metadata?.httpStatusCode;
  // `Unknown` and `UnknownError` are the SDK's words for an answer without a body.
  const detail = /^Unknown/.test(message) ? `HTTP ${status}` : `${name}: ${message}`;
  return new FlowError(code, `cannot ${doing}: ${why} (${detail})`, {
    fields: {
      ...fields,
      ...(code === 'access-denied' && { action: deniedAction(error) ?? action }),
      ...(name === 'InvalidObjectState' && { isArchived: true }),
      awsCode: socketCode ?? name,
      status,
      region: regionOf(thrown),
      requestId: $metadata?.requestId,
    },
    cause: thrown,
  });
}

/** The bucket's region, where an answer (also a refusal) names it. */
export function regionOf(thrown: unknown): string | undefined {
  const error: Thrown = typeof thrown === 'object' && thrown !== null ? thrown : {};
  return error.$response?.headers?.['x-amz-bucket-region'] ?? error.Region;
}

/** True if the request came to nothing before any answer: no connection, or none in time. */
export function isConnectionFailure(thrown: unknown): boolean {
  const error: Thrown = typeof thrown === 'object' && thrown !== null ? thrown : {};
  return error.name === 'TimeoutError' || BY_SOCKET_CODE[error.code ?? ''] !== undefined;
}

/** True if the certificate of the other side was not accepted, or TLS failed otherwise. */
export function isCertificateFailure(thrown: unknown): boolean {
  const error: Thrown = typeof thrown === 'object' && thrown !== null ? thrown : {};
  return TLS_CODE.test(error.code ?? '');
}

function meaningOf({ name = '', code = '', $metadata }: Thrown): Meaning {
  // Own keys only: the name is the server's text.
  const named = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : BY_SOCKET_CODE[code];
  if (named !== undefined) {
    return named;
  }
  if (TLS_CODE.test(code)) {
    return ['bad-settings', 'the certificate of the endpoint is not trusted'];
  }
  const status = $metadata?.httpStatusCode ?? 0;
  if (status >= 200 && status < 300) {
    // It came, but could not be read.
    return NOT_S3;
  }
  if (status === 401 || status === 403) {
    return ['access-denied', 'access is denied'];
  }
  if (status === 404) {
    return ['not-found', 'it does not exist'];
  }
  if (status === 412) {
    return ['not-found', 'the object has changed since it was listed'];
  }
  if (status === 429) {
    return SLOW_DOWN;
  }
  if (status === 301 || status === 307) {
    return ANOTHER_REGION;
  }
  return status >= 500 ? UNWELL : ['internal', 'S3 does not accept the request'];
}

/** IAM's refusals say `is not authorized to perform: kms:Decrypt on resource: …`. */
function deniedAction({ name = '', message = '' }: Thrown): string | undefined {
  if (name.startsWith('KMS.') || /ciphertext refers to a customer (?:master|managed) key/i.test(message)) {
    return 'kms:Decrypt';
  }
  return /not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(message)?.[1];
}
