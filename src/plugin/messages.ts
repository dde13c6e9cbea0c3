/**
 * What Grafana asks a backend and what it answers, as plain data: the messages of the `pluginv2` services in this project's
 * terms. How they are written as bytes is in `pluginv2.ts`; handlers need only this file.
 *
 * As always in protocol buffers, a text, number or list that was not sent is empty or zero, never missing; only a message
 * within a message may be. Maps are `Map`s, because their keys are whatever a user typed (`__proto__` too). Sizes of 64 bits
 * are numbers: what Grafana sends there are ids and milliseconds, all below 2^53.
 */

/** Whose fault an error is: this plugin's own, or that of what it reads (or of who asked for it). */
export type ErrorSource = 'plugin' | 'downstream';

/** The Grafana user on whose behalf a call is made. */
export interface User {
  readonly login: string;
  readonly name: string;
  readonly email: string;
  /** `Viewer`, `Editor`, `Admin`, `None`. */
  readonly role: string;
}

/** Settings of an app plugin; a data source never gets them. */
export interface AppInstanceSettings {
  readonly jsonData: Uint8Array;
  readonly decryptedSecureJsonData: ReadonlyMap<string, string>;
  readonly lastUpdatedMs: number;
  readonly apiVersion: string;
}

/** The data source as its administrator configured it. Holds secrets: never print it. */
export interface DataSourceInstanceSettings {
  /** Going away; identify a data source by `uid`. */
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly url: string;
  readonly user: string;
  readonly database: string;
  readonly basicAuthEnabled: boolean;
  readonly basicAuthUser: string;
  /** JSON text; may be empty. */
  readonly jsonData: Uint8Array;
  readonly decryptedSecureJsonData: ReadonlyMap<string, string>;
  readonly lastUpdatedMs: number;
  readonly apiVersion: string;
}

/** For whom and for which data source a call is. */
export interface PluginContext {
  readonly orgId: number;
  readonly pluginId: string;
  readonly pluginVersion: string;
  /** Missing when Grafana itself asks. */
  readonly user?: User;
  readonly appInstanceSettings?: AppInstanceSettings;
  /** Missing when the plugin as such is meant, not one of its data sources. */
  readonly dataSourceInstanceSettings?: DataSourceInstanceSettings;
  /** `GF_…` and `AWS_…` settings of Grafana, as they are now. Holds secrets: never print it. */
  readonly grafanaConfig: ReadonlyMap<string, string>;
  /** As in `Grafana/12.4.0 (linux; amd64)`. */
  readonly userAgent: string;
  readonly apiVersion: string;
  /** From Grafana 13 on. */
  readonly namespace: string;
}

/** `[fromMs, toMs)`, milliseconds since 1970. */
export interface QueryTimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One query of a panel, of Explore or of an alert rule. */
export interface DataQuery {
  readonly refId: string;
  readonly queryType: string;
  readonly maxDataPoints: number;
  readonly intervalMs: number;
  readonly timeRange?: QueryTimeRange;
  /** The query as the frontend wrote it, JSON text; may be empty. */
  readonly json: Uint8Array;
}

export interface QueryDataRequest {
  readonly pluginContext?: PluginContext;
  /** HTTP headers are under `http_…`, a few others (`FromAlert`) under their own name. Holds tokens: never print it. */
  readonly headers: ReadonlyMap<string, string>;
  readonly queries: readonly DataQuery[];
}

/** The answer to one query. Frames and an error together are a partial answer. */
export interface DataResponse {
  /** One Arrow IPC file each. */
  readonly frames?: readonly Uint8Array[];
  /** An HTTP status; 200 has to be said, since 0 counts as 500. */
  readonly status: number;
  readonly error?: string;
  readonly errorSource?: ErrorSource;
}

export interface QueryDataResponse {
  /** By `refId`; one for each that was asked. */
  readonly responses: ReadonlyMap<string, DataResponse>;
}

export interface CheckHealthRequest {
  readonly pluginContext?: PluginContext;
  readonly headers: ReadonlyMap<string, string>;
}

export interface CheckHealthResponse {
  readonly status: 'unknown' | 'ok' | 'error';
  readonly message: string;
  /** JSON text of an object; its `verboseMessage` can be unfolded. */
  readonly jsonDetails?: Uint8Array;
}

/** An HTTP request to `/api/datasources/uid/<uid>/resources/<path>`. */
export interface CallResourceRequest {
  readonly pluginContext?: PluginContext;
  /** Without a slash at its head. */
  readonly path: string;
  readonly method: string;
  /** `path`, with `?` and the query string if there is one. */
  readonly url: string;
  /** Holds tokens: never print it. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Uint8Array;
}

/** An HTTP response, or a further piece of its body. */
export interface CallResourceResponse {
  /** The HTTP status; of the first message only, which must have it. */
  readonly code?: number;
  /** Of the first message only. */
  readonly headers?: ReadonlyMap<string, readonly string[]>;
  readonly body?: Uint8Array;
}

export interface CollectMetricsRequest {
  readonly pluginContext?: PluginContext;
}

export interface CollectMetricsResponse {
  readonly metrics: { readonly prometheus: Uint8Array };
}
