/**
 * The seam between the gRPC services and what answers them: one function per call that Grafana makes. Who implements it sees
 * plain messages, a signal and a log; how calls arrive, how errors leave and when the process ends is behind it
 * (`grpc-services.ts`, `serve-plugin.ts`).
 */
import type {
  CallResourceRequest,
  CallResourceResponse,
  CheckHealthRequest,
  CheckHealthResponse,
  CollectMetricsRequest,
  CollectMetricsResponse,
  QueryDataRequest,
  QueryDataResponse,
} from './messages';
import type { Log } from './log';

/** What a handler knows about the call besides its request. */
export interface PluginCall {
  /** Aborted when Grafana gives the call up (closed panel, newer query, timeout of a rule) and when the plugin ends. */
  readonly signal: AbortSignal;
  /** Lines say which call and which data source they are about. */
  readonly log: Log;
  /** A gRPC metadata entry, for instance `traceparent` or `tenantid`. */
  readonly readMetadata: (name: string) => string | undefined;
}

/** A resource call answers by sending. */
export interface ResourceCall extends PluginCall {
  /**
   * Sends the response or the next piece of its body. The first must have `code`. Resolves when more may be sent; rejects
   * with `aborted` when nobody reads any more. Owns `body` until it resolves.
   */
  send(response: CallResourceResponse): Promise<void>;
}

/**
 * Answers Grafana. Any of these may reject, preferably with a `FlowError`; calls run at the same time. What a rejection
 * becomes:
 * - `queryData`: the whole call fails and users see no reason, so that a query's own error belongs in its response;
 * - `checkHealth`: the answer is `error` with the message;
 * - `callResource`: the HTTP status of the error's code with `{"message"}`, or a broken body if something was sent before;
 * - `collectMetrics`: the call fails.
 */
export interface PluginHandlers {
  queryData(request: QueryDataRequest, call: PluginCall): Promise<QueryDataResponse>;
  checkHealth(request: CheckHealthRequest, call: PluginCall): Promise<CheckHealthResponse>;
  callResource(request: CallResourceRequest, call: ResourceCall): Promise<void>;
  collectMetrics(request: CollectMetricsRequest, call: PluginCall): Promise<CollectMetricsResponse>;
  /** Called once, after the signals of all calls have been aborted; the process ends at most a second later. */
  close(): Promise<void>;
}
