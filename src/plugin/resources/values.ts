/**
 * `values`: the values of a field that have the most flows, for variables, ad-hoc filters and completion. It reads little,
 * the newest of the time range first, and says if that was not all.
 */
import type { FieldValue, ValuesAnswer } from '../../query/resource-answers';
import { printOmissions } from '../../cli/print-summary';
import type { Digest } from '../../digest/digest';
import { protocolName } from '../../flow/protocols';
import { DERIVED_PORT, findKnownName, isSideless, rawFieldNames } from '../../query/field-name';
import type { Limits, TableQuery, TimeRange } from '../../query/model';
import { MAX_TOP } from '../../query/query-schema';
import { STAMP_PAD_BEFORE_SEC } from '../../scan/select-objects';
import { buildTable } from '../../view/table';
import type { DataSource } from '../data-source';
import { readFlowQuery, SCOPE_PARAMETERS } from './flow-query';
import { parameterError, type ResourceParameters } from './parameters';
import { jsonAnswer, MAX_AGE_SEC, type Resource, type ResourceContext } from './resource';

/** What one answer may read. */
const VALUE_LIMITS: Limits = {
  maxObjects: 200,
  maxBytes: 64 * 2 ** 20,
  maxKeys: 200_000,
  maxSec: 10,
  maxObjectTextBytes: 2 ** 30,
  onLimit: 'partial',
};
const DEFAULT_COUNT = 100;
const MAX_COUNT = 1000;
/** Part of the range that tells how dense its objects are. */
const PROBE_MS = 3_600_000;
/** What one object is about, and from how long before the range on objects are read. */
const BIN_MS = 5 * 60_000;
const PAD_MS = STAMP_PAD_BEFORE_SEC * 1000;

export const VALUES: Resource = {
  path: 'values',
  parameters: ['field', 'limit', 'search', 'filter', 'from', 'to', ...SCOPE_PARAMETERS],
  takesBody: true,
  async answer(context) {
    const { dataSource, parameters, signal } = context;
    const field = parameters.text('field');
    if (field === undefined) {
      throw parameterError('field', 'it is missing; name a field such as dstport');
    }
    const count = parameters.count('limit', { max: MAX_COUNT, absent: DEFAULT_COUNT });
    const search = parameters.text('search')?.toLowerCase();
    const asked = readValueQuery(context, field);
    const range = asked.range && (await chooseRange(dataSource, asked, asked.range, signal));
    const result = await dataSource.scan({ ...asked, range }, { signal, needsAll: true });
    if (result.answer.kind !== 'digest') {
      throw new Error(`BUG: the answer is no digest: ${result.answer.kind}`);
    }
    const { digest } = result.answer;
    const { values, missingFlows } = collectValues(digest, asked.keys);
    const matching = values.filter(
      ({ value, text }) => search === undefined || value.toLowerCase().includes(search) || text.includes(search),
    );
    const isNarrowed = range?.fromMs !== asked.range?.fromMs;
    const omissions = [...printOmissions(result)].map((line) => line.trim());
    return jsonAnswer(
      {
        field: asked.keys.length === 1 ? asked.keys[0]! : field.trim().toLowerCase(),
        values: matching.slice(0, count),
        valueCount: matching.length,
        missingFlows,
        isPartial: isNarrowed || omissions.length > 0,
        notices: [...(isNarrowed ? ['only the newest part of the time range was read'] : []), ...omissions],
        range,
      } satisfies ValuesAnswer,
      { maxAgeSec: MAX_AGE_SEC },
    );
  },
};

function readValueQuery({ dataSource, parameters, nowMs }: ResourceContext, field: string): TableQuery {
  const known = findKnownName(field.trim(), 'filter');
  const isBoth = known !== undefined && isSideless(known) && known !== DERIVED_PORT;
  const own: Record<string, readonly string[]> = {
    keys: isBoth ? rawFieldNames(known) : [field],
    measures: ['flows', 'bytes'],
  };
  const narrowed: ResourceParameters = { ...parameters, list: (name) => own[name] ?? parameters.list(name) };
  const query = readFlowQuery({ dataSource, parameters: narrowed, nowMs }, 'table');
  if (query.view !== 'table') {
    throw new Error(`BUG: no table: ${query.view}`);
  }
  const least = Object.entries(query.limits).map(([limit, value]) => {
    const own = VALUE_LIMITS[limit as keyof Limits];
    return [limit, typeof value === 'number' && typeof own === 'number' ? Math.min(value, own) : own];
  });
  return { ...query, limits: Object.fromEntries(least) as Limits };
}

/**
 * The part of the range, up to its end, that has the newest objects within the limits, by how many there are in its last
 * hour; all of it if there are none. Else a limit would cut off whatever happens to be listed last: whole accounts.
 */
async function chooseRange(
  dataSource: DataSource,
  query: TableQuery,
  { fromMs, toMs }: TimeRange,
  signal: AbortSignal,
): Promise<TimeRange> {
  const probeFromMs = Math.max(fromMs, toMs - PROBE_MS);
  const { selection } = await dataSource.estimate({ ...query, range: { fromMs: probeFromMs, toMs } }, { signal });
  const { selectedObjects, selectedBytes, newestStampSec } = selection;
  const share = Math.max(selectedObjects / query.limits.maxObjects, selectedBytes / query.limits.maxBytes);
  if (share === 0 || (share <= 1 && probeFromMs === fromMs)) {
    return { fromMs, toMs };
  }
  // Logs come late: what counts is where they end, not where the range does.
  const endMs = newestStampSec === undefined ? toMs : Math.min(toMs, newestStampSec * 1000 + BIN_MS);
  const lengthMs = Math.max(BIN_MS, Math.floor((endMs - probeFromMs + PAD_MS) / share) - PAD_MS);
  return { fromMs: Math.max(fromMs, endMs - lengthMs), toMs };
}

/** The values of one key, or of two as if they were one, largest first. */
function collectValues(
  digest: Digest,
  keys: readonly string[],
): { readonly values: readonly FieldValue[]; readonly missingFlows: number } {
  const found = new Map<string, FieldValue>();
  let missingFlows = 0;
  for (const key of keys) {
    const { columns, rowCount, otherRow } = buildTable(digest, {
      keys: [key],
      measures: ['flows', 'bytes'],
      top: MAX_TOP,
    });
    const [names, flows, bytes] = columns;
    for (let row = 0; row < rowCount; row++) {
      const name = names!.values[row];
      const [flowCount, byteCount] = [flows!.values[row] as number, bytes!.values[row] as number];
      if (row === otherRow) {
        continue;
      }
      if (name === null || name === undefined) {
        missingFlows += flowCount;
        continue;
      }
      const value = String(name);
      const before = found.get(value);
      found.set(value, {
        value,
        text: key === 'protocol' ? (protocolName(Number(name)) ?? value) : value,
        flows: flowCount + (before?.flows ?? 0),
        bytes: byteCount + (before?.bytes ?? 0),
      });
    }
  }
  const values = [...found.values()].sort((a, b) => b.flows - a.flows || (a.value < b.value ? -1 : 1));
  return { values, missingFlows };
}
