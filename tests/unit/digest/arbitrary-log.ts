/** Random flow logs: every format there may be, and every way a line can be wrong, often enough to meet. */
import fc from 'fast-check';
import { DEFAULT_FORMAT, DEFAULT_TGW_FORMAT, FIELDS, fieldOrText } from '../../../src/flow/fields';
import type { FilterNode, FilterOperator, FilterTest, FilterValue } from '../../../src/query/filter';
import { DEFAULT_LIMITS, DIRECTIONS, MEASURES, REFERENCE_KEYS, type DigestQuery } from '../../../src/query/model';
import type { ReferenceObject } from '../../helpers/reference-digester';
import { arbitraryFilter } from '../query/arbitrary-filter';

/** A moment all logs are about. */
const BASE_SEC = 1_700_000_000;

const UNKNOWN_COLUMNS = ['new-field', 'x-1', 'future-column'];
const COMMON = [
  ...DEFAULT_FORMAT,
  'vpc-id',
  'type',
  'region',
  'flow-direction',
  'tcp-flags',
  'instance-tag',
  'pkt-srcaddr',
];
const ALL_NAMES = FIELDS.map(({ name }) => name);

const ADDRESSES = [
  ...['10.0.0.1', '10.0.0.2', '10.0.1.1', '0.0.0.0', '255.255.255.255', '172.16.254.3', '192.0.2.200', '9.99.199.249'],
  ...['2001:db8::1', '2001:DB8:0:0:0:0:0:1', '2001:0db8::0001', '::', '0:0::0', '::ffff:1.2.3.4', '::ffff:102:304'],
  ...['::1.2.3.4', 'fe80::1:0:0:1', '1:0:0:2:0:0:0:3', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
];
const BAD_ADDRESSES = [
  ...['10.0.0', '10.0.0.0.1', '10.0.0.256', '010.0.0.1', '10.00.0.1', '10.0.0.1.', '.10.0.0.1', '10..0.1', '0x1.2.3.4'],
  ...['1.2.3.4:5', '10.0.0.1000', '::g', ':::', 'fe80::1%eth0', '::ffff:01.2.3.4', '::ffff:256.2.3.4', '--', 'none'],
];
const INTEGERS = ['0', '22', '80', '80', '443', '2', '5', '255', '007'];
const LARGE_INTEGERS = ['256', '49152', '65535', '65536', '70000', '2147483647', '2147483648', '4294967296'];
const BAD_NUMBERS = ['--', '-1', '+1', '1.5', '1e3', '0x10', '12x', 'x12', '99999999999999999999', '9007199254740992'];
const LONGS = ['0', '1', '40', '40', '1500', '123456789', '1234567890', '1000000000000', '00040'];
const TEXTS = [
  'a',
  'b',
  'ab',
  'eni-0a1b',
  'eni-0a1c',
  'ü',
  'region',
  'a%20b',
  'a%20%62',
  '%2D',
  '%zz',
  '%C3%BC',
  '%c3%bc',
  '#',
];

const dash = fc.constant('-');
const oneOf = (values: readonly string[]) => fc.constantFrom(...values);
const weighted = (...choices: readonly [number, fc.Arbitrary<string>][]) =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));

const seconds = fc.nat(900).map((offset) => BASE_SEC + offset);
const time = weighted(
  [60, seconds.map(String)],
  [3, fc.tuple(seconds, fc.nat(999)).map(([sec, ms]) => String(sec * 1000 + ms))],
  [2, dash],
  [1, oneOf(['0', '100000000000', '100000000001', '4294967294', '4294967295', '4294967296', '9007199254740991'])],
  [1, oneOf(BAD_NUMBERS)],
);

