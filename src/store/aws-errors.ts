/**
 * What AWS and the way to it can answer, whatever the service: credentials, rights, rate, connection. One table; services add
 * what only they say, callers what they were doing.
 */

import { abortError, FlowError, type FlowErrorCode } from '../errors';

/** What was being done when it failed. */
export interface AwsOperation {
  /** Reads on after "cannot": `list s3://bucket/prefix`. */
  readonly doing: string;
  /** The IAM action that it takes, unless the answer names another. */
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** What an answer means, and whether that is about who asks and not about what that one may do. */
export type Meaning = readonly [code: FlowErrorCode, why: string, isOfCredentials?: 'credentials'];

/** What the SDK throws has any of these. */
export interface AwsAnswer {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** How one service differs. */
export interface AwsService {
  /** For people. */
  readonly name: string;
  /** By the names of its answers; these go first. */
  readonly byName: Readonly<Record<string, Meaning>>;
  /** Of an answer whose name says nothing; these go before those of all services. */
  readonly byStatus?: (status: number) => Meaning | undefined;
  /** Of anything else. */
  readonly otherwise: (answer: AwsAnswer) => Meaning;
  /** Why there is no connection, if it may have another reason than for all services. */
  readonly noConnection?: string;
  /** The IAM action that an answer names in its own way. */
  readonly deniedAction?: (answer: AwsAnswer) => string | undefined;
  /** More fields of the error. */
  readonly fieldsOf?: (answer: AwsAnswer) => Readonly<Record<string, string | boolean | undefined>>;
}

/** The credentials are not taken; which of the two it is, AWS does not say. */
export const NOT_ACCEPTED: Meaning = [
  'access-denied',
  'AWS does not accept the credentials there (wrong keys, or a region that the account has not switched on)',
  'credentials',
];
const WRONG_SIGNATURE: Meaning = [
  'access-denied',
  'the signature is wrong: the secret key, the clock, or a proxy that changes requests',
  'credentials',
];
const EXPIRED: Meaning = ['access-denied', 'the session of the credentials has ended', 'credentials'];
const DENIED: Meaning = ['access-denied', 'access is denied'];
const TOO_LATE: Meaning = ['unavailable', 'it took too long'];

/** By the `<Code>` or `__type` of the answer, or the name that the SDK gives where an answer has no body. */
const BY_NAME: Readonly<Record<string, Meaning>> = {
  AccessDenied: DENIED,
  AccessDeniedException: DENIED,
  UnauthorizedOperation: DENIED,
  InvalidAccessKeyId: ['access-denied', 'AWS does not know this access key', 'credentials'],
  InvalidToken: ['access-denied', 'the session token is not valid', 'credentials'],
  InvalidClientTokenId: NOT_ACCEPTED,
  UnrecognizedClientException: NOT_ACCEPTED,
  AuthFailure: NOT_ACCEPTED,
  OptInRequired: NOT_ACCEPTED,
  SignatureDoesNotMatch: WRONG_SIGNATURE,
  InvalidSignatureException: WRONG_SIGNATURE,
  IncompleteSignatureException: WRONG_SIGNATURE,
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  RequestExpired: [
    'access-denied',
    'the session of the credentials has ended, or the clock of this machine is wrong',
    'credentials',
  ],
  RequestTimeTooSkewed: ['access-denied', 'the clock of this machine is wrong', 'credentials'],
  NotSignedUp: ['access-denied', 'the account has not signed up for the service', 'credentials'],
  AccountProblem: ['access-denied', 'there is a problem with the AWS account', 'credentials'],
  Blocked: ['access-denied', 'the account is blocked', 'credentials'],
  TimeoutError: TOO_LATE,
  EndpointError: ['bad-settings', 'the endpoint does not fit'],
};

const THROTTLED = new Set([
  ...['SlowDown', 'Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'RequestThrottled'],
  ...['TooManyRequestsException', 'EC2ThrottledException'],
]);
const UNWELL = new Set([
  ...['InternalError', 'InternalFailure', 'InternalServerError', 'OperationAborted', 'RequestTimeout'],
  ...['ServiceUnavailable', 'ServiceUnavailableException', 'Unavailable'],
]);

/** The `code` of Node's and Bun's socket errors. */
const NO_CONNECTION = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'ERR_STREAM_PREMATURE_CLOSE'],
]);

