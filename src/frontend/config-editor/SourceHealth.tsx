import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, useStyles2 } from '@grafana/ui';
import type { SourceHealthAnswer } from '../../query/resource-answers';
import { describeAge } from './describe-age';

export interface SourceHealthProps {
  readonly health: SourceHealthAnswer;
  /** Puts another prefix into the location; without it the prefixes are only named. */
  readonly onPrefix?: (prefix: string) => void;
}

const TITLES = {
  ok: 'The source can be read',
  warning: 'The source can be read, but something looks wrong',
  error: 'The source cannot be read',
} as const;

/** What was found out about a source, and what to do about it. */
export function SourceHealth({ health, onPrefix }: SourceHealthProps) {
  const styles = useStyles2(getStyles);
  const { status, message, fix, prefixesFound = [] } = health;
  return (
    <Alert severity={status === 'ok' ? 'success' : status} title={TITLES[status]} bottomSpacing={0} topSpacing={1}>
      <p className={styles.text}>{message}</p>
      {fix && <p className={styles.text}>{fix}</p>}
      {prefixesFound.length > 0 && (
        <div className={styles.prefixes}>
          <span>{onPrefix ? 'Use instead:' : 'There is:'}</span>
          {prefixesFound.map((prefix) =>
            onPrefix ? (
              <Button
                key={prefix}
                size="sm"
                variant="secondary"
                aria-label={`Use the prefix ${prefix}`}
                onClick={() => onPrefix(prefix)}
              >
                {prefix}
              </Button>
            ) : (
              <code key={prefix}>{prefix}</code>
            ),
          )}
        </div>
      )}
      <dl className={styles.facts}>
        {factsOf(health).map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Alert>
  );
}

function factsOf({
  missingAction,
  identity,
  accounts = [],
  regions = [],
  newest,
}: SourceHealthAnswer): readonly (readonly [term: string, text: string])[] {
  return [
    ['Missing IAM action', missingAction ?? ''],
    ['Signed in as', identity?.arn ?? ''],
    ['Accounts', accounts.join(', ')],
    ['Regions', regions.join(', ')],
    ['Newest object', newest ? `${newest.key} (${describeAge(newest.ageSec)})` : ''],
    ['Fields', newest?.format?.columns.join(' ') ?? ''],
  ].filter((fact): fact is [string, string] => fact[1] !== '');
}

function getStyles(theme: GrafanaTheme2) {
  return {
    text: css({
      margin: theme.spacing(0, 0, 0.5),
      overflowWrap: 'anywhere',
      // Messages are made to be part of others.
      '&::first-letter': { textTransform: 'uppercase' },
    }),
    prefixes: css({
      display: 'flex',
      flexWrap: 'wrap',
      alignItems: 'center',
      gap: theme.spacing(1),
      margin: theme.spacing(0.5, 0),
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
