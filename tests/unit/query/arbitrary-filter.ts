/** Random filters in the form that the parser makes: flattened, canonical values, every type of field. */
import fc from 'fast-check';
import { formatIPv4, formatIPv6 } from '../../../src/flow/address';
import { FIELDS, type FieldType } from '../../../src/flow/fields';
import type { FilterNode, FilterOperator, FilterTest, FilterValue } from '../../../src/query/filter';

const fieldsOf = (...types: FieldType[]) => FIELDS.filter(({ type }) => types.includes(type)).map(({ name }) => name);

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const ipv4Value = fc.tuple(word, word).map(([a, b]) => address(formatIPv4(Math.min(a, b)), formatIPv4(Math.max(a, b))));
const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const ipv6Value = fc.tuple(bytes16, fc.nat(255)).map(([bytes, low]) => {
  const last = bytes.slice();
  last[15] = Math.max(bytes[15]!, low);
  return address(formatIPv6(bytes), formatIPv6(last));
});
const ipv4Block = fc.tuple(word, fc.nat(32)).map(([bits, prefix]) => {
  const size = 2 ** (32 - prefix);
  const first = Math.floor(bits / size) * size;
  return { ...address(formatIPv4(first), formatIPv4(first + size - 1)), prefix };
});
const ipv6Block = fc.constant({ ...address('2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'), prefix: 32 });
const oneAddress = word.map((bits) => address(formatIPv4(bits), formatIPv4(bits)));

function address(first: string, last: string): FilterValue & { type: 'address' } {
  return { type: 'address', first, last };
}

function numberValue(max: number): fc.Arbitrary<FilterValue> {
  const range = fc.tuple(fc.maxSafeNat(), fc.maxSafeNat(), fc.boolean()).map(([a, b, single]) => {
    const [from, to] = [Math.min(a, b) % (max + 1), Math.max(a, b) % (max + 1)];
    return {
      type: 'number' as const,
      from: single ? from : Math.min(from, to),
      to: single ? from : Math.max(from, to),
    };
  });
  return range;
}

const text = fc
  .oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'and',
      'OR',
      'not',
      'in',
      'eni-0a1b',
      'vpc-1',
      '10.0.0.0/8',
      'arn:aws:ecs:x:1:a/b',
      '"',
      "'",
      '\\',
      '',
    ),
    fc.constantFrom('a b', 'a\n\t\r\\"', '\u0000', '\ud800', '\u2028', '(', '`x`', '#', 'ß', 'na-*', 'a?'),
  )
  .filter((value) => value !== '-')
  .map((value): FilterValue => ({ type: 'text', text: value }));
const missing = fc.constant<FilterValue>({ type: 'missing' });

interface TestKind {
  readonly fields: readonly string[];
  readonly value: fc.Arbitrary<FilterValue>;
  /** Operators beside `=`, `!=` and `in`, which take neither `-` nor, for numbers, a range. */
  readonly more?: { readonly ops: readonly FilterOperator[]; readonly value: fc.Arbitrary<FilterValue> };
}

function testOf({ fields, value, more }: TestKind): fc.Arbitrary<FilterTest> {
  const make = (op: fc.Arbitrary<FilterOperator>, values: fc.Arbitrary<FilterValue[]>) =>
    fc.record(
      { type: fc.constant('test' as const), field: fc.constantFrom(...fields), op, values },
      { noNullPrototype: true },
    );
  const any = fc.oneof(value, missing);
  return fc.oneof(
    make(
      fc.constantFrom<FilterOperator[]>('=', '!='),
      any.map((one) => [one]),
    ),
    make(fc.constant('in'), fc.array(any, { minLength: 1, maxLength: 4 })),
    ...(more
      ? [
          make(
            fc.constantFrom(...more.ops),
            more.value.map((one) => [one]),
          ),
        ]
      : []),
  );
}

function numberTest(fields: readonly string[], max: number): fc.Arbitrary<FilterTest> {
  const single = fc.maxSafeNat().map((n): FilterValue => ({ type: 'number', from: n % (max + 1), to: n % (max + 1) }));
  return testOf({ fields, value: numberValue(max), more: { ops: ['<', '<=', '>', '>='], value: single } });
}

const textFields = fieldsOf('text').filter((name) => !['action', 'log-status', 'flow-direction'].includes(name));
const actions = fc.constantFrom('ACCEPT', 'REJECT').map((value): FilterValue => ({ type: 'text', text: value }));
const addresses = fc.oneof(ipv4Value, ipv6Value, ipv4Block, ipv6Block, oneAddress);

export const arbitraryTest: fc.Arbitrary<FilterTest> = fc.oneof(
  numberTest(['srcport', 'dstport', 'port'], 65535),
  numberTest(['protocol'], 255),
  numberTest(['version', 'tcp-flags', 'traffic-path', 'encryption-status'], 2 ** 31 - 1),
  numberTest(fieldsOf('long'), Number.MAX_SAFE_INTEGER),
  testOf({ fields: [...fieldsOf('address'), 'addr', 'pkt-addr'], value: addresses }),
  testOf({
    fields: [...textFields, 'aws-service', 'new-field', 'ünï#', 'in'],
    value: text,
    more: { ops: ['~'], value: text },
  }),
  testOf({ fields: ['action'], value: actions, more: { ops: ['~'], value: actions } }),
);

/** What the parser makes of nested terms of one kind. */
function flatten(type: 'and' | 'or', terms: readonly FilterNode[]): FilterNode {
  return { type, terms: terms.flatMap((term) => (term.type === type ? term.terms : [term])) };
}

export const arbitraryFilter: fc.Arbitrary<FilterNode> = fc.letrec<{ node: FilterNode }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    arbitraryTest,
    tie('node').map((term): FilterNode => ({ type: 'not', term })),
    fc
      .tuple(fc.constantFrom<'and' | 'or'>('and', 'or'), fc.array(tie('node'), { minLength: 2, maxLength: 4 }))
      .map(([type, terms]) => flatten(type, terms)),
  ),
})).node;

/** Text made of the language's own pieces, so that it gets past the first token more often than random text does. */
export const arbitraryFilterText: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        ...[
          'srcport',
          'addr',
          'action',
          'start',
          'protocol',
          '`x`',
          'instance-tag',
          'dstprt',
          'constructor',
          '__proto__',
        ],
        ...['=', '==', '!=', '<', '<=', '>', '>=', '~', '!', '&&', '||', '&', '|', '(', ')', ',', '"', "'", '`', '\\'],
        ...['and', 'or', 'not', 'in', 'AND', 'Not'],
        ...[
          '22',
          '1024-65535',
          '9-1',
          '10.0.0.0/8',
          '10.0.0.1-10.0.0.9',
          '2001:db8::/32',
          '1.2.3.4/33',
          '::1-10.0.0.1',
          'tcp',
        ],
        ...[
          '-',
          '--',
          '-1',
          '9007199254740993',
          '2026-01-31',
          '2026-01-01T00:00:00Z-2026-01-02T00:00:00Z',
          'REJECT',
          '"a b"',
        ],
      ),
      { maxLength: 30 },
    )
    .chain((pieces) => fc.constantFrom(' ', '').map((separator) => pieces.join(separator))),
);
