import { CoreApp, getDefaultTimeRange, LoadingState, type QueryEditorProps } from '@grafana/data';
import { EditorRow, EditorRows } from '@grafana/plugin-ui';
import { useMemo } from 'react';
import { QUERY_VERSION } from '../query/model';
import type { FlowLogsDataSource } from './data-source';
import { checkFilter } from './query-editor/check-filter';
import { variableNames, withRequest } from './query-editor/edited-data-source';
import { EstimateProblems } from './query-editor/EstimateLine';
import { FilterField } from './query-editor/FilterField';
import { GroupRow, RecordsRow } from './query-editor/GroupRow';
import { HeaderRow } from './query-editor/HeaderRow';
import { OptionsRow } from './query-editor/OptionsRow';
import type { QueryEdit } from './query-editor/query-edit';
import { ScopeRow } from './query-editor/ScopeRow';
import { switchView } from './query-editor/switch-view';
import { useEstimate } from './query-editor/useEstimate';
import { useFields } from './query-editor/useFields';
import { readQuery, viewOf, withMember, type SavedQuery } from './saved-query';
import type { FlowLogsJsonData } from './settings';

export type QueryEditorInput = QueryEditorProps<FlowLogsDataSource, SavedQuery, FlowLogsJsonData>;

/** One query: what is shown, of which logs and records, added up how; and what that would read, before it does. */
export function QueryEditor({ app, data, datasource, query: saved, onChange, onRunQuery, ...props }: QueryEditorInput) {
  const query = readQuery(saved);
  const view = viewOf(query);
  const dataSource = withRequest(datasource, data?.request);
  const edit: QueryEdit = {
    query,
    view,
    dataSource,
    // A panel may have a time range of its own, which only its request knows.
    range: data?.request?.range ?? props.range ?? data?.timeRange ?? getDefaultTimeRange(),
    variables: variableNames(),
    set: (member, value) => onChange({ ...withMember(query, member, value), version: QUERY_VERSION, view }),
    run: onRunQuery,
  };
  // Completeness only lists: there is nothing to filter, to read or to limit.
  const isRead = view !== 'completeness';
  const known = useFields(dataSource, query);
  const { problem } = useMemo(() => checkFilter(query.filter ?? ''), [query.filter]);
  const estimate = useEstimate(dataSource, saved, edit.range, isRead && problem === undefined);
  return (
    <EditorRows>
      <HeaderRow
        edit={edit}
        estimate={estimate}
        isRule={app === CoreApp.UnifiedAlerting || app === CoreApp.CloudAlerting}
        isRunning={data?.state === LoadingState.Loading}
        problem={problem?.message}
        onView={(next) => {
          onChange(switchView(query, next));
          onRunQuery();
        }}
      />
      <EstimateProblems state={estimate} />
      <ScopeRow edit={edit} />
      {isRead && (
        <EditorRow>
          <FilterField edit={edit} fields={known.fields} onFocus={known.start} />
        </EditorRow>
      )}
      {view === 'records' && <RecordsRow edit={edit} known={known} />}
      {view !== 'records' && view !== 'completeness' && <GroupRow edit={edit} known={known} view={view} />}
      {isRead && <OptionsRow edit={edit} known={known} />}
    </EditorRows>
  );
}
