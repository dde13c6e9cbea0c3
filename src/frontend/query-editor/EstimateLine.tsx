import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, Tooltip, useStyles2 } from '@grafana/ui';
import { describeEstimate, type EstimateProblem } from './describe-estimate';
import type { EstimateState } from './useEstimate';

interface EstimateProps {
  readonly state: EstimateState;
}

const ICONS = { error: 'exclamation-circle', warning: 'exclamation-triangle', info: 'info-circle' } as const;

/** What the query would read, in a line. */
export function EstimateSummary({ state }: EstimateProps) {
  const styles = useStyles2(getStyles);
  if (state.status === 'none' || state.status === 'error') {
    return null;
  }
  if (state.status === 'waiting') {
    return (
      <span className={styles.summary} role="status">
        Estimating…
      </span>
    );
  }
  const { summary, details } = describeEstimate(state.estimate, state.newestDay);
  return (
    <span className={styles.summary} role="status" aria-label="Estimate">
      {details.length === 0 ? (
        summary
      ) : (
        <Tooltip content={details.join(' · ')}>
          <span>{summary}</span>
        </Tooltip>
      )}
    </span>
  );
}

/** What speaks against running it, and what to do. */
export function EstimateProblems({ state }: EstimateProps) {
  const styles = useStyles2(getStyles);
  const problems: readonly EstimateProblem[] =
    state.status === 'done'
      ? describeEstimate(state.estimate, state.newestDay).problems
      : state.status === 'error'
        ? [{ severity: 'error', text: state.message }]
        : [];
  return (
    <>
      {problems.map(({ severity, text }) => (
        <div key={text} className={styles.problem} role={severity === 'error' ? 'alert' : 'note'}>
          <Icon name={ICONS[severity]} className={styles[severity]} />
          <span>{text}</span>
        </div>
      ))}
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  summary: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  problem: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(0.5, 1),
    fontSize: theme.typography.bodySmall.fontSize,
    overflowWrap: 'anywhere',
  }),
  error: css({ color: theme.colors.error.text, flexShrink: 0 }),
  warning: css({ color: theme.colors.warning.text, flexShrink: 0 }),
  info: css({ color: theme.colors.info.text, flexShrink: 0 }),
});
