import { dateTimeFormat } from '@grafana/data';
import type { DigestsHealthAnswer } from '../../query/resource-answers';
import { describeAge } from './describe-age';
import { HealthAlert } from './HealthAlert';
import { BYTES } from './quantity';

const TITLES = {
  ok: 'Stored digests are used',
  warning: 'Stored digests can be read, but something looks wrong',
  error: 'Stored digests cannot be read: queries read the logs',
} as const;

/** What was found out about the place of stored digests, and what to do about it. */
export function DigestsHealth({ health }: { health: DigestsHealthAnswer }) {
  const { status, message, fix, missingAction, identity, newest } = health;
  const window =
    newest &&
    `${timeText(newest.fromMs)} to ${timeText(newest.toMs)} UTC (ended ${describeAge(newest.ageSec)}, ${BYTES.format(newest.sizeBytes)})`;
  return (
    <HealthAlert
      title={TITLES[status]}
      {...{ status, message, fix }}
      facts={[
        ['Missing IAM action', missingAction ?? ''],
        ['Signed in as', identity?.arn ?? ''],
        ['Newest window', window ?? ''],
        [
          'Objects',
          newest?.objects === undefined ? '' : `${newest.usableObjects} of ${newest.objects} in these sources`,
        ],
      ]}
    />
  );
}

function timeText(ms: number): string {
  return dateTimeFormat(ms, { format: 'YYYY-MM-DD HH:mm', timeZone: 'utc' });
}
