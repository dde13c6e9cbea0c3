/**
 * The data source in the browser: what Grafana calls. Each habit (variables, filters, annotations, logs) is a module of its
 * own; here they are only put together.
 */
import type { CoreApp, DataSourceInstanceSettings, ScopedVars } from '@grafana/data';
import { DataSourceWithBackend, getTemplateSrv, type TemplateSrv } from '@grafana/runtime';
import { createResources, type Resources } from './resources';
import { defaultQueryOf, describeQuery, isComplete, type SavedQuery } from './saved-query';
import type { FlowLogsJsonData } from './settings';

/** One data source of the plugin. */
export class FlowLogsDataSource extends DataSourceWithBackend<SavedQuery, FlowLogsJsonData> {
  readonly resources: Resources;
  readonly settings: FlowLogsJsonData;

  constructor(
    instanceSettings: DataSourceInstanceSettings<FlowLogsJsonData>,
    private readonly templateSrv: TemplateSrv = getTemplateSrv(),
  ) {
    super(instanceSettings);
    this.settings = instanceSettings.jsonData;
    this.resources = createResources(this);
  }

  override getDefaultQuery(app: CoreApp): Partial<SavedQuery> {
    return defaultQueryOf(app);
  }

  override filterQuery(query: SavedQuery): boolean {
    return isComplete(query);
  }

  override getQueryDisplayText(query: SavedQuery): string {
    return describeQuery(query);
  }

  override applyTemplateVariables(query: SavedQuery, _scopedVars: ScopedVars): SavedQuery {
    return query;
  }
}
