import {
  addAdHocFilters,
  hasTerm,
  joinFilters,
  splitTerms,
  testOf,
  withoutTerm,
} from '../../../src/query/ad-hoc-filters';
import { parseFilter } from '../../../src/query/parse-filter';

test.each([
  ['srcaddr', '=', '10.0.0.1', 'srcaddr = 10.0.0.1'],
  ['SRCADDR', '!=', '10.0.0.0/8', 'srcaddr != 10.0.0.0/8'],
  ['port', '>', '1024', 'port > 1024'],
  ['dstport', '>', '1024', 'dstport > 1024'],
  ['dstport', '>=', '1024', 'dstport >= 1024'],
  ['bytes', '<=', '40', 'bytes <= 40'],
  ['instance-tag', '=', 'web server', 'instance-tag = "web server"'],
  ['interface-id', '=~', 'eni-0a.*', 'interface-id ~ *eni-0a*'],
  ['interface-id', '!~', '^eni-.a$', 'not interface-id ~ eni-?a'],
  ['my-column', '=', 'x', '`my-column` = x'],
  ['instance-id', '=', '', 'instance-id = -'],
  ['protocol', '=', 'tcp', 'protocol = tcp'],
])('%s %s %s', (key, operator, value, expected) => {
  const test = testOf({ key, operator, value });
  expect(test).toBe(expected);
  expect(() => parseFilter(test)).not.toThrow();
});

test('a filter that is still being made, or is on the row Other, does not count', () => {
  const filters = [
    { key: 'dstport', operator: '=', value: '' },
    { key: '', operator: '=', value: '443' },
    { key: 'srcaddr', operator: '=', value: 'Other (18385)' },
  ];
  expect(addAdHocFilters('action = REJECT', filters)).toBe('action = REJECT');
});

test('several values are a list', () => {
  expect(testOf({ key: 'dstport', operator: '=|', value: '22', values: ['22', '3389'] })).toBe('dstport in (22, 3389)');
  expect(testOf({ key: 'dstport', operator: '!=|', value: '22', values: ['22'] })).toBe('dstport not in (22)');
});

test.each([
  [{ key: 'dstport', operator: '=', value: 'ssh' }, 'cannot filter by dstport = ssh'],
  [{ key: 'interface-id', operator: '=~', value: '(a|b)' }, 'of regular expressions only .* and . are understood'],
  [{ key: 'srcaddr', operator: '=~', value: '10.*' }, 'cannot filter by srcaddr =~ 10.*'],
  [{ key: 'dstport', operator: '<>', value: '1' }, 'there is no operator <>'],
])('%j cannot be a test', (filter, message) => {
  expect(() => testOf(filter)).toThrow(message);
});

test('filters are joined so that both hold', () => {
  expect(joinFilters('a = 1 or b = 2', 'c = 3 or d = 4')).toBe('(a = 1 or b = 2) and (c = 3 or d = 4)');
  expect(joinFilters('(a = 1 or b = 2)', 'c = 3')).toBe('(a = 1 or b = 2) and c = 3');
  expect(joinFilters(' ', 'c = 3')).toBe('c = 3');
  expect(joinFilters('', ' ')).toBe('');
});

test('a filter is taken apart only where its outermost and is', () => {
  expect(splitTerms('a = 1 and (b = 2 and c = 3) && d in (1, 2)')).toEqual([
    'a = 1',
    '(b = 2 and c = 3)',
    'd in (1, 2)',
  ]);
  expect(splitTerms('a = 1 and b = 2 or c = 3')).toEqual(['a = 1 and b = 2 or c = 3']);
  expect(splitTerms('a = "x and y"')).toEqual(['a = "x and y"']);
  expect(hasTerm('a = 1 and b = 2', 'b = 2')).toBe(true);
  expect(hasTerm('a = 1 or b = 2', 'b = 2')).toBe(false);
  expect(withoutTerm('a = 1 and b = 2 and c = 3', 'b = 2')).toBe('a = 1 and c = 3');
});
