/** Template variables whose query has an editor of its own. */
import { CustomVariableSupport, type DataQueryRequest, type DataQueryResponse } from '@grafana/data';
import { from, map, type Observable } from 'rxjs';
import type { FlowLogsDataSource } from './data-source';
import { listVariableValues, type VariableQuery } from './variable-query';
import { VariableQueryEditor } from './VariableQueryEditor';

/** Lists a variable's values. */
export class FlowLogsVariableSupport extends CustomVariableSupport<FlowLogsDataSource, VariableQuery> {
  readonly #dataSource: FlowLogsDataSource;
  override editor = VariableQueryEditor;

  constructor(dataSource: FlowLogsDataSource) {
    super();
    this.#dataSource = dataSource;
  }

  override query({ targets, scopedVars, range }: DataQueryRequest<VariableQuery>): Observable<DataQueryResponse> {
    const [query = { refId: 'variable' }] = targets;
    const { resources } = this.#dataSource;
    const values = listVariableValues(query, resources, this.#dataSource.readVariables(scopedVars), range);
    return from(values).pipe(map((data) => ({ data })));
  }
}
