import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, useStyles2 } from '@grafana/ui';
import type { SourceHealthAnswer } from '../../query/resource-answers';
import { describeAge } from './describe-age';
import { HealthAlert } from './HealthAlert';

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
    <HealthAlert title={TITLES[status]} {...{ status, message, fix }} facts={factsOf(health)}>
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
    </HealthAlert>
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
  ];
}

function getStyles(theme: GrafanaTheme2) {
  return {
    prefixes: css({
      display: 'flex',
      flexWrap: 'wrap',
      alignItems: 'center',
      gap: theme.spacing(1),
      margin: theme.spacing(0.5, 0),
    }),
  };
}
