import { WIDE_COLUMNS, joinTexts, toIpv6, toWideRows } from '../../../../bench/corpora/rewrite';
import { isValid, parse } from 'ipaddr.js';

const HEADER =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status';
const recordOf = (eni: string, srcaddr: string, dstaddr: string): string =>
  `2 123456789012 ${eni} ${srcaddr} ${dstaddr} 20641 80 6 20 1000 1418530010 1418530070 ACCEPT OK`;

describe('IPv6', () => {
  const addressesOf = (text: string): string[] =>
    text
      .trimEnd()
      .split('\n')
      .slice(1)
      .flatMap((line) => line.split(' ').slice(3, 5));

  test('every address is another one, in its shortest form', () => {
    const given = Array.from({ length: 2000 }, (_, i) => `${1 + (i % 3)}.${i >> 8}.${i % 7}.${i & 255}`);
    const text = [HEADER, ...given.map((address) => recordOf('eni-0001', address, '10.0.0.0')), ''].join('\n');
    const found = addressesOf(toIpv6(text)).filter((_, index) => index % 2 === 0);
    expect(found).toHaveLength(2000);
    expect(new Set(found).size).toBe(new Set(given).size);
    expect(found.every((address) => isValid(address) && parse(address).toString() === address)).toBe(true);
    expect(found.every((address) => address.includes(':') && address.length >= 30)).toBe(true);
  });

  test('one interface in eight stays as it is, and so does all else', () => {
    const text = [HEADER, recordOf('eni-0008', '10.0.0.1', '10.0.0.2'), ''].join('\n');
    expect(toIpv6(text)).toBe(text);
    const other = toIpv6(text.replace('eni-0008', 'eni-0009'));
    expect(addressesOf(other).map((address) => address.includes(':'))).toEqual([true, true]);
    expect(other.replaceAll(/2600\S+/g, 'x')).toBe([HEADER, recordOf('eni-0009', 'x', 'x'), ''].join('\n'));
  });

  test('what is IPv6 stays', () => {
    const text = [HEADER, recordOf('eni-0001', '2001:db8::1', '2001:db8::2'), ''].join('\n');
    expect(toIpv6(text)).toBe(text);
  });
});

test('a wide row has 29 columns, the first 14 as they were', () => {
  const record = recordOf('eni-0123456789abcdef0', '10.0.0.1', '10.0.0.2');
  const [row] = toWideRows(`${HEADER}\n${record}\n`);
  expect(WIDE_COLUMNS).toHaveLength(29);
  expect(row).toHaveLength(29);
  expect(row!.slice(0, 14).join(' ')).toBe(record);
});

test('joined texts have one header line and all records', () => {
  expect(joinTexts([`${HEADER}\na\nb\n`, `${HEADER}\nc\n`])).toBe(`${HEADER}\na\nb\nc\n`);
});
