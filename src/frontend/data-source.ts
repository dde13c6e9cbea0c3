/**
 * The data source in the browser: what Grafana calls. Each habit (variables, filters, annotations, logs) is a module of its
 * own; here they are only put together.
 */
import {
  CoreApp,
  SupplementaryQueryType,
  type AdHocVariableFilter,
  type DataFrame,
  type DataQueryError,
  type DataQueryRequest,
  type DataQueryResponse,
  type DataSourceGetDrilldownsApplicabilityOptions,
  type DataSourceGetTagValuesOptions,
  type DataSourceInstanceSettings,
  type DataSourceWithLogsContextSupport,
  type DataSourceWithQueryModificationSupport,
  type DataSourceWithSupplementaryQueriesSupport,
  type DataSourceWithToggleableQueryFiltersSupport,
  type DrilldownsApplicability,
  type LogRowContextOptions,
  type LogRowModel,
  type MetricFindValue,
  type QueryFilterOptions,
  type QueryFixAction,
  type QueryFixType,
  type ScopedVars,
  type SupplementaryQueryOptions,
  type ToggleFilterAction,
} from '@grafana/data';
import { DataSourceWithBackend, getTemplateSrv, type TemplateSrv } from '@grafana/runtime';
import { lastValueFrom, map, of, type Observable } from 'rxjs';
import { FlowError } from '../errors';
import { addAdHocFilters } from '../query/ad-hoc-filters';
import { findKnownName, printFieldName } from '../query/field-name';
import { interpolateQuery } from '../query/interpolate-query';
import type { VariableReader } from '../query/variables';
import { createAnnotationSupport } from './annotations';
import { clickFilter, isFilteredFor } from './click-filter';
import { withExploreCanvas } from './explore-canvas';
import { describeApplicability } from './filter-applicability';
import { contextQuery, readContext } from './log-context';
import { logsVolumeQuery, splitByLevel } from './logs-volume';
import { createResources, type Resources } from './resources';
import { defaultQueryOf, describeQuery, isComplete, viewOf, type SavedQuery } from './saved-query';
import type { FlowLogsJsonData } from './settings';
import { FlowLogsVariableSupport } from './variable-support';
import { createVariableReader } from './variable-reader';