function tokenOf(name: string): fc.Arbitrary<string> {
  if (name === 'log-status') {
    return weighted([40, fc.constant('OK')], [3, oneOf(['NODATA', 'SKIPDATA'])], [1, dash], [1, oneOf(['ok', 'ODD'])]);
  }
  if (name === 'action') {
    return weighted([20, oneOf(['ACCEPT', 'REJECT'])], [1, dash]);
  }
  if (name === 'flow-direction') {
    return weighted([10, oneOf(['ingress', 'egress'])], [1, dash], [1, oneOf(TEXTS)]);
  }
  if (name === 'start' || name === 'end') {
    return time;
  }
  switch (fieldOrText(name).type) {
    case 'integer':
      return weighted([40, oneOf(INTEGERS)], [3, dash], [3, oneOf(LARGE_INTEGERS)], [1, oneOf(BAD_NUMBERS)]);
    case 'long':
      return weighted([40, oneOf(LONGS)], [5, dash], [1, oneOf(BAD_NUMBERS)]);
    case 'address':
      return weighted([60, oneOf(ADDRESSES)], [4, dash], [1, oneOf(BAD_ADDRESSES)]);
    case 'text':
      return weighted([20, oneOf(TEXTS)], [2, dash]);
  }
}

/** Column names that make a header: at least half of them documented. A name may come twice. */
const columns: fc.Arbitrary<readonly string[]> = fc
  .oneof(
    { weight: 3, arbitrary: fc.constant(DEFAULT_FORMAT) },
    { weight: 1, arbitrary: fc.constant(DEFAULT_TGW_FORMAT) },
    { weight: 4, arbitrary: fc.shuffledSubarray(COMMON, { minLength: 1 }) },
    { weight: 1, arbitrary: fc.shuffledSubarray(ALL_NAMES, { minLength: 1 }) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.shuffledSubarray(COMMON, { minLength: 3 }), fc.array(oneOf(UNKNOWN_COLUMNS), { maxLength: 3 }))
        .chain(([known, unknown]) =>
          fc.shuffledSubarray([...known, ...unknown], { minLength: known.length + unknown.length }),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.shuffledSubarray(COMMON, { minLength: 2 }), fc.nat())
        .map(([names, i]) => [...names, names[i % names.length]!]),
    },
  )
  .filter((names) => names.filter((name) => ALL_NAMES.includes(name)).length * 2 >= names.length);

const separator = weighted([40, fc.constant(' ')], [1, oneOf(['  ', '\t', ' \t ', '\r', '\0'])]);
const lineEnd = weighted([20, fc.constant('')], [1, oneOf([' ', '\r', '  \t', ' \r'])]);
const indent = weighted([30, fc.constant('')], [1, oneOf([' ', '\t'])]);

function joinLine(tokens: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(indent, fc.array(separator, { minLength: tokens.length, maxLength: tokens.length }), lineEnd)
    .map(
      ([before, separators, after]) =>
        before + tokens.map((token, i) => (i === 0 ? '' : separators[i]!) + token).join('') + after,
    );
}

function lineOf(names: readonly string[]): fc.Arbitrary<string> {
  const row = fc.tuple(...names.map(tokenOf));
  const nodata = row.map((tokens) =>
    tokens.map((token, i) =>
      /^(start|end|version|account-id)$/.test(names[i]!) ? token : names[i] === 'log-status' ? 'NODATA' : '-',
    ),
  );
  const short = fc
    .tuple(row, fc.nat(3))
    .map(([tokens, count]) => tokens.slice(0, Math.max(0, tokens.length - 1 - count)));
  const long = fc
    .tuple(row, fc.array(oneOf(['x', '-', '1', 'OK']), { minLength: 1, maxLength: 3 }))
    .map(([tokens, more]) => [...tokens, ...more]);
  return fc.oneof(
    { weight: 30, arbitrary: row.chain(joinLine) },
    { weight: 1, arbitrary: nodata.chain(joinLine) },
    { weight: 1, arbitrary: short.chain(joinLine) },
    { weight: 1, arbitrary: long.chain(joinLine) },
    { weight: 1, arbitrary: joinLine(names) },
    {
      weight: 1,
      arbitrary: oneOf(['', ' ', '\r', '\t \r', '\0', 'bogus line', '# comment', 'region', 'srcaddr but no header!']),
    },
  );
}

/** Lines under one header, the header included if there is one. */
function section(withHeader: boolean): fc.Arbitrary<{ names: readonly string[]; lines: readonly string[] }> {
  return columns.chain((names) =>
    fc
      .tuple(joinLine(names), fc.array(lineOf(names), { maxLength: 12 }))
      .map(([header, lines]) => ({ names, lines: withHeader ? [header, ...lines] : lines })),
  );
}

