import { useId, useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, Icon, IconButton, useStyles2 } from '@grafana/ui';
import type { SourceConfig } from '../settings';
import type { ConfigResources } from './config-resources';
import { sourceNameOf, type SourceProblems } from './find-source-problems';
import { locationWithPrefix } from './location-with-prefix';
import { canonicalText } from './settings-form';
import { SaveFirst } from './SaveFirst';
import { SourceFields } from './SourceFields';
import { SourceHealth } from './SourceHealth';
import { useAnswer } from './useAnswer';
import type { SavedSettings } from './useSavedSettings';

export interface SourceCardProps {
  readonly source: SourceConfig;
  /** From 1. */
  readonly position: number;
  readonly problems: SourceProblems;
  readonly saved: SavedSettings;
  readonly resources: ConfigResources;
  readonly isReadOnly: boolean;
  readonly isInitiallyOpen: boolean;
  readonly onChange: (source: SourceConfig) => void;
  /** Without it there is nothing to remove. */
  readonly onRemove?: () => void;
}

/** One source: a line with its test, and its fields below. */
export function SourceCard(props: SourceCardProps) {
  const { source, position, problems, saved, resources, isReadOnly, onChange, onRemove } = props;
  const styles = useStyles2(getStyles);
  const bodyId = useId();
  const [isOpen, setIsOpen] = useState(props.isInitiallyOpen);
  const name = sourceNameOf(source);
  // A result is shown only as long as it is about these settings.
  const [result, test] = useAnswer(`${saved.version} ${canonicalText(source)}`, () => resources.health(name));
  const title = name || `Source ${position}`;
  const problem = Object.values(problems).find((text) => text !== undefined);
  const isNew = Object.keys(source).length === 0;
  return (
    <div role="group" aria-label={title} className={styles.card}>
      <div className={styles.header}>
        <button
          type="button"
          className={styles.toggle}
          aria-expanded={isOpen}
          aria-controls={bodyId}
          onClick={() => setIsOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'angle-down' : 'angle-right'} />
          <span className={styles.title}>{title}</span>
          {!isOpen && <span className={styles.summary}>{problem ? '' : summaryOf(source)}</span>}
        </button>
        {!isOpen && problem && !isNew && (
          <span className={styles.problem}>
            <Icon name="exclamation-triangle" size="sm" /> {problem}
          </span>
        )}
        {!saved.isSaved && name !== '' && <SaveFirst subject="the test uses" />}
        <Button
          size="sm"
          variant="secondary"
          icon={result.state === 'running' ? 'spinner' : 'check-circle'}
          aria-label={`Test ${title}`}
          disabled={!saved.isSaved || name === '' || result.state === 'running'}
          onClick={test}
        >
          Test
        </Button>
        {onRemove && (
          <IconButton name="trash-alt" tooltip={`Remove ${title}`} disabled={isReadOnly} onClick={onRemove} />
        )}
      </div>
      <div id={bodyId} hidden={!isOpen} className={styles.body}>
        {isOpen && <SourceFields source={source} problems={problems} isReadOnly={isReadOnly} onChange={onChange} />}
      </div>
      <div aria-live="polite" className={styles.result}>
        {result.state === 'done' && (
          <SourceHealth
            health={result.value}
            onPrefix={
              isReadOnly
                ? undefined
                : (prefix) => {
                    setIsOpen(true);
                    onChange({ ...source, location: locationWithPrefix(source.location ?? '', prefix) });
                  }
            }
          />
        )}
        {result.state === 'failed' && (
          <Alert severity="error" title="The source cannot be tested" bottomSpacing={0} topSpacing={1}>
            {result.message}
          </Alert>
        )}
      </div>
    </div>
  );
}

/** What is special about it, in a line. */
function summaryOf({ name, location, region, roleArn, requesterPays, anyKey }: SourceConfig): string {
  return [name && location, region, roleArn, requesterPays && 'requester pays', anyKey && 'any key']
    .filter(Boolean)
    .join(' · ');
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
      alignItems: 'center',
      gap: theme.spacing(1),
      padding: theme.spacing(0.5, 1, 0.5, 0),
      background: theme.colors.background.secondary,
    }),
    toggle: css({
      flex: '1 1 0',
      minWidth: 0,
      display: 'flex',
      alignItems: 'center',
      gap: theme.spacing(1),
      padding: theme.spacing(0.5, 1),
      border: 'none',
      background: 'none',
      color: 'inherit',
      textAlign: 'left',
      '> svg': { flexShrink: 0 },
    }),
    title: css({
      fontWeight: theme.typography.fontWeightMedium,
      overflow: 'hidden',
      textOverflow: 'ellipsis',
      whiteSpace: 'nowrap',
    }),
    summary: css({
      color: theme.colors.text.secondary,
      fontSize: theme.typography.bodySmall.fontSize,
      overflow: 'hidden',
      textOverflow: 'ellipsis',
      whiteSpace: 'nowrap',
    }),
    problem: css({
      flex: '2 1 0',
      minWidth: 0,
      overflow: 'hidden',
      textOverflow: 'ellipsis',
      whiteSpace: 'nowrap',
      fontSize: theme.typography.bodySmall.fontSize,
      color: theme.colors.error.text,
    }),
    body: css({ padding: theme.spacing(1.5, 2, 1), '&[hidden]': { display: 'none' } }),
    result: css({ '&:not(:empty)': { padding: theme.spacing(0, 2, 2) } }),
  };
}