/** One data source of the plugin. */
export class FlowLogsDataSource
  extends DataSourceWithBackend<SavedQuery, FlowLogsJsonData>
  implements
    DataSourceWithLogsContextSupport<SavedQuery>,
    DataSourceWithQueryModificationSupport<SavedQuery>,
    DataSourceWithSupplementaryQueriesSupport<SavedQuery>,
    DataSourceWithToggleableQueryFiltersSupport<SavedQuery>
{
  readonly resources: Resources;
  readonly settings: FlowLogsJsonData;
  readonly #templateSrv: TemplateSrv;

  constructor(instanceSettings: DataSourceInstanceSettings<FlowLogsJsonData>, templateSrv = getTemplateSrv()) {
    super(instanceSettings);
    this.settings = instanceSettings.jsonData;
    this.resources = createResources(this);
    this.#templateSrv = templateSrv;
    this.annotations = createAnnotationSupport();
    this.variables = new FlowLogsVariableSupport(this);
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

  /** Dashboard variables as Grafana has them now, those of a panel first. */
  readVariables(scopedVars?: ScopedVars): VariableReader {
    return createVariableReader(this.#templateSrv, scopedVars);
  }

  /** Throws `bad-query`, naming the variable or ad-hoc filter that does not fit. */
  override applyTemplateVariables(
    query: SavedQuery,
    scopedVars: ScopedVars,
    filters?: AdHocVariableFilter[],
  ): SavedQuery {
    return interpolateQuery(query, this.readVariables(scopedVars), filters);
  }

  /** A query whose variables do not fit fails alone; the others are asked. */
  override query(request: DataQueryRequest<SavedQuery>): Observable<DataQueryResponse> {
    const errors = request.targets.flatMap((query) => this.#findFault(query, request) ?? []);
    const targets = request.targets.filter(({ refId }) => !errors.some((error) => error.refId === refId));
    const drawn =
      request.app === CoreApp.Explore ? targets.map((query) => withExploreCanvas(query, innerWidth)) : targets;
    const answer =
      targets.length > 0 ? super.query({ ...request, targets: drawn }) : of<DataQueryResponse>({ data: [] });
    return answer.pipe(
      map((response) => ({
        ...response,
        data: (response.data as DataFrame[]).flatMap(splitByLevel),
        ...(errors.length > 0 && { errors: [...(response.errors ?? []), ...errors] }),
      })),
    );
  }

  #findFault(query: SavedQuery, { scopedVars, filters }: DataQueryRequest<SavedQuery>): DataQueryError | undefined {
    try {
      this.applyTemplateVariables(query, scopedVars, filters);
      return undefined;
    } catch (thrown) {
      const { message } = FlowError.from(thrown);
      return { refId: query.refId, message, status: 400 };
    }
  }

  override async getTagKeys(): Promise<MetricFindValue[]> {
    const { fields } = await this.resources.fields({ all: true });
    // Those that the logs have first; the names for either side of a flow are as good as fields.
    const known = fields.filter(({ isFound, derived }) => isFound || derived?.includes('filter'));
    return (known.length > 0 ? known : fields).map(({ name }) => ({ text: name, value: name }));
  }

  override async getTagValues({
    key,
    filters,
    timeRange,
  }: DataSourceGetTagValuesOptions<SavedQuery>): Promise<MetricFindValue[]> {
    const filter = addAdHocFilters(
      '',
      filters.filter((other) => other.key !== key),
    );
    const field = findKnownName(key, 'filter') ?? printFieldName(key);
    const { values } = await this.resources.values({ field, filter, range: timeRange });
    return values.map(({ value, text }) => ({ text, value }));
  }

  override getDrilldownsApplicability(
    options?: DataSourceGetDrilldownsApplicabilityOptions<SavedQuery>,
  ): Promise<DrilldownsApplicability[]> {
    const isAsked = options?.queries?.every((query) => viewOf(query) === 'completeness') !== true;
    return Promise.resolve((options?.filters ?? []).map((filter) => describeApplicability(filter, isAsked)));
  }

  toggleQueryFilter(query: SavedQuery, { type, options: { key, value } }: ToggleFilterAction): SavedQuery {
    return clickFilter(query, { key, value, isOut: type === 'FILTER_OUT', isToggle: true });
  }

  queryHasFilter(query: SavedQuery, options: QueryFilterOptions): boolean {
    return isFilteredFor(query, options);
  }

  override modifyQuery(query: SavedQuery, { type, options }: QueryFixAction): SavedQuery {
    const { key, value } = options ?? {};
    return type === 'ADD_FILTER' || type === 'ADD_FILTER_OUT'
      ? clickFilter(query, { key, value, isOut: type === 'ADD_FILTER_OUT' })
      : query;
  }

  getSupportedQueryModifications(): QueryFixType[] {
    return ['ADD_FILTER', 'ADD_FILTER_OUT'];
  }

  getSupportedSupplementaryQueryTypes(): SupplementaryQueryType[] {
    return [SupplementaryQueryType.LogsVolume];
  }

  getSupplementaryQuery({ type }: SupplementaryQueryOptions, query: SavedQuery): SavedQuery | undefined {
    return type === SupplementaryQueryType.LogsVolume ? logsVolumeQuery(query) : undefined;
  }

  getSupplementaryRequest(
    type: SupplementaryQueryType,
    request: DataQueryRequest<SavedQuery>,
  ): DataQueryRequest<SavedQuery> | undefined {
    const isVolume = type === SupplementaryQueryType.LogsVolume;
    const targets = isVolume ? request.targets.flatMap((query) => logsVolumeQuery(query) ?? []) : [];
    return targets.length > 0 ? { ...request, targets } : undefined;
  }

  getLogRowContext(row: LogRowModel, options?: LogRowContextOptions, query?: SavedQuery): Promise<DataQueryResponse> {
    return readContext((request) => lastValueFrom(this.query(request)), row, options, query);
  }

  getLogRowContextQuery(row: LogRowModel, options?: LogRowContextOptions, query?: SavedQuery): Promise<SavedQuery> {
    return Promise.resolve(contextQuery(row, options, query));
  }
}
