import type { ReactNode } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, useStyles2 } from '@grafana/ui';

export interface HealthAlertProps {
  readonly title: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
  /** Those without a text are left out. */
  readonly facts: readonly (readonly [term: string, text: string])[];
  /** Between the words and the facts. */
  readonly children?: ReactNode;
}

/** What a test of a place has found out. */
export function HealthAlert({ title, status, message, fix, facts, children }: HealthAlertProps) {
  const styles = useStyles2(getStyles);
  return (
    <Alert severity={status === 'ok' ? 'success' : status} title={title} bottomSpacing={0} topSpacing={1}>
      <p className={styles.text}>{message}</p>
      {fix && <p className={styles.text}>{fix}</p>}
      {children}
      <dl className={styles.facts}>
        {facts
          .filter(([, text]) => text !== '')
          .map(([term, text]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{text}</dd>
            </div>
          ))}
      </dl>
    </Alert>
  );
}

function getStyles(theme: GrafanaTheme2) {
  return {
    text: css({
      margin: theme.spacing(0, 0, 0.5),
      overflowWrap: 'anywhere',
      // Messages are made to be part of others.
      '&::first-letter': { textTransform: 'uppercase' },
    }),
    facts: css({
      margin: 0,
      '> div': { display: 'flex', gap: theme.spacing(1) },
      dt: {
        flex: `0 0 ${theme.spacing(17)}`,
        fontWeight: theme.typography.fontWeightRegular,
        color: theme.colors.text.secondary,
      },
      dd: { margin: 0, minWidth: 0, overflowWrap: 'anywhere', color: theme.colors.text.primary },
    }),
  };
}
