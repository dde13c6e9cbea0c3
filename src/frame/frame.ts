/**
 * A Grafana data frame as plain data: what the views become, and what `encode-frame.ts` writes as Arrow. Grafana reads
 * `config`, `meta` and `labels` into typed Go structs, and one member of a wrong type fails the whole response; so these
 * types hold only what those structs take, in the types they take it in. Members that Grafana would drop are not here.
 */

/** A value that JSON can hold. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** One frame: a table of typed columns. All fields have equally many values. No fields at all is Grafana's "no data". */
export interface Frame {
  readonly name: string;
  /** Grafana fills in the key of the response where it is absent. */
  readonly refId?: string;
  readonly fields: readonly FrameField[];
  readonly meta?: FrameMeta;
}

/** One column with its name, what tells it from others of that name, and how it is shown. */
export type FrameField = FieldValues & {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly config?: FieldConfig;
};

/**
 * The values of a column by type. A nullable column has pointers on Grafana's side. That is fine everywhere but for the time
 * of a frame that a rule or an expression reads: such a frame counts as having no time at all.
 */
export type FieldValues =
  /** Whole Unix seconds or milliseconds. */
  | (Nullability<'time', number> & { readonly unit: 's' | 'ms' })
  /** For sums: exact up to 2⁵³, also in the browser. */
  | Nullability<'float64', number>
  /** Whole numbers up to 2⁵³. */
  | Nullability<'int64', number>
  | Nullability<'string', string>
  | Nullability<'boolean', boolean>
  | Nullability<'json', JsonValue>;

type Nullability<Type extends string, Value> =
  | { readonly type: Type; readonly values: ArrayLike<Value>; readonly nullable?: false }
  | { readonly type: Type; readonly values: ArrayLike<Value | null>; readonly nullable: true };

/** How a field is shown. */
export interface FieldConfig {
  readonly displayName?: string;
  /** Like `displayName`, but one set in a panel wins over it. */
  readonly displayNameFromDS?: string;
  readonly description?: string;
  /** A unit of Grafana's list, such as `decbytes`. */
  readonly unit?: string;
  /** Grafana takes a whole number from 0 on. */
  readonly decimals?: 0 | 1 | 2 | 3 | 4;
  readonly min?: number;
  readonly max?: number;
  readonly noValue?: string;
  /** Cells offer "filter for" and "filter out". */
  readonly filterable?: boolean;
  /** Without a mode the frontend ignores the colour. */
  readonly color?: { readonly mode: 'fixed'; readonly fixedColor: string };
  readonly links?: readonly DataLink[];
  /** Options of single panels. */
  readonly custom?: { readonly [name: string]: JsonValue };
}

/** A link of a cell, node or edge: to a URL, or to Explore with a query. Both may hold `${__data.fields["…"]}`. */
export type DataLink =
  | { readonly title: string; readonly url: string; readonly targetBlank?: boolean }
  | { readonly title: string; readonly url: ''; readonly internal: InternalLink };

/** A query of this or another data source to open in Explore. */
export interface InternalLink {
  readonly datasourceUid: string;
  readonly datasourceName: string;
  readonly query: { readonly [name: string]: JsonValue };
}

/** What Grafana's expressions and panels may take a frame for; version `[0, 1]` is the only one of each. */
export type DataplaneType = 'timeseries-wide' | 'timeseries-multi' | 'numeric-wide' | 'numeric-long' | 'log-lines';

/** What a frame says of itself: its kind, how it came about, and what a reader should know. */
export interface FrameMeta {
  readonly type?: DataplaneType;
  /** With it expressions read the frame strictly by its type. */
  readonly typeVersion?: readonly [0, 1];
  readonly preferredVisualisationType?: 'graph' | 'table' | 'logs' | 'nodeGraph';
  /** A panel shows only the last of each severity. */
  readonly notices?: readonly Notice[];
  readonly stats?: readonly Stat[];
  /** What was run, for Inspect → Query. */
  readonly executedQueryString?: string;
  readonly custom?: { readonly [name: string]: JsonValue };
}

/** A remark on an answer, shown in a panel's header. `inspect` is left out: Grafana's two sides disagree on its type. */
export interface Notice {
  readonly severity: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly link?: string;
}

/** A figure for Inspect → Stats. */
export interface Stat {
  readonly displayName: string;
  readonly value: number;
  readonly unit?: string;
  readonly decimals?: FieldConfig['decimals'];
}
