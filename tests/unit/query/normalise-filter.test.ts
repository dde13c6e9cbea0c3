import fc from 'fast-check';
import { normaliseFilter } from '../../../src/query/normalise-filter';
import { MAX_FILTER_DEPTH, parseFilter } from '../../../src/query/parse-filter';
import { printFilter } from '../../../src/query/print-filter';
import { arbitraryFilter } from './arbitrary-filter';

describe('normaliseFilter reads', () => {
  test.each([[undefined], [null], [''], [' ']])('no filter from %j', (input) => {
    expect(normaliseFilter(input)).toBeUndefined();
  });

  test('text', () => {
    expect(normaliseFilter('port=22')).toStrictEqual(parseFilter('port = 22'));
  });

  test('a filter as any tree that the parser makes', () => {
    fc.assert(
      fc.property(arbitraryFilter, (filter) => {
        expect(normaliseFilter(filter)).toStrictEqual(filter);
      }),
    );
  });

  test('a filter as a tree that the parser would have made otherwise', () => {
    const port = (from: number) => ({
      type: 'test',
      field: 'dstport',
      op: '=',
      values: [{ type: 'number', from, to: from }],
    });
    const filter = {
      type: 'or',
      terms: [
        { type: 'or', terms: [port(1), port(2)] },
        { type: 'test', field: 'srcaddr', op: '=', values: [{ type: 'address', first: '::0:1', last: '0::1' }] },
        {
          type: 'test',
          field: 'srcaddr',
          op: '=',
          values: [{ type: 'address', first: '2001:DB8::', last: '2001:DB8::F', prefix: 124 }],
        },
        { type: 'test', field: 'action', op: '=', values: [{ type: 'text', text: 'accept' }] },
      ],
    };
    expect(printFilter(normaliseFilter(filter)!)).toBe(
      'dstport = 1 or dstport = 2 or srcaddr = ::1 or srcaddr = 2001:db8::/124 or action = ACCEPT',
    );
  });
});

describe('normaliseFilter refuses', () => {
  const test1 = (field: string, op: string, ...values: unknown[]) => ({ type: 'test', field, op, values });
  const number = (from: number, to = from) => ({ type: 'number', from, to });
  const text = (value: string) => ({ type: 'text', text: value });
  const good = test1('dstport', '=', number(1));
  const hostile = test1('vpc-id', '=', text('x" or dstport = 1 or vpc-id = "y'));
  const cyclic: Record<string, unknown> = { type: 'not' };
  cyclic.term = cyclic;
  let deep: unknown = good;
  for (let i = 0; i < 1e5; i++) {
    deep = { type: 'not', term: deep };
  }

  test('no tree whose texts look like the language: they stay texts', () => {
    expect(normaliseFilter(hostile)).toStrictEqual(hostile);
  });

  test.each([
    ['without type', {}],
    ['of an unknown type', { type: 'xor', terms: [good, good] }],
    ['with one term', { type: 'and', terms: [good] }],
    ['with a member too many', { ...good, x: 1 }],
    ['with two values for =', test1('dstport', '=', number(1), number(2))],
    ['with no values', test1('dstport', 'in')],
    ['with an unknown operator', test1('dstport', '=~', number(1))],
    ['with a range backwards', test1('dstport', '=', number(2, 1))],
    ['with a fraction', test1('bytes', '=', number(1.5))],
    ['with a number out of range', test1('dstport', '=', number(65536))],
    ['with a range for <', test1('dstport', '<', number(1, 2))],
    ['with a text for a number', test1('dstport', '=', text('22'))],
    ['with a number for a text', test1('account-id', '=', number(1, 2))],
    ['with ~ for an address', test1('srcaddr', '~', { type: 'address', first: '::1', last: '::1' })],
    ['with no address', test1('srcaddr', '=', { type: 'address', first: 'x or y', last: 'x or y' })],
    ['with addresses of two families', test1('srcaddr', '=', { type: 'address', first: '1.1.1.1', last: '::1' })],
    ['with addresses backwards', test1('srcaddr', '=', { type: 'address', first: '1.1.1.2', last: '1.1.1.1' })],
    ['with a wrong block', test1('srcaddr', '=', { type: 'address', first: '10.0.0.0', last: '10.0.0.9', prefix: 8 })],
    [
      'with an impossible prefix',
      test1('srcaddr', '=', { type: 'address', first: '10.0.0.0', last: '10.0.0.0', prefix: 33 }),
    ],
    ['with a field that could end its backticks', test1('x` = 1 or `y', '=', text('1'))],
    ['with - as text', test1('vpc-id', '=', text('-'))],
    ['that is too deep', deep],
    ['that holds itself', cyclic],
  ])('a tree %s', (_, filter) => {
    expect(() => normaliseFilter(filter)).toThrow(
      expect.objectContaining({ code: 'bad-query', message: expect.stringMatching(/^cannot read filter/) }),
    );
  });

  test('a tree that is too deep, by its depth', () => {
    const nested = (depth: number): unknown => (depth === 1 ? good : { type: 'not', term: nested(depth - 1) });
    expect(normaliseFilter(nested(MAX_FILTER_DEPTH))).toStrictEqual(nested(MAX_FILTER_DEPTH));
    for (const input of [nested(MAX_FILTER_DEPTH + 2), cyclic, deep]) {
      expect(() => normaliseFilter(input)).toThrow('cannot read filter: its tree is more than 201 deep');
    }
  });
});
