import { FlowError } from '../errors';
import { isAwsHost, type S3Settings } from '../store/s3-settings';

/** Throws `bad-settings` if there is no EC2 to ask: the keys of a private S3 mean nothing to AWS. */
export function assertHasEc2({ endpoint, ec2Endpoint }: S3Settings): void {
  if (endpoint !== undefined && ec2Endpoint === undefined && !isAwsHost(endpoint)) {
    throw new FlowError(
      'bad-settings',
      `cannot look for flow logs: ${endpoint} is a private S3, which knows of none; name an EC2 endpoint as well`,
      { fields: { setting: 'ec2Endpoint' } },
    );
  }
}
