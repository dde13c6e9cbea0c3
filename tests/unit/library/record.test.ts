import { DEFAULT_FORMAT, FIELDS } from '../../../src/flow/fields';
import { parseRecord, type NumberField, type TextField } from '../../../src/library/record';

/** Every member of the types, which the compiler holds complete. */
const NUMBERS: Record<NumberField, true> = {
  ...{
    version: true,
    srcport: true,
    dstport: true,
    protocol: true,
    packets: true,
    bytes: true,
    start: true,
    end: true,
  },
  ...{ 'tcp-flags': true, 'traffic-path': true, 'encryption-status': true, 'packets-lost-no-route': true },
  ...{ 'packets-lost-blackhole': true, 'packets-lost-mtu-exceeded': true, 'packets-lost-ttl-expired': true },
};
const TEXTS: Partial<Record<TextField, true>> = { srcaddr: true, action: true, 'vpc-id': true, 'tgw-id': true };

test('the types are those of the dictionary', () => {
  const isNumber = (type: string): boolean => type === 'integer' || type === 'long';
  expect(
    FIELDS.filter(({ type }) => isNumber(type))
      .map(({ name }) => name)
      .sort(),
  ).toEqual(Object.keys(NUMBERS).sort());
  for (const name of Object.keys(TEXTS)) {
    expect(isNumber(FIELDS.find((field) => field.name === name)!.type)).toBe(false);
  }
});

test.each<[name: string, line: string, columns: readonly string[] | undefined, values: object | undefined]>([
  [
    'the default format',
    '2 123456789010 eni-1 198.51.100.1 2001:db8::1 443 49152 6 10 840 1439387263 1439387264 ACCEPT OK',
    undefined,
    {
      ...{ version: 2, 'account-id': '123456789010', 'interface-id': 'eni-1', srcaddr: '198.51.100.1' },
      ...{ dstaddr: '2001:db8::1', srcport: 443, dstport: 49152, protocol: 6, packets: 10, bytes: 840 },
      ...{ start: 1439387263, end: 1439387264, action: 'ACCEPT', 'log-status': 'OK' },
    },
  ],
  [
    'nulls, zeros, milliseconds',
    '- 0 1439387263999',
    ['bytes', 'srcport', 'start'],
    { bytes: null, srcport: 0, start: 1439387263 },
  ],
  ['tags and new columns', 'a%20b c%20d', ['instance-tag', 'new'], { 'instance-tag': 'a b', new: 'c%20d' }],
  ['a number out of its range', '70000', ['srcport'], undefined],
  ['a number that is none', '1e3', ['bytes'], undefined],
  ['too few', '1', ['bytes', 'packets'], undefined],
  ['too many', '1 2', ['bytes'], undefined],
])('%s', (_, line, columns = DEFAULT_FORMAT, values) => {
  expect(parseRecord(line, columns)).toEqual(values);
});
