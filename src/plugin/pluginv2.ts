/**
 * The gRPC services between Grafana and a backend as they are on the wire: which field has which number, and which method
 * which messages. Grafana's own services (`pluginv2`), those of its plugin host (`plugin.GRPCController`) and gRPC's health
 * service. Methods that are not here are answered UNIMPLEMENTED, which Grafana understands: streams, admission, conversion,
 * chunked queries.
 */
import type { MethodDefinition } from '@grpc/grpc-js';
import {
  BOOL,
  BYTES,
  createMessageCodec,
  enumOf,
  INT32,
  INT64,
  listOf,
  mapOf,
  optional,
  STRING,
} from './message-codec';
import type { FieldCodec, MessageCodec } from './message-codec';
import type {
  AppInstanceSettings,
  CallResourceRequest,
  CallResourceResponse,
  CheckHealthRequest,
  CheckHealthResponse,
  CollectMetricsRequest,
  CollectMetricsResponse,
  DataQuery,
  DataResponse,
  DataSourceInstanceSettings,
  ErrorSource,
  PluginContext,
  QueryDataRequest,
  QueryDataResponse,
  QueryTimeRange,
  User,
} from './messages';

const USER = createMessageCodec<User>({ login: [1, STRING], name: [2, STRING], email: [3, STRING], role: [4, STRING] });

const APP_INSTANCE_SETTINGS = createMessageCodec<AppInstanceSettings>({
  jsonData: [3, BYTES],
  decryptedSecureJsonData: [4, mapOf(STRING)],
  lastUpdatedMs: [5, INT64],
  apiVersion: [6, STRING],
});

const DATA_SOURCE_INSTANCE_SETTINGS = createMessageCodec<DataSourceInstanceSettings>({
  id: [1, INT64],
  name: [2, STRING],
  url: [3, STRING],
  user: [4, STRING],
  database: [5, STRING],
  basicAuthEnabled: [6, BOOL],
  basicAuthUser: [7, STRING],
  jsonData: [8, BYTES],
  decryptedSecureJsonData: [9, mapOf(STRING)],
  lastUpdatedMs: [10, INT64],
  uid: [11, STRING],
  apiVersion: [12, STRING],
});

const PLUGIN_CONTEXT = createMessageCodec<PluginContext>({
  orgId: [1, INT64],
  pluginId: [2, STRING],
  user: [3, optional(USER)],
  appInstanceSettings: [4, optional(APP_INSTANCE_SETTINGS)],
  dataSourceInstanceSettings: [5, optional(DATA_SOURCE_INSTANCE_SETTINGS)],
  grafanaConfig: [6, mapOf(STRING)],
  pluginVersion: [7, STRING],
  userAgent: [8, STRING],
  apiVersion: [9, STRING],
  namespace: [10, STRING],
});

const QUERY_TIME_RANGE = createMessageCodec<QueryTimeRange>({ fromMs: [1, INT64], toMs: [2, INT64] });

const DATA_QUERY = createMessageCodec<DataQuery>({
  refId: [1, STRING],
  maxDataPoints: [2, INT64],
  intervalMs: [3, INT64],
  timeRange: [4, optional(QUERY_TIME_RANGE)],
  json: [5, BYTES],
  queryType: [6, STRING],
});

/** Also asks for a format of frames (4), Arrow or JSON; the answer says Arrow, which every version reads. */
export const QUERY_DATA_REQUEST = createMessageCodec<QueryDataRequest>({
  pluginContext: [1, optional(PLUGIN_CONTEXT)],
  headers: [2, mapOf(STRING)],
  queries: [3, listOf(DATA_QUERY)],
});

/** Metadata (3) is read by nobody; a format (6) of 0 is Arrow. */
const DATA_RESPONSE = createMessageCodec<DataResponse>({
  frames: [1, listOf(BYTES)],
  error: [2, STRING],
  status: [4, INT32],
  errorSource: [5, STRING as FieldCodec<string> as FieldCodec<ErrorSource>],
});

export const QUERY_DATA_RESPONSE = createMessageCodec<QueryDataResponse>({ responses: [1, mapOf(DATA_RESPONSE)] });

export const CHECK_HEALTH_REQUEST = createMessageCodec<CheckHealthRequest>({
  pluginContext: [1, optional(PLUGIN_CONTEXT)],
  headers: [2, mapOf(STRING)],
});

