import type { DigestsHealthAnswer } from '../../query/resource-answers';
import { HealthAlert } from './HealthAlert';

const TITLES = {
  ok: 'Stored digests are used',
  warning: 'Stored digests can be read, but something looks wrong',
  error: 'Stored digests cannot be read: queries read the logs',
} as const;

/** What was found out about the place of stored digests, and what to do about it. */
export function DigestsHealth({ health }: { health: DigestsHealthAnswer }) {
  const { status, message, fix, missingAction, identity } = health;
  return (
    <HealthAlert
      title={TITLES[status]}
      {...{ status, message, fix }}
      facts={[
        ['Missing IAM action', missingAction ?? ''],
        ['Signed in as', identity?.arn ?? ''],
      ]}
    />
  );
}
