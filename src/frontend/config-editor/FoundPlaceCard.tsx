import { useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, useStyles2 } from '@grafana/ui';
import type { DiscoveredFlowLog } from '../../query/discovery';
import { DeliveryBadge } from './DeliveryBadge';
import { describeAge } from './describe-age';
import { countStates, worstFirst } from './found-places';

export interface FoundPlaceCardProps {
  /** The place, or what these flow logs have in common. */
  readonly title: string;
  readonly flowLogs: readonly DiscoveredFlowLog[];
  readonly isConfigured?: boolean;
  /** Without it the place cannot be added. */
  readonly onAdd?: () => void;
}

/** Rows that are shown unasked. */
const FEW = 5;

/** A place that flow logs deliver to: which they are, whether they deliver, and a button that makes it a source. */
export function FoundPlaceCard({ title, flowLogs, isConfigured = false, onAdd }: FoundPlaceCardProps) {
  const styles = useStyles2(getStyles);
  const [isWhole, setIsWhole] = useState(false);
  const shown = worstFirst(flowLogs).slice(0, isWhole ? undefined : FEW);
  return (
    <div role="group" aria-label={title} className={styles.card}>
      <div className={styles.header}>
        <span className={styles.title}>{title}</span>
        {flowLogs.length > 1 &&
          countStates(flowLogs).map(([state, count]) => <DeliveryBadge key={state} state={state} count={count} />)}
        {(onAdd || isConfigured) && (
          <Button
            size="sm"
            variant="secondary"
            icon={isConfigured ? 'check' : 'plus'}
            aria-label={isConfigured ? `${title} is configured` : `Add ${title}`}
            disabled={isConfigured}
            onClick={onAdd}
          >
            {isConfigured ? 'Configured' : 'Add'}
          </Button>
        )}
      </div>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              {['Flow log', 'Region', 'Resource', 'Traffic', 'Format', 'Interval', 'Delivery'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((flowLog) => (
              <FlowLogRow key={flowLog.id} flowLog={flowLog} />
            ))}
          </tbody>
        </table>
      </div>
      {flowLogs.length > shown.length && (
        <Button size="sm" variant="secondary" fill="text" onClick={() => setIsWhole(true)}>
          Show all {flowLogs.length} flow logs
        </Button>
      )}
    </div>
  );
}

function FlowLogRow({ flowLog }: { readonly flowLog: DiscoveredFlowLog }) {
  const styles = useStyles2(getStyles);
  const { id, name, region, resourceId, trafficType, columns, intervalSec, check, deliveryStatus, deliveryError } =
    flowLog;
  // What AWS says is worth saying where it knows of a failure.
  const aws = deliveryStatus === 'FAILED' ? `AWS says: ${deliveryError ?? 'failed'}` : '';
  const seen = check.ageSec === undefined ? check.message : describeAge(check.ageSec);
  return (
    <tr>
      <td>
        {name && <div>{name}</div>}
        <div className={styles.id}>{id}</div>
      </td>
      <td className={styles.id}>{region}</td>
      <td className={styles.id}>{resourceId}</td>
      <td>{trafficType ?? '–'}</td>
      <td title={columns.join(' ')}>{describeFormat(flowLog)}</td>
      <td>{intervalSec % 60 === 0 ? `${intervalSec / 60} min` : `${intervalSec} s`}</td>
      <td>
        <div className={styles.delivery}>
          <DeliveryBadge state={check.state} /> <span>{seen}</span>
        </div>
        {check.missingAction && <div>Missing IAM action: {check.missingAction}</div>}
        {aws && <div>{aws}</div>}
      </td>
    </tr>
  );
}

function describeFormat({ columns, fileFormat, isHive }: DiscoveredFlowLog): string {
  return [
    `${columns.length} ${columns.length === 1 ? 'field' : 'fields'}`,
    fileFormat === 'parquet' ? 'Parquet' : 'text',
    ...(isHive ? ['Hive'] : []),
  ].join(', ');
}

function getStyles(theme: GrafanaTheme2) {
  return {
    card: css({
      border: `1px solid ${theme.colors.border.weak}`,
      borderRadius: theme.shape.radius.default,
      background: theme.colors.background.primary,
    }),
    header: css({
      display: 'flex',
      flexWrap: 'wrap',
      alignItems: 'center',
      gap: theme.spacing(1),
      padding: theme.spacing(0.5, 1),
      background: theme.colors.background.secondary,
    }),
    title: css({
      flex: '1 1 0',
      minWidth: theme.spacing(20),
      overflowWrap: 'anywhere',
      fontWeight: theme.typography.fontWeightMedium,
    }),
    id: css({ whiteSpace: 'nowrap' }),
    delivery: css({
      display: 'flex',
      alignItems: 'flex-start',
      gap: theme.spacing(1),
      '> :first-child': { flexShrink: 0 },
    }),
    // The table may be wider than a phone, the page may not.
    scroll: css({ overflowX: 'auto', padding: theme.spacing(0.5, 1) }),
    table: css({
      width: '100%',
      fontSize: theme.typography.bodySmall.fontSize,
      'th, td': { padding: theme.spacing(0.5, 2, 0.5, 0), textAlign: 'left', verticalAlign: 'top' },
      th: { color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightRegular, whiteSpace: 'nowrap' },
      'td:last-child': { minWidth: theme.spacing(25), overflowWrap: 'anywhere' },
    }),
  };
}
