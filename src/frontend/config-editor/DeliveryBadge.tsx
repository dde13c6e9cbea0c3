import { Badge, type BadgeColor, type IconName } from '@grafana/ui';
import type { DeliveryState } from '../../query/discovery';

export interface DeliveryBadgeProps {
  readonly state: DeliveryState;
  /** Of several flow logs: how many are so. */
  readonly count?: number;
}

const LOOKS: Readonly<Record<DeliveryState, readonly [text: string, color: BadgeColor, icon: IconName]>> = {
  delivering: ['delivering', 'green', 'check'],
  stopped: ['stopped', 'orange', 'pause'],
  empty: ['empty', 'orange', 'circle'],
  denied: ['denied', 'red', 'lock'],
  failed: ['not readable', 'red', 'exclamation-triangle'],
  unchecked: ['not checked', 'blue', 'question-circle'],
};

/** Whether a flow log delivers, as it was seen. */
export function DeliveryBadge({ state, count }: DeliveryBadgeProps) {
  const [text, color, icon] = LOOKS[state];
  return <Badge color={color} icon={icon} text={count === undefined ? text : `${count} ${text}`} />;
}
