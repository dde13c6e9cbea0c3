/** Random queries as somebody might write them: any members may be absent, filters are text or trees. */
import fc from 'fast-check';
import { FIELDS } from '../../../src/flow/fields';
import { MEASURES, type View } from '../../../src/query/model';
import { printFilter } from '../../../src/query/print-filter';
import { arbitraryFilter } from './arbitrary-filter';

const fieldNames = FIELDS.map(({ name }) => name);
const subset = <T>(values: readonly T[], lengths: { minLength?: number; maxLength?: number }) =>
  fc.shuffledSubarray([...values], lengths);
const names = fc.array(fc.stringMatching(/^[a-z0-9/:.-]{1,20}$/), { maxLength: 3 });
const time = fc.oneof(
  fc.integer({ min: 1e12, max: 1.7e12 }),
  fc.constantFrom('now', 'now-1h', '2026-01-31', '1769860800', 'now-2d/d'),
);

const base = {
  version: fc.constant(1),
  sources: names,
  accounts: fc.array(fc.stringMatching(/^\d{12}$/), { maxLength: 3 }),
  regions: subset(['us-east-1', 'us-gov-east-1', 'us-iso-east-1', 'cn-north-1', 'eusc-de-east-1'], {}),
  range: fc.oneof(
    fc.record({ from: time, to: fc.constant('now+1y') }, { noNullPrototype: true }),
    fc
      .tuple(fc.integer({ min: 1e12, max: 1.7e12 }), fc.integer({ min: 1, max: 1e10 }))
      .map(([fromMs, lengthMs]) => ({ fromMs, toMs: fromMs + lengthMs })),
  ),
  settleSec: fc.integer({ min: 0, max: 604_800 }),
  filter: fc.oneof(arbitraryFilter, arbitraryFilter.map(printFilter), fc.constantFrom('', null)),
  limits: fc.record(
    { maxKeys: fc.integer({ min: 1, max: 1e9 }), maxSec: fc.double({ min: 0.1, max: 1e6, noNaN: true }) },
    { requiredKeys: [], noNullPrototype: true },
  ),
};
const grouped = {
  ...base,
  keys: subset([...fieldNames, 'port', '`new-field`', 'SrcAddr'], { maxLength: 20 }),
  measures: subset(MEASURES, { minLength: 1 }),
  portRule: fc.constantFrom('lower', 'as-logged'),
};
const top = fc.integer({ min: 1, max: 100_000 });
const bucketSec = fc.oneof(fc.integer({ min: 3_000_000, max: 30_000_000 }), fc.constantFrom('30d', '720h'));

const members: Readonly<Record<View, Readonly<Record<string, fc.Arbitrary<unknown>>>>> = {
  digest: { ...grouped, bucketSec },
  table: { ...grouped, top },
  graph: {
    ...grouped,
    top,
    nodes: fc.constantFrom('hosts', 'groups'),
    expand: names,
    widthPx: fc.integer({ min: 200, max: 20_000 }),
    heightPx: fc.integer({ min: 200, max: 20_000 }),
  },
  stat: grouped,
  events: {
    ...grouped,
    top,
    bucketSec,
    kind: fc.constantFrom('bursts', 'new'),
    sigmas: fc.double({ min: 0, max: 100, noNaN: true }),
    atLeast: fc.double({ min: 0, max: 1e9, noNaN: true }),
  },
  completeness: base,
  series: { ...grouped, top, bucketSec, fill: fc.constantFrom('zero', 'null'), unit: fc.constantFrom('total', 'rate') },
  records: { ...base, top, fields: subset([...fieldNames, '`x`'], {}), order: fc.constantFrom('newest', 'oldest') },
};

export const arbitraryQueryInput: fc.Arbitrary<Record<string, unknown>> = fc
  .constantFrom<View[]>('digest', 'table', 'series', 'graph', 'stat', 'events', 'completeness', 'records')
  .chain((view) =>
    fc.record({ ...members[view], view: fc.constant(view) }, { requiredKeys: ['view'], noNullPrototype: true }),
  );
