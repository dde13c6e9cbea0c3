/**
 * What CloudWatch Logs answers besides what all services of AWS do, as `FlowError`s.
 */
import type { FlowError } from '../errors';
import { flowErrorFromAws, type AwsOperation, type AwsService } from '../store/aws-errors';

/** What was being done when it failed. */
export interface LogsOperation extends AwsOperation {
  readonly action:
    'logs:FilterLogEvents' | 'logs:DescribeLogGroups' | 'logs:DescribeLogStreams' | 'ec2:DescribeFlowLogs';
  /** The answer is of use and not needed: few attempts. */
  readonly isOptional?: boolean;
}

/** Why a group of the class Infrequent Access (or `DELIVERY`) cannot be read, and what to do. */
export const WRONG_CLASS =
  'FilterLogEvents serves only log groups of the class Standard; create one of that class and let the flow log deliver to it, or have the flow log deliver to S3 (the class of a group cannot be changed)';

const LOGS: AwsService = {
  name: 'CloudWatch Logs',
  byName: {
    ResourceNotFoundException: ['not-found', 'there is no such log group in this account and region'],
    InvalidOperationException: ['bad-settings', WRONG_CLASS],
    LimitExceededException: ['throttled', 'CloudWatch Logs asks for fewer requests'],
    // What the SDK makes of JSON that breaks off.
    SyntaxError: ['unavailable', 'the answer broke off'],
  },
  otherwise: ({ name = '', $metadata: { httpStatusCode = 0 } = {} }) =>
    httpStatusCode >= 400
      ? ['bad-settings', 'the service does not accept the request']
      : // The SDK wraps what broke a body off in an error that has neither a code nor a cause.
        PROGRAMMING_ERRORS.has(name)
        ? ['internal', 'the request could not be made']
        : ['unavailable', 'the answer could not be read'],
};

const PROGRAMMING_ERRORS = new Set(['TypeError', 'RangeError', 'ReferenceError']);

/** Turns whatever a request threw into a `FlowError` that names the operation. */
export function flowErrorFromLogs(thrown: unknown, operation: LogsOperation): FlowError {
  return flowErrorFromAws(thrown, operation, LOGS);
}
