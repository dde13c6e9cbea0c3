/**
 * What a program may ask: the members of a query with their defaults left out. `normaliseQuery` reads and checks them.
 */
import type { FilterNode } from '../query/filter';
import type { AskedLogType, Counting, Direction, Limits, Measure, PortRule, ScanQuery } from '../query/model';
import { normaliseScanQuery } from '../query/normalise';

/** A moment: Unix milliseconds, RFC 3339, a date, or relative as in `now-1h`. */
export type Moment = string | number;

/** Which records. */
export interface Asked {
  /** Records that start in `[from, to)`; `to` is now if it is absent. Without a range all. */
  readonly range?: { readonly from: Moment; readonly to?: Moment };
  /** As `--filter` has it (`action = REJECT and dstport in (22, 3389)`), or its tree. */
  readonly filter?: string | FilterNode;
  /** Account ids of 12 digits; all if absent. */
  readonly accounts?: readonly string[];
  /** Region names; all if absent. */
  readonly regions?: readonly string[];
  /** `vpc`, `transit-gateway` or `all`. By default sums are of `vpc`, since gateways log again what VPCs have logged. */
  readonly logType?: AskedLogType;
  /** More than this fails, or with `onLimit: 'partial'` ends the answer early. */
  readonly limits?: Partial<Limits>;
}

/** How records are added up. */
export interface AskedGroups extends Asked {
  /** Fields to group by: documented names, `port` (the lower one), other columns in backticks. */
  readonly keys?: readonly string[];
  /** What is added up; the first one ranks. */
  readonly measures?: readonly Measure[];
  readonly portRule?: PortRule;
  /** How often a flow counts of which several interfaces have a record. By default `once`, for digests `as-logged`. */
  readonly counting?: Counting;
  /** For transit gateways: which of the two records of a flow counts. */
  readonly direction?: Direction;
}

/** All groups. */
export interface AskedDigest extends AskedGroups {
  /** Groups by time too: seconds, or a duration such as `5m`. */
  readonly bucketSec?: number | string;
}

/** The largest groups. */
export interface AskedTable extends AskedGroups {
  readonly top?: number;
  /** Fields of which the distinct values are counted. */
  readonly distinct?: readonly string[];
}

/** The largest groups over time. */
export interface AskedSeries extends AskedGroups {
  readonly top?: number;
  readonly bucketSec?: number | string;
  readonly fill?: 'zero' | 'null';
  readonly unit?: 'total' | 'rate';
}

/** Who talks to whom. */
export interface AskedGraph extends AskedGroups {
  /** Nodes besides *Other*. */
  readonly top?: number;
}

/** The query of what is asked. Throws `bad-query`. */
export function toQuery<V extends ScanQuery['view']>(view: V, asked: Asked): Extract<ScanQuery, { view: V }> {
  // What comes out has the view that went in.
  return normaliseScanQuery({ ...asked, view }, { nowMs: Date.now() }) as Extract<ScanQuery, { view: V }>;
}