export const CHECK_HEALTH_RESPONSE = createMessageCodec<CheckHealthResponse>({
  status: [1, enumOf(['unknown', 'ok', 'error'])],
  message: [2, STRING],
  jsonDetails: [3, BYTES],
});

/** A list of texts in a message of its own, since a map's value cannot be a list. */
interface StringList {
  readonly values: readonly string[];
}
const STRING_LIST = createMessageCodec<StringList>({ values: [1, listOf(STRING)] });
const HEADER_LISTS = mapOf(toListCodec(STRING_LIST));

export const CALL_RESOURCE_REQUEST = createMessageCodec<CallResourceRequest>({
  pluginContext: [1, optional(PLUGIN_CONTEXT)],
  path: [2, STRING],
  method: [3, STRING],
  url: [4, STRING],
  headers: [5, HEADER_LISTS],
  body: [6, BYTES],
});

export const CALL_RESOURCE_RESPONSE = createMessageCodec<CallResourceResponse>({
  code: [1, INT32],
  headers: [2, HEADER_LISTS],
  body: [3, BYTES],
});

export const COLLECT_METRICS_REQUEST = createMessageCodec<CollectMetricsRequest>({
  pluginContext: [1, optional(PLUGIN_CONTEXT)],
});

export const COLLECT_METRICS_RESPONSE = createMessageCodec<CollectMetricsResponse>({
  metrics: [1, createMessageCodec<CollectMetricsResponse['metrics']>({ prometheus: [1, BYTES] })],
});

/** A message without fields. */
type Empty = Readonly<Record<never, never>>;
const EMPTY = createMessageCodec<Empty>({});

/** Whose health is asked for: `plugin`, or nobody's for the whole process. */
export interface HealthRequest {
  readonly service: string;
}
const HEALTH_REQUEST = createMessageCodec<HealthRequest>({ service: [1, STRING] });

export interface HealthResponse {
  readonly status: 'unknown' | 'serving' | 'not-serving' | 'service-unknown';
}
const HEALTH_RESPONSE = createMessageCodec<HealthResponse>({
  status: [1, enumOf(['unknown', 'serving', 'not-serving', 'service-unknown'])],
});

/** The methods of each service, as grpc-js takes them. */
export const SERVICES = {
  data: { queryData: defineMethod('pluginv2.Data', 'QueryData', QUERY_DATA_REQUEST, QUERY_DATA_RESPONSE) },
  resource: {
    callResource: defineMethod('pluginv2.Resource', 'CallResource', CALL_RESOURCE_REQUEST, CALL_RESOURCE_RESPONSE, {
      responseStream: true,
    }),
  },
  diagnostics: {
    checkHealth: defineMethod('pluginv2.Diagnostics', 'CheckHealth', CHECK_HEALTH_REQUEST, CHECK_HEALTH_RESPONSE),
    collectMetrics: defineMethod(
      'pluginv2.Diagnostics',
      'CollectMetrics',
      COLLECT_METRICS_REQUEST,
      COLLECT_METRICS_RESPONSE,
    ),
  },
  controller: { shutdown: defineMethod('plugin.GRPCController', 'Shutdown', EMPTY, EMPTY) },
  health: {
    check: defineMethod('grpc.health.v1.Health', 'Check', HEALTH_REQUEST, HEALTH_RESPONSE),
    watch: defineMethod('grpc.health.v1.Health', 'Watch', HEALTH_REQUEST, HEALTH_RESPONSE, { responseStream: true }),
  },
} as const;

function defineMethod<Request, Response>(
  service: string,
  name: string,
  request: MessageCodec<Request>,
  response: MessageCodec<Response>,
  { responseStream = false }: { readonly responseStream?: boolean } = {},
): MethodDefinition<Request, Response> {
  return {
    path: `/${service}/${name}`,
    requestStream: false,
    responseStream,
    requestSerialize: (message) => request.encode(message),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: (message) => response.encode(message),
    responseDeserialize: (bytes) => response.decode(bytes),
  };
}

/** A `StringList` as the list it holds. */
function toListCodec(codec: MessageCodec<StringList>): FieldCodec<readonly string[]> {
  return {
    wireType: codec.wireType,
    createEmpty: () => codec.createEmpty().values,
    read: (reader, values) => codec.read(reader, { values }).values,
    write: (writer, fieldNumber, values) => codec.write(writer, fieldNumber, { values }),
  };
}
