import fc from 'fast-check';
import { DEFAULT_FORMAT, FIELDS } from '../../../src/flow/fields';
import { patternFromFilter } from '../../../src/logs/filter-pattern';
import { parseFilter } from '../../../src/query/parse-filter';
import { digestOf, planOf } from '../digest/digest-text';
import { matchesPattern } from './match-pattern';

const WIDE = FIELDS.filter((field) => field.version <= 5 && field.scope !== 'tgw').map(({ name }) => name);
const SHORT = ['srcaddr', 'dstport', 'action', 'type', 'interface-id'];
const patternOf = (filter: string, columns: readonly string[] = SHORT) =>
  patternFromFilter(parseFilter(filter), columns);

test.each([
  ['action = REJECT', '[c1, c2, c3 = "REJECT" || c3 = "-", c4, c5]'],
  ['action != ACCEPT', '[c1, c2, c3 != "ACCEPT", c4, c5]'],
  ['dstport in (22, 3389)', '[c1, c2 = "22" || c2 = "3389" || c2 = "-", c3, c4, c5]'],
  ['dstport = 20-22', '[c1, c2 = "20" || c2 = "21" || c2 = "22" || c2 = "-", c3, c4, c5]'],
  ['srcaddr = 10.0.0.5', '[c1 = "10.0.0.5" || c1 = "-", c2, c3, c4, c5]'],
  ['srcaddr in 10.0.0.0/8', '[c1 = 10.* || c1 = "-", c2, c3, c4, c5]'],
  ['srcaddr in (10.1.0.0/16, 10.2.3.0/24)', '[c1 = 10.1.* || c1 = 10.2.3.* || c1 = "-", c2, c3, c4, c5]'],
  ['srcaddr = -', '[c1 = "-", c2, c3, c4, c5]'],
  ['action = REJECT and dstport = 22', '[c1, c2 = "22" || c2 = "-", c3 = "REJECT" || c3 = "-", c4, c5]'],
  ['action = REJECT and bytes > 100', '[c1, c2, c3 = "REJECT" || c3 = "-", c4, c5]'],
  ['action = REJECT and action != ACCEPT', '[c1, c2, c3 = "REJECT" || c3 = "-", c4, c5]'],
])('%s', (filter, pattern) => {
  expect(patternOf(filter)).toBe(pattern);
});

test.each([
  'dstport < 1024',
  'dstport = 1-1000',
  'action = REJECT or dstport = 22',
  'not action = REJECT',
  'srcaddr = 10.0.0.0/20',
  'srcaddr = 2001:db8::1',
  'srcaddr in (10.0.0.1, 2001:db8::/32)',
  'addr = 10.0.0.1',
  'port = 22',
  'action != -',
  'action ~ "REJ*"',
  'action = "a*b"',
  'action = "say ""x"""',
  // A record without traffic has these.
  'interface-id = eni-0a',
  // Not a column of the format.
  'protocol = 6',
])('nothing can be said of %s', (filter) => {
  expect(patternOf(filter.replaceAll('""', '\\"'))).toBeUndefined();
});

test('a pattern is never longer than the service takes', () => {
  const ports = Array.from({ length: 60 }, (_, i) => 1000 + i).join(', ');
  expect(patternOf(`dstport in (${ports}) and action = REJECT`)!.length).toBeLessThan(1024);
  const many = Array.from({ length: 200 }, (_, i) => 1000 + i).join(', ');
  expect(patternOf(`dstport in (${many}) and action = REJECT`)).toBe('[c1, c2, c3 = "REJECT" || c3 = "-", c4, c5]');
});

test('the answer is the same with and without: rows, and records without traffic', () => {
  const value: Readonly<Record<string, fc.Arbitrary<string>>> = {
    version: fc.constant('5'),
    'account-id': fc.constantFrom('123456789012', '-'),
    'interface-id': fc.constantFrom('eni-0a', 'eni-0b'),
    srcaddr: fc.constantFrom('10.0.0.5', '10.1.2.3', '10.10.0.1', '2001:db8::1', '192.168.0.1', '-'),
    dstaddr: fc.constantFrom('10.0.0.5', '100.0.0.5', '-'),
    srcport: fc.constantFrom('22', '220', '2', '0', '-'),
    dstport: fc.constantFrom('22', '23', '443', '-'),
    protocol: fc.constantFrom('6', '17', '1', '-'),
    packets: fc.constantFrom('1', '-'),
    bytes: fc.constantFrom('100', '7', '-'),
    start: fc.constantFrom('1768471200', '1768471260'),
    end: fc.constant('1768471290'),
    action: fc.constantFrom('ACCEPT', 'REJECT', '-'),
    'log-status': fc.constantFrom('OK', 'OK', 'OK', 'NODATA', 'SKIPDATA'),
    'tcp-flags': fc.constantFrom('2', '18', '-'),
    type: fc.constantFrom('IPv4', 'IPv6', '-'),
    'flow-direction': fc.constantFrom('ingress', 'egress', '-'),
  };
  const record = (columns: readonly string[]) =>
    fc.tuple(...columns.map((name) => value[name] ?? fc.constant('-'))).map((tokens) => {
      const isSilent = !tokens.includes('OK') && columns.includes('log-status');
      // What has no traffic has none of these.
      const kept = ['version', 'account-id', 'interface-id', 'start', 'end', 'log-status'];
      return tokens.map((token, i) => (isSilent && !kept.includes(columns[i]!) ? '-' : token)).join(' ');
    });
  const test = fc.constantFrom(
    'action = REJECT',
    'action != ACCEPT',
    'action = -',
    'dstport in (22, 443)',
    'dstport = 22-30',
    'srcport != 22',
    'srcaddr in 10.0.0.0/8',
    'srcaddr in (10.1.0.0/16, 192.168.0.1)',
    'srcaddr != 10.0.0.5',
    'dstaddr = 10.0.0.5',
    'protocol = 6',
    'tcp-flags = 2',
    'type != IPv6',
    'flow-direction = egress',
    'interface-id = eni-0a',
    'bytes > 50',
    'log-status = NODATA',
    'port = 22',
    '(action = REJECT or dstport = 22)',
    'not srcaddr = 10.0.0.5',
  );
  const cases = fc.constantFrom(DEFAULT_FORMAT, WIDE).chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      lines: fc.array(record(columns), { maxLength: 25 }),
      filter: fc.array(test, { minLength: 1, maxLength: 4 }).map((tests) => tests.join(' and ')),
    }),
  );
  let pushed = 0;
  fc.assert(
    fc.property(cases, ({ columns, lines, filter }) => {
      const pattern = patternFromFilter(parseFilter(filter), columns);
      const passed = pattern === undefined ? lines : lines.filter((line) => matchesPattern(pattern, line));
      pushed += lines.length - passed.length;
      const plan = planOf({ filter, keys: ['srcaddr', 'dstport', 'action'] });
      const digests = [lines, passed].map((some) => {
        const { tallies, ...content } = digestOf(plan, some.map((line) => `${line}\n`).join(''), { columns });
        const { flows, noData, skipData, badValue, badStatus } = tallies;
        return { content, flows, noData, skipData, badValue, badStatus };
      });
      expect(digests[1]).toEqual(digests[0]);
    }),
    { numRuns: 400 },
  );
  // It has to leave out something to be worth it.
  expect(pushed).toBeGreaterThan(250);
});