/** OpenSSL's verdicts on a certificate (X509_V_ERR_…) and TLS failures. */
const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_(?:SSL|TLS)_|^HOSTNAME_MISMATCH$/;

/** Turns whatever a request to a service threw into a `FlowError` that names the operation. */
export function flowErrorFromAws(
  thrown: unknown,
  { doing, action, fields, signal }: AwsOperation,
  service: AwsService,
): FlowError {
  if (signal?.aborted) {
    // An abort while a body comes surfaces as ECONNRESET, so the signal is the only witness.
    return abortError(signal);
  }
  if (thrown instanceof FlowError) {
    // Of the credentials.
    return thrown;
  }
  const answer = answerOf(thrown);
  const { name, message = String(thrown), $metadata } = answer;
  const [code, why, isOfCredentials] = meaningOf(answer, service);
  const status = $metadata?.httpStatusCode;
  // `Unknown` and `UnknownError` are the SDK's words for an answer without a body.
  const detail = /^Unknown/.test(message) ? `HTTP ${status}` : `${name}: ${message}`;
  const denied =
    service.deniedAction?.(answer) ?? /not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(message)?.[1];
  return new FlowError(code, `cannot ${doing}: ${why} (${detail})`, {
    fields: {
      ...fields,
      ...(code === 'access-denied' && !isOfCredentials && { action: denied ?? action }),
      awsCode: answer.code ?? name,
      status,
      requestId: $metadata?.requestId,
      ...service.fieldsOf?.(answer),
    },
    cause: thrown,
  });
}

/** True for the name of an answer that is about who asks. */
export function isCredentialsProblem(name: string): boolean {
  return Object.hasOwn(BY_NAME, name) && BY_NAME[name]![2] !== undefined;
}

/** True if the request came to nothing before any answer: no connection, or none in time. */
export function isConnectionFailure(thrown: unknown): boolean {
  const { name, code = '' } = answerOf(thrown);
  return name === 'TimeoutError' || code === 'EPROXY' || NO_CONNECTION.has(code);
}

/** What was thrown, as far as it is an answer. */
export function answerOf(thrown: unknown): AwsAnswer {
  return typeof thrown === 'object' && thrown !== null ? thrown : {};
}

function meaningOf(answer: AwsAnswer, { name: who, byName, byStatus, otherwise, noConnection }: AwsService): Meaning {
  const { name = '', code = '', $metadata } = answer;
  const slowDown: Meaning = ['throttled', `${who} asks for fewer requests`];
  const unwell: Meaning = ['unavailable', `${who} is not well at the moment`];
  // Own keys only: the name is the server's text.
  for (const table of [byName, BY_NAME]) {
    if (Object.hasOwn(table, name)) {
      return table[name]!;
    }
  }
  if (THROTTLED.has(name)) {
    return slowDown;
  }
  if (UNWELL.has(name)) {
    return unwell;
  }
  if (NO_CONNECTION.has(code)) {
    return ['unavailable', noConnection ?? 'no connection'];
  }
  if (code === 'EPROXY') {
    return ['unavailable', 'the proxy let nothing through'];
  }
  if (TLS_CODE.test(code)) {
    return ['bad-settings', 'the certificate of the endpoint is not trusted'];
  }
  const status = $metadata?.httpStatusCode ?? 0;
  const own = byStatus?.(status);
  if (own !== undefined) {
    return own;
  }
  if (status === 401 || status === 403) {
    return DENIED;
  }
  return status === 429 ? slowDown : status >= 500 ? unwell : otherwise(answer);
}
