import fc from 'fast-check';
import { matchGlob } from '../../../src/digest/filter-values';
import { digestOf, planOf, rowsOf } from './digest-text';

describe('matchGlob', () => {
  it.each<[string, string, boolean]>([
    ['', '', true],
    ['', 'a', false],
    ['a', '', false],
    ['a', 'a', true],
    ['a', 'A', false],
    ['a', 'aa', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['**', '', true],
    ['?', '', false],
    ['?', 'a', true],
    ['?', 'ab', false],
    ['?*', '', false],
    ['*?', 'a', true],
    ['eni-*', 'eni-', true],
    ['eni-*', 'eni-0a1b', true],
    ['eni-*', 'xeni-0a1b', false],
    ['*-1b', 'x-1b-1b', true],
    ['*-1b', 'x-1b-1bc', false],
    ['a*b*c', 'abcbc', true],
    ['a*b*c', 'acb', false],
    ['a?c*', 'abcd', true],
    ['*a*a*a*', 'aa', false],
    // No other character is special.
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
    ['a\\*', 'a\\b', true],
    ['a*', 'a*', true],
    ['a\nb*', 'a\nbc\n', true],
  ])('%j on %j: %s', (pattern, text, matches) => {
    expect(matchGlob(pattern)(text)).toBe(matches);
  });

  it('is what its regular expression says', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 10 });
    fc.assert(
      fc.property(pattern, text, (glob, value) => {
        const source = glob.replace(/[.]/g, '\\.').replace(/[?]/g, '[^]').replace(/[*]+/g, '[^]*');
        expect(matchGlob(glob)(value)).toBe(new RegExp(`^${source}$`).test(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes no exponential time', () => {
    expect(matchGlob(`${'*a'.repeat(200)}b`)('a'.repeat(4000))).toBe(false);
  });
});

/** Which of these records pass, by their `account-id`. */
const LOG = `account-id srcaddr dstaddr srcport dstport bytes action pkt-src-aws-service pkt-dst-aws-service instance-tag new-field log-status
1 10.0.0.1 10.0.1.1 49152 443 100 ACCEPT - S3 web%20a x OK
2 10.0.1.1 10.0.0.1 443 49152 200 ACCEPT S3 - web%20b - OK
3 10.0.0.2 2001:DB8::1 50000 22 300 REJECT - - - x-1 OK
4 2001:db8:0:0::2 255.255.255.255 22 22 400 REJECT EC2 S3 %2D x2 OK
5 - - - - - - - - - - OK
`;

describe('compileFilter', () => {
  it.each<[string, string]>([
    ['srcport = 443', '2'],
    ['srcport != 443', '1345'],
    ['srcport < 443', '4'],
    ['srcport <= 443', '24'],
    ['srcport > 443', '13'],
    ['srcport >= 443', '123'],
    ['srcport >= 0', '1234'],
    ['not srcport < 443', '1235'],
    ['srcport = -', '5'],
    ['srcport != -', '1234'],
    ['srcport in (-, 22)', '45'],
    ['srcport = 443-50000', '123'],
    ['srcport in (22, 49152-49999)', '14'],
    ['port = 443', '12'],
    ['port != 443', '345'],
    ['port < 443', '34'],
    ['port = -', '5'],
    ['bytes > 200', '34'],
    ['bytes = 200-300', '23'],
    ['bytes = -', '5'],
    ['bytes != 100', '2345'],
    ['bytes <= 100', '1'],
    ['srcaddr = 10.0.0.1', '1'],
    ['srcaddr = 10.0.0.0/24', '13'],
    ['srcaddr = 0.0.0.0/0', '123'],
    ['srcaddr = ::/0', '4'],
    ['dstaddr = 255.255.255.255', '4'],
    ['dstaddr = 128.0.0.0/1', '4'],
    ['srcaddr = 2001:db8::/32', '4'],
    ['addr = 2001:db8::/32', '34'],
    ['addr = 2001:db8::1', '3'],
    ['addr = 10.0.0.1', '12'],
    ['addr != 10.0.0.1', '345'],
    ['addr in (10.0.0.2, 2001:db8::2, -)', '345'],
    ['srcaddr != -', '1234'],
    ['action = REJECT', '34'],
    ['action != REJECT', '125'],
    ['action in (ACCEPT, -)', '125'],
    ['action ~ "?C*"', '12'],
    ['action ~ "*"', '1234'],
    ['aws-service = S3', '124'],
    ['aws-service != S3', '35'],
    ['aws-service ~ "E*"', '4'],
    ['instance-tag = "web a"', '1'],
    ['instance-tag ~ "web *"', '12'],
    ['instance-tag = "-"', '4'],
    ['instance-tag = -', '35'],
    ['`new-field` = x', '1'],
    ['`new-field` ~ "x?"', '4'],
    ['`new-field` ~ "x*"', '134'],
    ['`no-such-column` = -', '12345'],
    ['`no-such-column` = a', ''],
    ['vpc-id != vpc-1', '12345'],
    ['action = ACCEPT and srcport = 443', '2'],
    ['action = REJECT or srcport = 443', '234'],
    ['not (action = REJECT or srcport = 443)', '15'],
    ['action = REJECT and not (srcport = 22 or dstport = 22)', ''],
  ])('%s: %s', (filter, passing) => {
    for (const keys of [['account-id'], ['account-id', 'srcaddr', 'srcport', 'bytes', 'action', 'instance-tag']]) {
      const digest = digestOf(planOf({ keys, filter }), LOG);
      expect(rowsOf(digest).map(([account]) => account)).toEqual(passing.split(''));
      expect(digest.tallies.filtered).toBe(5 - passing.length);
    }
  });

  it('remembers its answers for any number of texts and addresses', () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `eni-${i} 2001:db8::${i.toString(16)} 1\n`).join('');
    const text = `interface-id srcaddr bytes\n${lines}${lines}`;
    const count = (filter: string) => digestOf(planOf({ keys: [], filter }), text).tallies.flows;
    expect(count('interface-id ~ "eni-*7"')).toBe(600);
    expect(count('srcaddr = 2001:db8::100-2001:db8::1ff')).toBe(512);
  });
});
