/**
 * What CloudWatch Logs and the way to it can answer, as `FlowError`s.
 */
import { abortError, FlowError, type FlowErrorCode } from '../errors';
import { isConnectionFailure } from '../store/s3-errors';

/** What was being done when it failed. */
export interface LogsOperation {
  /** Reads on after "cannot": `read the log group /vpc/flow`. */
  readonly doing: string;
  /** The IAM action that it takes. */
  readonly action:
    'logs:FilterLogEvents' | 'logs:DescribeLogGroups' | 'logs:DescribeLogStreams' | 'ec2:DescribeFlowLogs';
  readonly fields: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** The answer is of use and not needed: few attempts. */
  readonly isOptional?: boolean;
}

/** Why a group of the class Infrequent Access (or `DELIVERY`) cannot be read, and what to do. */
export const WRONG_CLASS =
  'FilterLogEvents serves only log groups of the class Standard; create one of that class and let the flow log deliver to it, or have the flow log deliver to S3 (the class of a group cannot be changed)';

type Meaning = readonly [code: FlowErrorCode, why: string];

const SLOW_DOWN: Meaning = ['throttled', 'CloudWatch Logs asks for fewer requests'];
const UNWELL: Meaning = ['unavailable', 'the service is not well at the moment'];
const UNKNOWN_CREDENTIALS: Meaning = ['access-denied', 'AWS does not know these credentials'];
const EXPIRED: Meaning = ['access-denied', 'the session of the credentials has ended'];
const WRONG_CLOCK: Meaning = ['access-denied', 'the clock of this machine is wrong'];

const BY_NAME: Readonly<Record<string, Meaning>> = {
  ResourceNotFoundException: ['not-found', 'there is no such log group in this account and region'],
  InvalidOperationException: ['bad-settings', WRONG_CLASS],
  AccessDeniedException: ['access-denied', 'access is denied'],
  UnauthorizedOperation: ['access-denied', 'access is denied'],
  UnrecognizedClientException: UNKNOWN_CREDENTIALS,
  InvalidClientTokenId: UNKNOWN_CREDENTIALS,
  AuthFailure: UNKNOWN_CREDENTIALS,
  SignatureDoesNotMatch: ['access-denied', 'the signature is wrong: the secret key, or a proxy that changes requests'],
  InvalidSignatureException: ['access-denied', 'the signature is wrong: the secret key, the clock, or a proxy'],
  IncompleteSignatureException: ['access-denied', 'the signature is wrong: a proxy that changes requests'],
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  RequestExpired: WRONG_CLOCK,
  RequestTimeTooSkewed: WRONG_CLOCK,
  OptInRequired: ['access-denied', 'the account has not switched on this region'],
  ThrottlingException: SLOW_DOWN,
  Throttling: SLOW_DOWN,
  LimitExceededException: SLOW_DOWN,
  RequestLimitExceeded: SLOW_DOWN,
  TooManyRequestsException: SLOW_DOWN,
  ServiceUnavailableException: UNWELL,
  ServiceUnavailable: UNWELL,
  InternalFailure: UNWELL,
  InternalServerError: UNWELL,
  Unavailable: UNWELL,
  // What the SDK makes of JSON that breaks off.
  SyntaxError: ['unavailable', 'the answer broke off'],
  EndpointError: ['bad-settings', 'the endpoint does not fit'],
  TimeoutError: ['unavailable', 'it took too long'],
};

const PROGRAMMING_ERRORS = new Set(['TypeError', 'RangeError', 'ReferenceError']);

interface Thrown {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** Turns whatever a request threw into a `FlowError` that names the operation. */
export function flowErrorFromLogs(thrown: unknown, { doing, action, fields, signal }: LogsOperation): FlowError {
  if (signal?.aborted) {
    return abortError(signal);
  }
  if (thrown instanceof FlowError) {
    return thrown;
  }
  const error: Thrown = typeof thrown === 'object' && thrown !== null ? thrown : {};
  const { name, message = String(thrown), $metadata } = error;
  const [code, why] = meaningOf(error);
  const detail = /^Unknown/.test(message) ? `HTTP ${$metadata?.httpStatusCode}` : `${name}: ${message}`;
  const denied = /not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)/.exec(message)?.[1];
  return new FlowError(code, `cannot ${doing}: ${why} (${detail})`, {
    fields: {
      ...fields,
      ...(code === 'access-denied' && { action: denied ?? action }),
      awsCode: error.code ?? name,
      status: $metadata?.httpStatusCode,
      requestId: $metadata?.requestId,
    },
    cause: thrown,
  });
}

function meaningOf(error: Thrown): Meaning {
  const { name = '', code = '', $metadata } = error;
  // Own keys only: the name is the server's text.
  const named = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  if (named !== undefined) {
    return named;
  }
  if (isConnectionFailure(error)) {
    return ['unavailable', 'no connection'];
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_(?:SSL|TLS)_|^HOSTNAME_MISMATCH$/.test(code)) {
    return ['bad-settings', 'the certificate of the endpoint is not trusted'];
  }
  const status = $metadata?.httpStatusCode ?? 0;
  if (status >= 500) {
    return UNWELL;
  }
  if (status === 429) {
    return SLOW_DOWN;
  }
  if (status === 401 || status === 403) {
    return ['access-denied', 'access is denied'];
  }
  if (status >= 400) {
    return ['bad-settings', 'the service does not accept the request'];
  }
  // The SDK wraps what broke a body off in an error that has neither a code nor a cause.
  return PROGRAMMING_ERRORS.has(name)
    ? ['internal', 'the request could not be made']
    : ['unavailable', 'the answer could not be read'];
}
