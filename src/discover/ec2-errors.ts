/** What EC2 answers besides what all services of AWS do, as `FlowError`s. */

import type { FlowError } from '../errors';
import { flowErrorFromAws, NOT_ACCEPTED, type AwsOperation, type AwsService } from '../store/aws-errors';

/** What was being done when it failed. */
export interface Ec2Operation extends Omit<AwsOperation, 'fields'> {
  readonly region: string;
}

/** Names: docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const EC2: AwsService = {
  name: 'EC2',
  byName: { TimeoutError: ['unavailable', 'no connection, or there is no such region'] },
  byStatus: (status) => (status === 401 || status === 403 ? NOT_ACCEPTED : undefined),
  otherwise: ({ $metadata: { httpStatusCode = 400 } = {} }) =>
    httpStatusCode < 300
      ? ['bad-settings', 'the endpoint does not answer as EC2 does']
      : ['internal', 'EC2 does not accept the request'],
  noConnection: 'no connection, or there is no such region',
};

/** Turns whatever a request to EC2 threw into a `FlowError` with the region and, for a missing right, `action`. */
export function flowErrorFromEc2(thrown: unknown, { region, ...operation }: Ec2Operation): FlowError {
  return flowErrorFromAws(thrown, { ...operation, fields: { region } }, EC2);
}
