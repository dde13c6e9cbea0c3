import { useMemo, useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, useStyles2 } from '@grafana/ui';
import { ConfigSection } from '@grafana/plugin-ui';
import type { SourceConfig } from '../settings';
import type { ConfigResources } from './config-resources';
import { findSourceProblems } from './find-source-problems';
import { FlowLogFinder } from './FlowLogFinder';
import { canonicalText, type SettingsForm } from './settings-form';
import { SourceCard } from './SourceCard';
import type { SavedSettings } from './useSavedSettings';

export interface SourceListProps {
  readonly form: SettingsForm;
  readonly saved: SavedSettings;
  readonly resources: ConfigResources;
}

/** With more sources than that, a list to look over is better than forms one below the other. */
const MAX_OPEN = 2;
/** What a data source without sources shows: where the first one goes. */
const FIRST: readonly SourceConfig[] = [{}];

/** The places where flow logs lie. */
export function SourceList({ form, saved, resources }: SourceListProps) {
  const styles = useStyles2(getStyles);
  const { json, isReadOnly } = form;
  const configured = json.sources ?? [];
  const sources = configured.length === 0 ? FIRST : configured;
  const problems = useMemo(() => findSourceProblems(sources), [sources]);
  // Cards keep their state when one before them is removed.
  const [ids, setIds] = useState(() => sources.map((_, index) => index));
  const [firstNewId] = useState(ids.length);
  const newId = Math.max(firstNewId, ...ids.map((id) => id + 1));
  const change = (changed: readonly SourceConfig[]) => {
    const isEmpty = changed.every((source) => Object.keys(source).length === 0) && changed.length <= 1;
    form.set('sources', isEmpty ? undefined : [...changed]);
  };
  /** In place of one that is still empty, else at the end. */
  const add = (source: SourceConfig) => {
    const at = sources.findIndex((other) => Object.keys(other).length === 0);
    if (at < 0) {
      setIds([...ids.slice(0, sources.length), newId]);
    }
    change(at < 0 ? [...sources, source] : sources.with(at, source));
  };
  return (
    <ConfigSection
      title="Sources"
      description="The buckets and log groups that flow logs are delivered to. Queries reach these and nothing else."
    >
      <div className={styles.list}>
        {sources.map((source, index) => (
          <SourceCard
            key={ids[index] ?? `new-${index}`}
            source={source}
            position={index + 1}
            problems={problems[index] ?? {}}
            saved={saved}
            resources={resources}
            isReadOnly={isReadOnly}
            isInitiallyOpen={index >= firstNewId || firstNewId <= MAX_OPEN}
            onChange={(to) => change(sources.map((other, at) => (at === index ? to : other)))}
            onRemove={
              configured.length === 0
                ? undefined
                : () => {
                    const left = ids.filter((_, at) => at !== index);
                    setIds(left.length === 0 ? [newId] : left);
                    change(sources.filter((_, at) => at !== index));
                  }
            }
          />
        ))}
      </div>
      <Button
        className={styles.add}
        variant="secondary"
        icon="plus"
        disabled={isReadOnly || sources.some((source) => Object.keys(source).length === 0)}
        onClick={() => add({})}
      >
        Add source
      </Button>
      <FlowLogFinder
        sources={configured}
        subject={canonicalText({ ...json, sources: undefined })}
        saved={saved}
        resources={resources}
        isReadOnly={isReadOnly}
        onAdd={add}
      />
    </ConfigSection>
  );
}

function getStyles(theme: GrafanaTheme2) {
  return {
    list: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
    add: css({ margin: theme.spacing(1, 0) }),
  };
}
