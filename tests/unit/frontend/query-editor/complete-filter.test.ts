import {
  completeFilter,
  wantedValues,
  type CompletionFacts,
} from '../../../../src/frontend/query-editor/complete-filter';
import type { FieldSummary } from '../../../../src/query/resource-answers';

const field = (name: string, type: string, options: Partial<FieldSummary> = {}): FieldSummary => ({
  ...{ name, type, role: 'key', meaning: `meaning of ${name}`, version: 2, isDocumented: true, isFound: true },
  ...options,
});
const FACTS: CompletionFacts = {
  fields: [
    field('srcaddr', 'address'),
    field('vpc-id', 'text', { isFound: false }),
    field('dstport', 'integer'),
    field('action', 'text'),
    field('my-column', 'text', { isDocumented: false }),
    field('port', 'integer', { isFound: false, derived: ['key', 'filter'] }),
    field('keys-only', 'text', { isFound: false, derived: ['key'] }),
  ],
  values: [
    { value: '443', text: '443', flows: 36338, bytes: 1 },
    { value: '53', text: '53', flows: 2, bytes: 1 },
  ],
  variables: ['port'],
};

/** Completes at `|`. */
function at(marked: string, facts = FACTS) {
  const position = marked.indexOf('|');
  const text = marked.replace('|', '');
  const { from, to, suggestions } = completeFilter(text, position, facts);
  return {
    labels: suggestions.map(({ label }) => label),
    replaced: text.slice(from, to),
    /** The text with a suggestion taken. */
    take: (label: string) =>
      text.slice(0, from) + suggestions.find((one) => one.label === label)!.insertText + text.slice(to),
    find: (label: string) => suggestions.find((one) => one.label === label),
  };
}

test.each(['|', 'action = REJECT and |', '(|', 'not |', 'action = REJECT or (dstport = 1 and |)', 'ac|', '| = 3'])(
  'fields may stand in %j',
  (marked) => {
    expect(at(marked).labels).toEqual([
      'srcaddr',
      'dstport',
      'action',
      '`my-column`',
      'port',
      'vpc-id',
      'not',
      '$port',
    ]);
  },
);

test('fields are there with their meaning, and it is said which ones the logs lack', () => {
  expect(at('|').find('dstport')).toMatchObject({ detail: 'number', documentation: 'meaning of dstport' });
  expect(at('|').find('vpc-id')).toMatchObject({ detail: 'not in the newest logs' });
});

test.each([
  ['dstport |', ['=', '!=', 'in', 'not in', '>', '>=', '<', '<=']],
  ['DSTPORT |', ['=', '!=', 'in', 'not in', '>', '>=', '<', '<=']],
  ['srcaddr |', ['=', '!=', 'in', 'not in']],
  ['action |', ['=', '!=', 'in', 'not in', '~']],
  ['`my-column` |', ['=', '!=', 'in', 'not in', '~']],
  ['dstport not |', ['in']],
])('the operators in %j are those of the type', (marked, labels) => {
  expect(at(marked).labels).toEqual(labels);
});

test.each(['dstport = |', 'dstport in (|', 'dstport in (22, |', 'dstport not in (|)', 'dstport >= |', 'dstport != 4|'])(
  'values may stand in %j',
  (marked) => {
    expect(at(marked).labels).toEqual(expect.arrayContaining(['443', '53', '$port']));
    expect(at(marked).find('443')).toMatchObject({ detail: '36,338 flows' });
  },
);

test.each([
  ['action = |', ['REJECT', 'ACCEPT', '-']],
  ['log-status != |', ['OK', 'NODATA', 'SKIPDATA', '-']],
  ['flow-direction in (|', ['ingress', 'egress', '-']],
  ['action ~ |', ['REJECT', 'ACCEPT']],
])('known values in %j need no log', (marked, labels) => {
  expect(at(marked, { ...FACTS, values: [], variables: [] }).labels).toEqual(labels);
  expect(wantedValues(marked.replace('|', ''), marked.indexOf('|'))).toBeUndefined();
});

test('protocols are known by name, the usual ones first', () => {
  expect(at('protocol = |', { ...FACTS, values: [] }).labels.slice(0, 4)).toEqual(['tcp', 'udp', 'icmp', 'icmpv6']);
});

test.each([
  ['dstport = |', { field: 'dstport', search: '' }],
  ['dstport in (22, 4|', { field: 'dstport', search: '4' }],
  ['interface-id = "eni-0|', { field: 'interface-id', search: 'eni-0' }],
  ['ADDR = 10.|', { field: 'addr', search: '10.' }],
])('values to look up in %j', (marked, wanted) => {
  expect(wantedValues(marked.replace('|', ''), marked.indexOf('|'))).toEqual(wanted);
});

test.each(['|', 'dstport |', 'dstport = 443 |', 'bytes > |', 'start > |', 'dstport = $p|'])(
  'nothing is looked up in %j',
  (marked) => {
    expect(wantedValues(marked.replace('|', ''), marked.indexOf('|'))).toBeUndefined();
  },
);

test.each([
  ['dstport = 443 |', ['and', 'or']],
  ['(dstport = 443 |', ['and', 'or', ')']],
  ['(dstport = 443) |', ['and', 'or']],
  ['dstport in (22 |', [',', ')']],
  ['dstport in (22) |', ['and', 'or']],
  ['dstport = 443 a|', ['and', 'or']],
  ['dstport = 443 and|', ['and', 'or']],
])('what may follow in %j', (marked, labels) => {
  expect(at(marked).labels).toEqual(labels);
});

test.each([
  ['ac| = REJECT', 'action', 'action = REJECT'],
  ['dst|', 'dstport', 'dstport '],
  ['dst|port = 443', 'dstport', 'dstport = 443'],
  ['dstport |', '=', 'dstport = '],
  ['dstport |', 'in', 'dstport in ('],
  ['dstport = 4|', '443', 'dstport = 443'],
  ['dstport = 4|0 and action = REJECT', '443', 'dstport = 443 and action = REJECT'],
  ['action = "RE|', 'REJECT', 'action = REJECT'],
  ['action = "RE| and dstport = 1', 'REJECT', 'action = REJECT and dstport = 1'],
  ['`my|', '`my-column`', '`my-column` '],
  ['dstport = $p|', '$port', 'dstport = $port'],
  ['action = REJECT and|', 'and', 'action = REJECT and '],
])('in %j taking %j gives %j', (marked, label, result) => {
  expect(at(marked).take(label)).toBe(result);
});

test('a value that is no plain word is quoted', () => {
  const values = [{ value: 'web tier', text: 'web tier', flows: 1, bytes: 1 }];
  expect(at('instance-tag = |', { ...FACTS, values }).take('"web tier"')).toBe('instance-tag = "web tier"');
});

test('a value that was found and is known stands there once, with its flows', () => {
  const values = [{ value: '10.0.0.0/8', text: '10.0.0.0/8', flows: 5, bytes: 1 }];
  const { labels, find } = at('srcaddr = |', { ...FACTS, values });
  expect(labels.filter((label) => label === '10.0.0.0/8')).toHaveLength(1);
  expect(find('10.0.0.0/8')).toMatchObject({ detail: '5 flows' });
});
