import fc from 'fast-check';
import { answerOf, asDigest, planOf, rowsOf } from './digest-text';

const group = fc.stringMatching(/^[0-9a-fA-F]{0,5}$/);
const ipv6 = fc
  .tuple(fc.array(group, { minLength: 1, maxLength: 9 }), fc.constantFrom('', '1.2.3.4', '01.2.3.4', 'g', '%eth0'))
  .map(([groups, end]) => `${groups.join(':')}${end}`);
/** Most of them legal: up to eight groups, at most one gap. */
const likelyIPv6 = fc
  .tuple(fc.array(fc.stringMatching(/^[0-9a-fA-F]{1,4}$/), { maxLength: 8 }), fc.nat(8))
  .map(([groups, gap]) =>
    groups.length === 8 ? groups.join(':') : `${groups.slice(0, gap).join(':')}::${groups.slice(gap).join(':')}`,
  );
const octet = fc.constantFrom(
  '0',
  '1',
  '9',
  '10',
  '99',
  '100',
  '255',
  '256',
  '999',
  '00',
  '01',
  '010',
  '1000',
  '',
  'a',
);
const ipv4 = fc
  .tuple(fc.array(octet, { minLength: 1, maxLength: 5 }), fc.constantFrom('', '.', ':', '/', '0'))
  .map(([octets, end]) => `${octets.join('.')}${end}`);
const spelling = fc.oneof(ipv6, likelyIPv6, ipv4).filter((text) => text !== '');

describe('spellings of addresses', () => {
  it('are read alike by both engines, wherever they stand', () => {
    const plan = planOf({ keys: ['srcaddr', 'dstaddr'] });
    fc.assert(
      fc.property(fc.array(fc.tuple(spelling, spelling), { minLength: 1, maxLength: 300 }), (pairs) => {
        const lines = pairs.map(
          ([source, target]) =>
            `2 123456789012 eni-1 ${source} ${target} 1 2 6 1 100 1700000000 1700000060 ACCEPT OK\n`,
        );
        const { tallies } = asDigest(answerOf(plan, lines.join('')));
        expect(tallies.flows + tallies.badValue).toBe(pairs.length);
      }),
    );
  });

  it.each([
    ['::', '::'],
    ['1::', '1::'],
    ['::1', '::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['2001:DB8:0000::00Ab', '2001:db8::ab'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
    ['255.255.255.255', '255.255.255.255'],
    ['0.0.0.0', '0.0.0.0'],
  ])('%s is %s', (text, canonical) => {
    const line = `2 123456789012 eni-1 ${text} 10.0.0.1 1 2 6 1 100 1700000000 1700000060 ACCEPT OK\n`;
    const digest = asDigest(answerOf(planOf({ keys: ['srcaddr'] }), line));
    expect(JSON.stringify(rowsOf(digest))).toContain(`"${canonical}"`);
  });

  it.each([
    ':',
    ':::',
    '1:',
    ':1',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    '::g',
    '1:2:3:4:5:6:7:8::',
  ])('%s is none', (text) => {
    const line = `2 123456789012 eni-1 ${text} 10.0.0.1 1 2 6 1 100 1700000000 1700000060 ACCEPT OK\n`;
    const { tallies } = asDigest(answerOf(planOf({ keys: ['srcaddr'] }), line));
    expect(tallies).toMatchObject({ flows: 0, badValue: 1 });
  });
});