const stamp = fc.option(seconds, { nil: undefined });
const finalNewline = fc.boolean();
const blankStart = fc.array(oneOf(['', ' \r']), { maxLength: 1 });

/** A default record, as the first line of an object without a header. */
const defaultRecord = fc
  .tuple(...DEFAULT_FORMAT.map(tokenOf))
  .map((tokens) =>
    tokens.map((token, i) => (i === 0 ? '2' : i === 13 && !/^(OK|NODATA|SKIPDATA)$/.test(token) ? 'OK' : token)),
  );

/** Of texts that logs have too. */
const objectRegion = fc.constantFrom(undefined, undefined, 'a', 'eu-west-1');

const objectFlowLog = fc.constantFrom(undefined, 'fl-0a', 'fl-0a', 'fl-0b');

export const arbitraryObject: fc.Arbitrary<ReferenceObject> = fc
  .oneof(
    // With a header, and now and then another one below it.
    {
      weight: 6,
      arbitrary: fc
        .tuple(blankStart, fc.array(section(true), { minLength: 1, maxLength: 3 }))
        .map(([blank, sections]) => ({
          lines: [...blank, ...sections.flatMap(({ lines }) => lines)],
          columns: undefined,
        })),
    },
    // The columns are known from elsewhere.
    {
      weight: 2,
      arbitrary: section(false).map(({ names, lines }) => ({ lines, columns: names })),
    },
    // The default format without a header.
    {
      weight: 2,
      arbitrary: fc
        .tuple(defaultRecord.chain(joinLine), fc.array(lineOf(DEFAULT_FORMAT), { maxLength: 12 }))
        .map(([first, lines]) => ({ lines: [first, ...lines], columns: undefined })),
    },
  )
  .chain(({ lines, columns: names }) =>
    fc.tuple(stamp, finalNewline, objectRegion, objectFlowLog).map(([stampSec, ended, region, flowLogId]) => ({
      text: lines.join('\n') + (ended && lines.length > 0 ? '\n' : ''),
      ...(stampSec === undefined ? {} : { stampSec }),
      ...(region === undefined ? {} : { region }),
      ...(flowLogId === undefined ? {} : { flowLogId }),
      ...(names === undefined ? {} : { columns: names }),
    })),
  );

/** Rows of tokens under columns that come once each: what any format can hold. */
export const arbitraryRows: fc.Arbitrary<{ columns: readonly string[]; rows: readonly (readonly string[])[] }> = columns
  .map((names) => [...new Set(names)])
  .chain((names) =>
    fc
      .array(fc.tuple(...names.map(tokenOf)), { minLength: 1, maxLength: 30 })
      .map((rows) => ({ columns: names, rows })),
  );

const number = (from: number, to = from): FilterValue => ({ type: 'number', from, to });
const missing: FilterValue = { type: 'missing' };
const text = (value: string): FilterValue => ({ type: 'text', text: value });
const address = (first: string, last = first): FilterValue => ({ type: 'address', first, last });

/** Tests whose values are those of the logs, so that they hold as often as not. */
function testOf(field: string): fc.Arbitrary<FilterTest> {
  const make = (ops: readonly FilterOperator[], value: fc.Arbitrary<FilterValue>, max = 1) =>
    fc
      .tuple(fc.constantFrom(...ops), fc.array(value, { minLength: 1, maxLength: max }))
      .map(([op, values]): FilterTest => ({ type: 'test', field, op, values }));
  const equalities = (value: fc.Arbitrary<FilterValue>) => {
    const any = fc.oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: fc.constant(missing) });
    return fc.oneof(make(['=', '!='], any), make(['in'], any, 3));
  };
  const kind = field.endsWith('port') ? 'integer' : field.endsWith('addr') ? 'address' : fieldOrText(field).type;
  switch (kind) {
    case 'integer':
    case 'long': {
      const pool =
        field === 'start' || field === 'end'
          ? [BASE_SEC, BASE_SEC + 300, BASE_SEC + 900]
          : [0, 2, 22, 40, 80, 443, 1500];
      const one = fc.constantFrom(...pool);
      return fc.oneof(
        equalities(fc.tuple(one, one).map(([a, b]) => number(Math.min(a, b), Math.max(a, b)))),
        make(
          ['<', '<=', '>', '>='],
          one.map((value) => number(value)),
        ),
      );
    }
    case 'address':
      return equalities(
        fc.constantFrom(
          address('10.0.0.1'),
          address('10.0.0.0', '10.0.0.255'),
          address('128.0.0.0', '255.255.255.255'),
          address('2001:db8::1'),
          address('::', '::ffff:ffff:ffff'),
          address('2001:db8::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'),
        ),
      );
    case 'text':
      return fc.oneof(
        equalities(fc.constantFrom('a', 'a b', 'ü', 'ACCEPT', 'OK', '-', 'eni-0a1b').map(text)),
        make(['~'], fc.constantFrom('*', 'eni-*', '*1?', '?', 'A*T', '*e*i*', '').map(text)),
      );
  }
}

