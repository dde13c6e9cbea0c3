/**
 * `iam-policy`: the least rights that the data source needs, to be copied into AWS. They name roles and external ids, so
 * only administrators of the organisation get them.
 */
import type { IamPolicyAnswer } from '../../query/resource-answers';
import { FlowError } from '../../errors';
import { createIamPolicies } from '../iam-policy';
import { jsonAnswer, type Resource } from './resource';

export const IAM_POLICY: Resource = {
  path: 'iam-policy',
  parameters: [],
  takesBody: false,
  async answer({ dataSource, user }) {
    if (user?.role !== 'Admin') {
      throw new FlowError(
        'access-denied',
        'cannot show the IAM policies: they name roles and external ids, so only an Admin of the organisation may see them',
      );
    }
    return jsonAnswer({ policies: createIamPolicies(dataSource.settings) } satisfies IamPolicyAnswer);
  },
};
