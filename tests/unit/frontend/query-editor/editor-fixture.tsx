/** The query editor as Grafana shows it: it keeps the query, and a data source answers as the backend does. */
import {
  CoreApp,
  dateTime,
  type AdHocVariableFilter,
  type PanelData,
  type ScopedVars,
  type TimeRange,
} from '@grafana/data';
import { setTemplateSrv } from '@grafana/runtime';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import type { FlowLogsDataSource } from '../../../../src/frontend/data-source';
import type { EditedDataSource } from '../../../../src/frontend/query-editor/edited-data-source';
import { QueryEditor } from '../../../../src/frontend/QueryEditor';
import type { SavedQuery } from '../../../../src/frontend/saved-query';
import { createVariableReader } from '../../../../src/frontend/variable-reader';
import { interpolateQuery } from '../../../../src/query/interpolate-query';
import type { EstimateAnswer, FieldSummary } from '../../../../src/query/resource-answers';
import { createTemplateSrv, type FakeVariable } from '../setup/template-srv';

const NO_PROBLEMS = { first: [], count: 0 };

/** An estimate of a small query, but for what is given. */
export function estimateOf(facts: Partial<EstimateAnswer> = {}): EstimateAnswer {
  return {
    ...{
      objects: 312,
      bytes: 84e6,
      unsizedObjects: 0,
      cachedObjects: 0,
      storedObjects: 0,
      storedProblem: null,
      seconds: 0.62,
      accountCount: 2,
      regionCount: 3,
    },
    ...{ range: null, prefixes: [], prefixCount: 0, limits: { maxObjects: 1e5, maxBytes: 5e10, onLimit: 'fail' } },
    ...{ oldestStampMs: 1795248000000, newestStampMs: 1795259700000 },
    leftOut: { archivedObjects: 0, emptyObjects: 0, foreignObjects: 0 },
    ...{ overLimits: [], wouldFail: false, cost: { text: 'Less than 0.01 USD.' }, problems: NO_PROBLEMS },
    ...facts,
  };
}

const FIELDS: readonly FieldSummary[] = [
  ['srcaddr', 'address', true],
  ['dstaddr', 'address', true],
  ['dstport', 'integer', true],
  ['action', 'text', true],
  ['vpc-id', 'text', false],
].map(([name, type, isFound]) => ({
  ...{ name: name as string, type: type as string, role: 'key', meaning: `meaning of ${String(name)}`, version: 2 },
  ...{ isDocumented: true, isFound: isFound as boolean },
}));

type Resources = EditedDataSource['resources'];
/** Every resource as a spy. */
export type ResourceSpies = { [K in keyof Required<Resources>]: jest.Mock };

/** A data source's resources, with answers like the backend's unless a test has its own. */
export function createResourceSpies(own: Partial<Record<keyof Resources, unknown>> = {}): ResourceSpies {
  const answers: Record<keyof Resources, unknown> = {
    sources: { sources: [{ name: 'prod', location: 's3://prod-logs/', kind: 's3' }] },
    accounts: {
      accounts: [
        { account: '111122223333', sources: ['prod'] },
        { account: '444455556666', sources: ['prod'] },
      ],
      isCut: false,
      problems: NO_PROBLEMS,
    },
    regions: { regions: [{ region: 'eu-west-1', sources: ['prod'] }], isCut: false, problems: NO_PROBLEMS },
    fields: { fields: FIELDS },
    values: { field: 'dstport', values: [], valueCount: 0, missingFlows: 0, isPartial: false, notices: [] },
    estimate: estimateOf(),
    flowLogs: { flowLogs: [], isCut: false, problems: NO_PROBLEMS },
    graph: 'digraph {}',
    graphUrl: 'http://grafana/graph.svg?query=x',
    ...own,
  };
  return Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      jest.fn(() => {
        if (answer instanceof Error) {
          return Promise.reject(answer);
        }
        return name === 'graphUrl' ? answer : Promise.resolve(answer);
      }),
    ]),
  ) as ResourceSpies;
}

/** What a test wants of the editor. */
export interface EditorSetup {
  readonly query?: Partial<SavedQuery>;
  readonly app?: CoreApp;
  readonly resources?: ResourceSpies;
  readonly settings?: EditedDataSource['settings'];
  readonly variables?: Readonly<Record<string, FakeVariable>>;
  readonly range?: TimeRange;
  /** What the panel was last asked with. */
  readonly request?: {
    readonly range?: TimeRange;
    readonly filters?: readonly AdHocVariableFilter[];
    readonly scopedVars?: ScopedVars;
  };
  readonly hasFakeTimers?: boolean;
}

export const RANGE: TimeRange = {
  from: dateTime(1795240800000),
  to: dateTime(1795258800000),
  raw: { from: 'now-6h', to: 'now' },
};

/** Renders the editor; `latest()` is the query that it has made. */
export function renderEditor(setup: EditorSetup = {}) {
  const { app = CoreApp.Explore, resources = createResourceSpies(), settings = {}, variables = {} } = setup;
  const templateSrv = createTemplateSrv(variables);
  setTemplateSrv(templateSrv);
  const dataSource: EditedDataSource = {
    settings,
    resources,
    interpolateVariablesInQueries: (queries, scopedVars, filters) =>
      queries.map((query) => interpolateQuery(query, createVariableReader(templateSrv, scopedVars), filters)),
  };
  const onRunQuery = jest.fn();
  const onChange = jest.fn<undefined, [SavedQuery]>();
  const first: SavedQuery = { refId: 'A', ...setup.query };
  let replace: (query: SavedQuery) => void = () => undefined;
  function Harness() {
    const [query, setQuery] = useState(first);
    replace = setQuery;
    return (
      <QueryEditor
        app={app}
        datasource={dataSource as unknown as FlowLogsDataSource}
        query={query}
        range={setup.range ?? RANGE}
        data={setup.request && ({ series: [], state: 'Done', request: setup.request } as unknown as PanelData)}
        onChange={(next) => {
          onChange(next);
          setQuery(next);
        }}
        onRunQuery={onRunQuery}
      />
    );
  }
  const user = userEvent.setup(setup.hasFakeTimers ? { advanceTimers: jest.advanceTimersByTime } : {});
  render(<Harness />);
  return {
    user,
    resources,
    onChange,
    onRunQuery,
    latest: () => onChange.mock.lastCall?.[0],
    /** As the query history does. */
    replaceQuery: (query: SavedQuery) => replace(query),
  };
}