const FILTERED = [...COMMON, ...UNKNOWN_COLUMNS, 'addr', 'port', 'aws-service', 'pkt-addr'];
const ownFilter: fc.Arbitrary<FilterNode> = fc.letrec<{ node: FilterNode }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...FILTERED).chain(testOf),
    tie('node').map((term): FilterNode => ({ type: 'not', term })),
    fc
      .tuple(fc.constantFrom<'and' | 'or'>('and', 'or'), fc.array(tie('node'), { minLength: 2, maxLength: 3 }))
      .map(([type, terms]): FilterNode => ({ type, terms })),
  ),
})).node;

const keys = fc.oneof(
  { weight: 2, arbitrary: fc.constant(REFERENCE_KEYS) },
  { weight: 4, arbitrary: fc.shuffledSubarray([...COMMON, ...UNKNOWN_COLUMNS, 'port'], { maxLength: 6 }) },
  { weight: 1, arbitrary: fc.shuffledSubarray([...ALL_NAMES, 'port'], { maxLength: 8 }) },
);

export const arbitraryDigestQuery: fc.Arbitrary<DigestQuery> = fc
  .record({
    keys,
    measures: fc.shuffledSubarray([...MEASURES], { minLength: 1, maxLength: 3 }),
    portRule: fc.constantFrom<DigestQuery['portRule'][]>('lower', 'as-logged'),
    logs: fc.oneof(
      { weight: 4, arbitrary: fc.constant({ logType: 'all' as const }) },
      { weight: 1, arbitrary: fc.constant({ logType: 'vpc' as const, counting: 'as-logged' as const }) },
      { weight: 4, arbitrary: fc.constant({ logType: 'vpc' as const, counting: 'once' as const }) },
      {
        weight: 1,
        arbitrary: fc.constant({ logType: 'vpc' as const, counting: 'once' as const, hops: ['eni-0a1b', 'a'] }),
      },
      {
        weight: 2,
        arbitrary: fc
          .constantFrom(...DIRECTIONS)
          .map((direction) => ({ logType: 'transit-gateway' as const, direction })),
      },
    ),
    bucketSec: fc.option(fc.constantFrom(1, 60, 300, 86_400), { nil: undefined }),
    range: fc.option(
      fc
        .tuple(fc.integer({ min: -10_000, max: 900_000 }), fc.integer({ min: 1, max: 900_000 }))
        .map(([from, length]) => ({
          fromMs: BASE_SEC * 1000 + from,
          toMs: BASE_SEC * 1000 + from + length,
        })),
      { nil: undefined },
    ),
    filter: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 4, arbitrary: ownFilter },
      { weight: 1, arbitrary: arbitraryFilter },
    ),
  })
  .map(({ range, filter, bucketSec, measures, logs, ...rest }) => ({
    version: 1,
    view: 'digest',
    sources: [],
    accounts: [],
    regions: [],
    limits: DEFAULT_LIMITS,
    measures: measures as unknown as DigestQuery['measures'],
    ...rest,
    ...logs,
    ...(range ? { range } : {}),
    ...(filter ? { filter } : {}),
    ...(bucketSec === undefined ? {} : { bucketSec }),
  }));
