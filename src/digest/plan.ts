/**
 * Compiles a query into what the digester needs: which fields are read, into which registers, and what is kept. A plan is
 * plain data, so that it reaches worker threads; what depends on an object's header is decided there
 * (`line-scanner.ts`).
 */
import { fieldOrText } from '../flow/fields';
import type { LogType } from '../flow/log-type';
import { rawFieldNames } from '../query/field-name';
import type { FilterNode } from '../query/filter';
import { digestKeys, filterNames } from '../query/required-fields';
import type { PortRule, RecordsQuery, ScanQuery } from '../query/model';

/** How one key's value is held in a row: `port` is derived from the two ports, the rest are columns. */
export interface PlanKey {
  readonly name: string;
  readonly kind: 'integer' | 'long' | 'address' | 'text' | 'port';
}

interface PlanBase {
  /** Records with `start` in `[fromSec, toSec)`. */
  readonly range?: { readonly fromSec: number; readonly toSec: number };
  readonly filter?: FilterNode;
  /** Objects of other flow logs are not counted; absent for all. */
  readonly logType?: LogType;
}

/** Group and add up. */
export interface DigestPlan extends PlanBase {
  readonly kind: 'digest';
  readonly keys: readonly PlanKey[];
  /** Fields to add up; `packets` and `bytes` come first. */
  readonly sums: readonly string[];
  readonly bucketSec?: number;
  readonly portRule: PortRule;
  /** Records of this direction are copies of others that count. */
  readonly copyDirection?: 'ingress' | 'egress';
  /** More distinct keys than this is `over-limit`. */
  readonly maxKeys: number;
}

/** Keep the newest or oldest single records. */
export interface RecordsPlan extends PlanBase {
  readonly kind: 'records';
  readonly top: number;
  readonly order: RecordsQuery['order'];
}

export type Plan = DigestPlan | RecordsPlan;

/** The plan of a query. Times have a resolution of one second, as records have. */
export function compilePlan(query: ScanQuery): Plan {
  const range = query.range && {
    fromSec: Math.ceil(query.range.fromMs / 1000),
    toSec: Math.ceil(query.range.toMs / 1000),
  };
  const { logType = 'all' } = query;
  const base = { range, filter: query.filter, ...(logType === 'all' ? {} : { logType }) };
  if (query.view === 'records') {
    return { ...base, kind: 'records', top: query.top, order: query.order };
  }
  return {
    ...base,
    kind: 'digest',
    keys: digestKeys(query).map(planKey),
    sums: [...new Set(['packets', 'bytes', ...query.measures.filter((measure) => measure !== 'flows')])],
    bucketSec: 'bucketSec' in query ? query.bucketSec : undefined,
    portRule: query.portRule,
    ...(query.direction === undefined || query.direction === 'both'
      ? {}
      : { copyDirection: query.direction === 'ingress' ? 'egress' : 'ingress' }),
    maxKeys: query.limits.maxKeys,
  };
}

function planKey(name: string): PlanKey {
  return { name, kind: name === 'port' ? 'port' : fieldOrText(name).type };
}

/**
 * Whether lines of the status NODATA or SKIPDATA may count: only where the filter asks for `log-status`. They are no traffic,
 * so without that they are tallied and left out.
 */
export function asksStatus({ filter }: Plan): boolean {
  return filter !== undefined && filterNames(filter).includes('log-status');
}

/** The columns that a plan reads because the query names them, in the order of first use. */
export function namedFields(plan: Plan): readonly string[] {
  const keys = plan.kind === 'digest' ? [...plan.keys.map(({ name }) => name), ...plan.sums] : [];
  const filters = plan.filter ? filterNames(plan.filter) : [];
  const told = plan.kind === 'digest' && plan.copyDirection ? ['flow-direction'] : [];
  return [...new Set([...keys, ...filters, ...told].flatMap(rawFieldNames))];
}

/** The columns that a plan reads, and every plan those that say when a record was and whether it is one; `undefined` for all. */
export function readFields(plan: Plan): readonly string[] | undefined {
  return plan.kind === 'records' ? undefined : [...new Set([...ALWAYS_READ, ...namedFields(plan)])];
}

/** 64-bit fields that every plan reads, and the status. */
const ALWAYS_READ: readonly string[] = ['start', 'end', 'packets', 'bytes', 'log-status'];
