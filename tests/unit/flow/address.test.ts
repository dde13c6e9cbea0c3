import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import {
  addressRange,
  compareAddresses,
  compareBytes,
  formatAddress,
  formatIPv4,
  formatIPv6,
  parseAddress,
  wordFromIPv4,
  type Address,
} from '../../../src/flow/address';

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** Addresses with many zero groups, where spellings differ most. */
const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
const address: fc.Arbitrary<Address> = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes): Address => ({ family: 4, bytes })),
  bytes16.map((bytes): Address => ({ family: 6, bytes })),
);

function bytesFromGroups(words: readonly number[]): Uint8Array {
  return Uint8Array.from(words.flatMap((word) => [word >>> 8, word & 255]));
}

function hex(text: string): string | undefined {
  const parsed = parseAddress(text);
  return parsed && Buffer.from(parsed.bytes).toString('hex');
}

describe('formatIPv4 and wordFromIPv4', () => {
  it.each([
    [0, '0.0.0.0'],
    [1, '0.0.0.1'],
    [0x0a000001, '10.0.0.1'],
    [0x7fffffff, '127.255.255.255'],
    [0x80000000, '128.0.0.0'],
    [0xffffffff, '255.255.255.255'],
  ])('%d is %s', (word, text) => {
    expect(formatIPv4(word)).toBe(text);
    expect(wordFromIPv4(parseAddress(text)!.bytes)).toBe(word);
  });
});

describe('parseAddress', () => {
  it.each([
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1::', '00010000000000000000000000000000'],
    ['2001:DB8::A', '20010db800000000000000000000000a'],
    ['2001:0db8:0000:0000:0000:0000:0000:000a', '20010db800000000000000000000000a'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
    ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
    ['::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
    ['0:0:0:0:0:FFFF:1.2.3.4', '00000000000000000000ffff01020304'],
    // Not the mapped form: the deprecated "IPv4-compatible" address.
    ['::1.2.3.4', '00000000000000000000000001020304'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
    ['1:2:3:4:5:6:1.2.3.4', '00010002000300040005000601020304'],
    ['10.0.0.1', '0a000001'],
    ['0.0.0.0', '00000000'],
    ['255.255.255.255', 'ffffffff'],
  ])('reads %s', (text, expected) => {
    expect(hex(text)).toBe(expected);
    expect(parseAddress(text)!.family).toBe(expected.length === 8 ? 4 : 6);
  });

  it.each([
    ...[
      '',
      ' ',
      '-',
      'none',
      '1',
      '10.0.0',
      '10.0.0.0.1',
      '10.0.0.256',
      '10.0.0.1.',
      '.10.0.0.1',
      '10..0.1',
      '10.0.0.-1',
    ],
    // Neither octal nor hexadecimal nor short forms.
    ...['010.0.0.1', '10.0.0.01', '00.0.0.0', '0x0a.0.0.1', '167772161', '0x7f000001', '127.1'],
    ...[' 10.0.0.1', '10.0.0.1 ', '10.0.0.1/32', '10.0.0.1:80', '١.2.3.4'],
    ...[
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '::1:2:3:4:5:6:7:8',
      '1::2::3',
      ':::',
      ':1',
      '1:',
      '12345::',
      '::g',
      '[::1]',
    ],
    ...[
      'fe80::1%eth0',
      'fe80::1%0',
      '::1/128',
      '::ffff:1.2.3',
      '::ffff:1.2.3.256',
      '::ffff:01.2.3.4',
      '::ffff:0x1.2.3.4',
    ],
    ...['1.2.3.4::', '::1.2.3.4:5', '1:2:3:4:5:6:7:1.2.3.4', '1.2.3.4:1.2.3.4'],
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('accepts what Node accepts, but for zones', () => {
    const pieces = fc.constantFrom(
      ':',
      '::',
      '.',
      '0',
      '1',
      '00',
      '10',
      '255',
      '256',
      'f',
      'FFFF',
      '1.2.3.4',
      '%',
      'x',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6(),
          fc.array(pieces, { maxLength: 16 }).map((some) => some.join('')),
        ),
        (text) => {
          const expected = isIPv4(text) ? 4 : isIPv6(text) && !text.includes('%') ? 6 : undefined;
          expect(parseAddress(text)?.family).toBe(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('reads back what it printed', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          address,
          groups.map((words): Address => ({ family: 6, bytes: bytesFromGroups(words) })),
        ),
        (one) => {
          expect(parseAddress(formatAddress(one))).toEqual(one);
        },
      ),
    );
  });
});

describe('formatIPv6', () => {
  it.each([
    [[0, 0, 0, 0, 0, 0, 0, 0], '::'],
    [[0, 0, 0, 0, 0, 0, 0, 1], '::1'],
    [[1, 0, 0, 0, 0, 0, 0, 0], '1::'],
    [[0x2001, 0xdb8, 0, 0, 0, 0, 0, 0xa], '2001:db8::a'],
    // RFC 5952 4.2.2: one group of zeros is not shortened. 4.2.3: the longest run, the first of equals.
    [[0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], '2001:db8:0:1:1:1:1:1'],
    [[1, 0, 0, 2, 0, 0, 0, 3], '1:0:0:2::3'],
    [[1, 0, 0, 2, 3, 0, 0, 4], '1::2:3:0:0:4'],
    [[0, 0, 1, 1, 1, 1, 0, 0], '::1:1:1:1:0:0'],
    [[1, 1, 1, 1, 1, 1, 0, 0], '1:1:1:1:1:1::'],
    [[0, 0, 0, 0, 0, 0xffff, 0x102, 0x304], '::ffff:102:304'],
    [[0xabcd, 0xef, 1, 2, 3, 4, 5, 6], 'abcd:ef:1:2:3:4:5:6'],
  ])('%j is %s', (words, text) => {
    expect(formatIPv6(bytesFromGroups(words))).toBe(text);
  });
});

describe('compareAddresses', () => {
  it('orders IPv4 before IPv6, then by value', () => {
    const ordered = ['0.0.0.0', '9.255.255.255', '10.0.0.1', '127.0.0.1', '128.0.0.1', '255.255.255.255'].concat([
      '::',
      '::1',
      '::ffff:1.2.3.4',
      '1::',
      '2001:db8::',
      '2001:db8::ff',
      '2001:db8::100',
      'ffff::',
    ]);
    const shuffled = [...ordered].reverse().map((text) => parseAddress(text)!);
    expect(shuffled.sort(compareAddresses).map(formatAddress)).toEqual(
      ordered.map((text) => formatAddress(parseAddress(text)!)),
    );
  });

  it('is the order of the bytes as a number', () => {
    const value = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
    fc.assert(
      fc.property(bytes16, bytes16, fc.nat(16), (a, b, shared) => {
        b.set(a.subarray(0, shared));
        const order = value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0;
        expect(Math.sign(compareBytes(a, b))).toBe(order);
        expect(Math.sign(compareAddresses({ family: 6, bytes: a }, { family: 6, bytes: b }))).toBe(order);
      }),
    );
  });
});

describe('addressRange', () => {
  it.each([
    ['10.1.2.3', 'private'],
    ['8.8.8.8', 'unicast'],
    ['169.254.169.254', 'linkLocal'],
    ['fd00::1', 'uniqueLocal'],
    ['2600::1', 'unicast'],
    ['-', 'none'],
    ['vpc-1', 'none'],
  ])('%s: %s', (text, range) => {
    expect(addressRange(text)).toBe(range);
  });
});
