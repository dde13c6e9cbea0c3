import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { EditorHeader, FlexItem, InlineSelect, RunQueryButton } from '@grafana/plugin-ui';
import { useStyles2 } from '@grafana/ui';
import type { View } from '../../query/model';
import { VIEW_NAMES } from '../saved-query';
import { describeRule, RULE_VIEWS } from './describe-rule';
import { EstimateSummary } from './EstimateLine';
import { ExportMenu } from './ExportMenu';
import type { QueryEdit } from './query-edit';
import type { EstimateState } from './useEstimate';

const VIEW_ORDER: readonly View[] = ['graph', 'table', 'series', 'stat', 'records', 'events', 'completeness'];
const MEANINGS: Readonly<Record<View, string>> = {
  graph: 'Who talks to whom',
  table: 'The largest groups',
  series: 'The largest groups over time',
  stat: 'One total per measure',
  records: 'Single records',
  events: 'Bursts and what is new, for annotations and rules',
  completeness: 'Whether the logs themselves have come',
  digest: 'All groups, in key order',
};

interface HeaderRowProps {
  readonly edit: QueryEdit;
  readonly estimate: EstimateState;
  readonly isRule: boolean;
  readonly isRunning: boolean;
  /** Why the query would fail, as far as the editor can tell. */
  readonly problem?: string;
  readonly onView: (view: View) => void;
}

/** What is shown, what it would cost, and the buttons. */
export function HeaderRow({ edit, estimate, isRule, isRunning, problem, onView }: HeaderRowProps) {
  const styles = useStyles2(getStyles);
  const { query, view, run } = edit;
  const offered = isRule ? RULE_VIEWS : VIEW_ORDER;
  const views = offered.includes(view) ? offered : [...offered, view];
  return (
    <EditorHeader>
      <InlineSelect<View>
        label="View"
        aria-label="View"
        value={view}
        options={views.map((value) => ({ value, label: VIEW_NAMES[value], description: MEANINGS[value] }))}
        // Not the view: one that there is not is shown as the default, which may then be chosen.
        onChange={({ value }) => value !== undefined && value !== query.view && onView(value)}
        width={22}
      />
      {isRule && <span className={styles.rule}>{describeRule(query)}</span>}
      <FlexItem grow={1} />
      <EstimateSummary state={estimate} />
      {view === 'graph' && <ExportMenu edit={edit} />}
      <RunQueryButton
        ariaLabel="Run query"
        queryRunning={isRunning}
        queryInvalid={problem !== undefined}
        invalidQueryTooltip={problem}
        onClick={run}
      />
    </EditorHeader>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  rule: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
});
