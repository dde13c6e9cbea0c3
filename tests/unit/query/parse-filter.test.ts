import fc from 'fast-check';
import { FlowError } from '../../../src/errors';
import { FIELDS } from '../../../src/flow/fields';
import { EITHER_SIDE, type FilterNode, type FilterOperator, type FilterValue } from '../../../src/query/filter';
import { MAX_FILTER_DEPTH, parseFilter } from '../../../src/query/parse-filter';
import { MAX_FILTER_TOKENS, MAX_VALUE_LENGTH, tokenizeFilter } from '../../../src/query/tokenize-filter';
import { arbitraryFilterText } from './arbitrary-filter';

const test1 = (field: string, op: FilterOperator, ...values: FilterValue[]): FilterNode => ({
  type: 'test',
  field,
  op,
  values,
});
const number = (from: number, to = from): FilterValue => ({ type: 'number', from, to });
const text = (value: string): FilterValue => ({ type: 'text', text: value });
const address = (first: string, last = first, prefix?: number): FilterValue =>
  prefix === undefined ? { type: 'address', first, last } : { type: 'address', first, last, prefix };
const missing: FilterValue = { type: 'missing' };
const not = (term: FilterNode): FilterNode => ({ type: 'not', term });
const and = (...terms: FilterNode[]): FilterNode => ({ type: 'and', terms });
const or = (...terms: FilterNode[]): FilterNode => ({ type: 'or', terms });

function errorOf(source: string): FlowError {
  try {
    parseFilter(source);
  } catch (error) {
    if (error instanceof FlowError) {
      return error;
    }
    throw error;
  }
  throw new Error(`parsed: ${source}`);
}

describe('parseFilter reads', () => {
  const a = test1('srcport', '=', number(1));
  const b = test1('dstport', '=', number(2));
  const c = test1('bytes', '>', number(3));

  const trees: readonly (readonly [source: string, tree: FilterNode])[] = [
    [
      'action = REJECT and dstport in (22, 3389) and not srcaddr in 10.0.0.0/8',
      and(
        test1('action', '=', text('REJECT')),
        test1('dstport', 'in', number(22), number(3389)),
        not(test1('srcaddr', 'in', address('10.0.0.0', '10.255.255.255', 8))),
      ),
    ],
    // Precedence and flattening
    ['srcport=1 or dstport=2 and bytes>3', or(a, and(b, c))],
    ['srcport=1 and dstport=2 or bytes>3', or(and(a, b), c)],
    ['(srcport=1 or dstport=2) and bytes>3', and(or(a, b), c)],
    ['not srcport=1 and dstport=2', and(not(a), b)],
    ['not (srcport=1 and dstport=2)', not(and(a, b))],
    ['((srcport=1 and dstport=2)) and bytes>3', and(a, b, c)],
    ['srcport=1 or (dstport=2 or bytes>3)', or(a, b, c)],
    ['not not srcport=1', not(not(a))],
    ['!srcport==1&&!(dstport==2||bytes>3)', and(not(a), not(or(b, c)))],
    ['srcport=1 AND NOT dstport=2 Or bytes>3', or(and(a, not(b)), c)],
    ['\tsrcport\n=\r\n1\u00a0', a],
    // Membership
    ['dstport in 22', test1('dstport', 'in', number(22))],
    ['dstport IN(22,1024-65535)', test1('dstport', 'in', number(22), number(1024, 65535))],
    ['dstport not in (22)', not(test1('dstport', 'in', number(22)))],
    ['dstport ! in (22)', not(test1('dstport', 'in', number(22)))],
    ['not dstport not in 22', not(not(test1('dstport', 'in', number(22))))],
    // Numbers
    ['port < 1024', test1('port', '<', number(1024))],
    ['dstport = 1024-65535', test1('dstport', '=', number(1024, 65535))],
    ['dstport != 0-1023', test1('dstport', '!=', number(0, 1023))],
    ['bytes >= 9007199254740991', test1('bytes', '>=', number(9007199254740991))],
    ['tcp-flags <= 2147483647', test1('tcp-flags', '<=', number(2147483647))],
    ['dstport = -', test1('dstport', '=', missing)],
    ['protocol = tcp', test1('protocol', '=', number(6))],
    [
      'protocol in (UDP, ipv6-icmp, 47, 1-6)',
      test1('protocol', 'in', number(17), number(58), number(47), number(1, 6)),
    ],
    ['protocol > 17', test1('protocol', '>', number(17))],
    // Times
    ['start >= 1769860800', test1('start', '>=', number(1769860800))],
    ['start >= 2026-01-31T12:00:00Z', test1('start', '>=', number(1769860800))],
    ['end < "2026-01-31T13:00:00.000+01:00"', test1('end', '<', number(1769860800))],
    ['start = 2026-01-31', test1('start', '=', number(1769817600))],
    ['start = 2026-01-30-2026-01-31', test1('start', '=', number(1769731200, 1769817600))],
    ['start in 2026-01-31T10:00:00-02:00-2026-01-31T12:00:01Z', test1('start', 'in', number(1769860800, 1769860801))],
    // Addresses
    ['addr = 10.1.2.3', test1('addr', '=', address('10.1.2.3'))],
    ['srcaddr != 10.0.0.1-10.0.0.9', test1('srcaddr', '!=', address('10.0.0.1', '10.0.0.9'))],
    ['srcaddr = 10.1.2.3/31', test1('srcaddr', '=', address('10.1.2.2', '10.1.2.3', 31))],
    ['srcaddr = 10.1.2.3/12', test1('srcaddr', '=', address('10.0.0.0', '10.15.255.255', 12))],
    ['srcaddr = 0.0.0.0/0', test1('srcaddr', '=', address('0.0.0.0', '255.255.255.255', 0))],
    [
      'srcaddr = 2001:DB8::/33',
      test1('srcaddr', '=', address('2001:db8::', '2001:db8:7fff:ffff:ffff:ffff:ffff:ffff', 33)),
    ],
    ['srcaddr = ::1-::ff', test1('srcaddr', '=', address('::1', '::ff'))],
    ['pkt-addr in (-, ::1/128)', test1('pkt-addr', 'in', missing, address('::1', '::1', 128))],
    // Text
    ['interface-id ~ "eni-0a*"', test1('interface-id', '~', text('eni-0a*'))],
    ['interface-id ~ eni-0a?*', test1('interface-id', '~', text('eni-0a?*'))],
    ['vpc-id = vpc-1', test1('vpc-id', '=', text('vpc-1'))],
    [
      'ecs-task-arn = arn:aws:ecs:eu-west-1:1:task/a/b',
      test1('ecs-task-arn', '=', text('arn:aws:ecs:eu-west-1:1:task/a/b')),
    ],
    ['account-id = 012345678901', test1('account-id', '=', text('012345678901'))],
    ['instance-id = -', test1('instance-id', '=', missing)],
    ['instance-id != -', test1('instance-id', '!=', missing)],
    ['instance-tag in (-, "-")', test1('instance-tag', 'in', missing, text('-'))],
    [`instance-tag = "a \\"b\\" \\\\ \\u00e4 'c'"`, test1('instance-tag', '=', text(`a "b" \\ ä 'c'`))],
    [`instance-tag = 'it\\'s "x"'`, test1('instance-tag', '=', text(`it's "x"`))],
    ['aws-service = S3', test1('aws-service', '=', text('S3'))],
    ['Action != accept', test1('action', '!=', text('ACCEPT'))],
    ['action ~ rej*', test1('action', '~', text('REJ*'))],
    ['log-status = ok', test1('log-status', '=', text('OK'))],
    ['flow-direction = EGRESS', test1('flow-direction', '=', text('egress'))],
    ['type = IPv6', test1('type', '=', text('IPv6'))],
    ['`new-field` = 22', test1('new-field', '=', text('22'))],
    ['`Weird(Name` ~ "a b*"', test1('Weird(Name', '~', text('a b*'))],
    ['`dstport` = 22', test1('dstport', '=', number(22))],
  ];

  test.each(trees)('%s', (source, tree) => {
    expect(parseFilter(source)).toStrictEqual(tree);
  });

  test.each([[''], ['  '], ['\n\t \u00a0']])('no filter from blank text %j', (source) => {
    expect(parseFilter(source)).toBeUndefined();
  });

  test('every documented and every side-less name', () => {
    const names = [...FIELDS.map(({ name }) => name), ...Object.keys(EITHER_SIDE)];
    expect(names.length).toBeGreaterThan(70);
    for (const name of names) {
      expect(parseFilter(`${name} = -`)).toStrictEqual(test1(name, '=', missing));
    }
  });

  test('parentheses and not up to the greatest depth', () => {
    const depth = MAX_FILTER_DEPTH - 1;
    expect(parseFilter(`${'('.repeat(depth)}srcport=1${')'.repeat(depth)}`)).toStrictEqual(a);
    expect(parseFilter(`${'!'.repeat(depth)}srcport=1`)).toMatchObject({ type: 'not' });
    expect(errorOf(`${'('.repeat(depth + 1)}srcport=1${')'.repeat(depth + 1)}`).message).toContain('200 deep');
  });

  test('any number of terms side by side, which are not deep', () => {
    const source = Array.from({ length: 5 * MAX_FILTER_DEPTH }, () => 'not (srcport=1 or dstport=2)').join(' and ');
    expect(parseFilter(source)).toStrictEqual(
      and(...Array.from({ length: 5 * MAX_FILTER_DEPTH }, () => not(or(a, b)))),
    );
  });

  test('and before or, not before both, as JavaScript has them', () => {
    const variables = { srcport: true, dstport: false, bytes: true, packets: false } as const;
    const operand = fc.tuple(fc.constantFrom('', 'not ', 'not not '), fc.constantFrom(...Object.keys(variables)));
    const operator = fc.constantFrom('and', 'or');
    fc.assert(
      fc.property(operand, fc.array(fc.tuple(operator, operand), { maxLength: 8 }), (first, rest) => {
        const source = [first, ...rest.flatMap(([op, next]) => [op, next])]
          .map((part) => (typeof part === 'string' ? part : `${part[0]}${part[1]} = 1`))
          .join(' ');
        const holds = (node: FilterNode): boolean => {
          switch (node.type) {
            case 'test':
              return variables[node.field as keyof typeof variables];
            case 'not':
              return !holds(node.term);
            case 'and':
              return node.terms.every(holds);
            case 'or':
              return node.terms.some(holds);
          }
        };
        const script = source
          .replace(/(\w+) = 1/g, (_, name: keyof typeof variables) => String(variables[name]))
          .replaceAll('not ', '!')
          .replaceAll('and', '&&')
          .replaceAll('or', '||');
        expect(holds(parseFilter(source)!)).toBe(new Function(`return ${script}`)());
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseFilter refuses', () => {
  /** `found` is marked in the text by ‹ and ›. */
  const errors: readonly (readonly [marked: string, expected: string, suggestion?: string])[] = [
    ['dstport = ‹)›', 'a value for dstport (a number up to 65535, a range such as 1024-65535)'],
    ['dstport =‹›', 'a value for dstport (a number up to 65535, a range such as 1024-65535)'],
    ['dstport in (22,‹)›', 'a value for dstport (a number up to 65535, a range such as 1024-65535)'],
    ['dstport in ‹)›', 'a value for dstport (a number up to 65535, a range such as 1024-65535)'],
    ['dstport = ‹70000›', 'a value for dstport (a number up to 65535, a range such as 1024-65535)'],
    ['dstport = ‹-1›', 'a value for dstport (a number up to 65535, a range such as 1024-65535)'],
    ['dstport = ‹http›', 'a value for dstport (a number up to 65535, a range such as 1024-65535)'],
    ['dstport = ‹1e3›', 'a value for dstport (a number up to 65535, a range such as 1024-65535)'],
    ['dstport = ‹80-70000›', 'a value for dstport (a number up to 65535, a range such as 1024-65535)'],
    ['dstport = ‹90-80›', 'a range for dstport from low to high'],
    ['dstport < ‹80-90›', 'a value for dstport (a number up to 65535)'],
    ['dstport < ‹-›', 'a value for dstport (a number up to 65535)'],
    ['dstport = ‹and› srcport = 1', 'a value for dstport (a number up to 65535, a range such as 1024-65535)'],
    ['dstport = ‹`x`›', 'a value for dstport (a number up to 65535, a range such as 1024-65535)'],
    ['bytes = ‹9007199254740993›', 'a value for bytes (a number up to 9007199254740991, a range such as 1024-65535)'],
    ['version = ‹2147483648›', 'a value for version (a number up to 2147483647, a range such as 1024-65535)'],
    ['protocol = ‹256›', 'a value for protocol (a name such as tcp, a number up to 255, a range such as 1-17)'],
    ['protocol = ‹tpc›', 'a value for protocol (a name such as tcp, a number up to 255, a range such as 1-17)'],
    ['start > ‹now›', 'a value for start (Unix seconds, a time such as 2026-01-31T12:00:00Z)'],
    [
      'start = ‹2026-02-30›',
      'a value for start (Unix seconds, a time such as 2026-01-31T12:00:00Z, a range of either)',
    ],
    ['start > ‹2026-01-31T12:00:00.5Z›', 'a value for start (Unix seconds, a time such as 2026-01-31T12:00:00Z)'],
    ['start > ‹2026-01-31T12:00:00›', 'a value for start (Unix seconds, a time such as 2026-01-31T12:00:00Z)'],
    [
      'srcaddr = ‹10.0.0›',
      'a value for srcaddr (an address, a block such as 10.0.0.0/8, a range such as 10.0.0.1-10.0.0.9)',
    ],
    [
      'srcaddr = ‹10.0.0.0/33›',
      'a value for srcaddr (an address, a block such as 10.0.0.0/8, a range such as 10.0.0.1-10.0.0.9)',
    ],
    [
      'srcaddr = ‹::/129›',
      'a value for srcaddr (an address, a block such as 10.0.0.0/8, a range such as 10.0.0.1-10.0.0.9)',
    ],
    [
      'srcaddr = ‹fe80::1%eth0›',
      'a value for srcaddr (an address, a block such as 10.0.0.0/8, a range such as 10.0.0.1-10.0.0.9)',
    ],
    ['srcaddr = ‹10.0.0.9-10.0.0.1›', 'a range of addresses from low to high'],
    ['srcaddr = ‹10.0.0.1-::1›', 'a range of addresses of one family'],
    ['srcaddr ‹<› 10.0.0.1', 'an operator for srcaddr, an address (= != in)'],
    ['srcaddr ‹~› "10.*"', 'an operator for srcaddr, an address (= != in)'],
    ['dstport ‹~› 22', 'an operator for dstport, a number (= != < <= > >= in)'],
    ['vpc-id ‹>=› vpc-1', 'an operator for vpc-id, a text (= != in ~)'],
    ['vpc-id ~ ‹-›', 'a value for vpc-id (a pattern such as "eni-0a*")'],
    ['vpc-id = ‹"-"›', '- without quotes, for a missing vpc-id'],
    ['dstport = ‹"-"›', '- without quotes, for a missing dstport'],
    ['dstport = ‹(›22)', 'one value for dstport (a list takes in)'],
    ['dstport‹›', 'an operator for dstport (= != < <= > >= in)'],
    ['dstport ‹22›', 'an operator for dstport (= != < <= > >= in)'],
    ['dstport not ‹=› 22', 'in'],
    ['dstport in (22 ‹23›)', 'a comma or )'],
    ['dstport in (22‹›', 'a comma or )'],
    ['dstport in 22‹,› 23', 'and, or, or the end'],
    ['dstport = 22 ‹srcport› = 1', 'and, or, or the end'],
    ['dstport = 22‹)›', 'and, or, or the end (no parenthesis is open)'],
    ['(dstport = 22‹›', 'and, or, or )'],
    ['(‹)›', 'a field, not, or ('],
    ['dstport = 22 and‹›', 'a field, not, or ('],
    ['‹and› dstport = 22', 'a field, not, or ('],
    ['‹"dstport"› = 22', 'a field, not, or ('],
    ['not‹›', 'a field, not, or ('],
    ['‹dstprt› = 22', 'a field', 'dstport'],
    ['‹Dst_Port› = 22', 'a field', 'dstport'],
    ['action = REJECT and ‹proto› = tcp', 'a field', 'protocol'],
    ['‹eni› = eni-1', 'a field', 'interface-id'],
    ['‹constructor› = x', 'a documented field, or a column in backticks'],
    ['‹zzzzzzzz› = x', 'a documented field, or a column in backticks'],
    ['vpc-id = x ‹&› dstport = 1', '&&'],
    ['vpc-id = x ‹|› dstport = 1', '||'],
    ['vpc-id = ‹"abc›', 'a closing "'],
    [`vpc-id = ‹'abc"›`, `a closing '`],
    ['vpc-id = "a‹\\q›"', 'one of \\\\ \\" \\\' \\n \\r \\t \\u0000'],
    ['vpc-id = "a‹\\›', 'one of \\\\ \\" \\\' \\n \\r \\t \\u0000'],
    ['‹`abc = 1›', 'a closing `'],
    ['‹``› = 1', 'the name of a column between the backticks (no spaces, at most 128 characters)'],
    ['‹`a\u0000`› = 1', 'the name of a column between the backticks (no spaces, at most 128 characters)'],
    ['‹`a\ud800`› = 1', 'the name of a column between the backticks (no spaces, at most 128 characters)'],
    ['‹`a b`› = 1', 'the name of a column between the backticks (no spaces, at most 128 characters)'],
  ];

  const cases = errors.map(([marked, expected, suggestion]) => ({ marked, expected, suggestion }));
  test.each(cases)('$marked: expected $expected', ({ marked, expected, suggestion }) => {
    const [before = '', found = ''] = marked.split(/[‹›]/);
    const { code, fields, message } = errorOf(marked.replace(/[‹›]/g, ''));
    expect(code).toBe('bad-query');
    expect(fields).toStrictEqual({
      position: before.length,
      length: found.length,
      expected,
      found: found === '' ? 'the end' : found,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
    expect(message).toContain(`cannot read filter at column ${before.length + 1}: expected ${expected}, found `);
    expect(message.endsWith(`(did you mean ${suggestion}?)`)).toBe(suggestion !== undefined);
  });

  test('with messages for people', () => {
    expect(errorOf('dstport = )').message).toBe(
      'cannot read filter at column 11: expected a value for dstport ' +
        '(a number up to 65535, a range such as 1024-65535), found ")"',
    );
    expect(errorOf('dstport = 22 and\n  dstprt = 1').message).toBe(
      'cannot read filter at line 2, column 3: expected a field, found "dstprt" (did you mean dstport?)',
    );
    expect(errorOf('dstport =').message).toMatch(/found the end$/);
  });

  test.each([
    ['parentheses', '('.repeat(1e5)],
    ['negations', '!'.repeat(1e5)],
    ['nots', 'not '.repeat(1e5)],
    ['quotes', '"'.repeat(1e5 + 1)],
    ['backslashes', `vpc-id = "${'\\'.repeat(1e6)}`],
    ['a long word', `vpc-id = ${'a'.repeat(MAX_VALUE_LENGTH + 1)}`],
    ['a long text', `vpc-id = "${'a'.repeat(1e6)}"`],
    ['a long number', `bytes = ${'9'.repeat(4000)}`],
    ['many hyphens', `bytes = ${'1-'.repeat(2000)}`],
    ['many tests', 'srcport = 1 or '.repeat(MAX_FILTER_TOKENS / 4)],
    ['a long list', `srcport in (${'1,'.repeat(MAX_FILTER_TOKENS / 2)}1)`],
  ])('absurd input at once: %s', (_, source) => {
    const startMs = performance.now();
    const { code, message } = errorOf(source);
    expect(code).toBe('bad-query');
    expect(message.length).toBeLessThan(300);
    expect(performance.now() - startMs).toBeLessThan(2000);
  });

  test('anything else with nothing but bad-query, at a place in the text', () => {
    let parsed = 0;
    fc.assert(
      fc.property(arbitraryFilterText, (source) => {
        try {
          parseFilter(source);
          parsed++;
        } catch (error) {
          expect(error).toBeInstanceOf(FlowError);
          const { code, fields } = error as FlowError;
          expect(code).toBe('bad-query');
          expect(fields.position).toBeGreaterThanOrEqual(0);
          expect(Number(fields.position) + Number(fields.length)).toBeLessThanOrEqual(source.length);
        }
      }),
      { numRuns: 2000 },
    );
    expect(parsed).toBeGreaterThan(0);
  });
});

describe('tokenizeFilter', () => {
  test('gives signs, words, texts and columns with their places', () => {
    const tokens = tokenizeFilter('`x`!="a\\n" && eni-1 NOT');
    expect(tokens.map(({ kind, value, position, length }) => [kind, value, position, length])).toEqual([
      ['column', 'x', 0, 3],
      ['sign', '!=', 3, 2],
      ['quoted', 'a\n', 5, 5],
      ['sign', 'and', 11, 2],
      ['word', 'eni-1', 14, 5],
      ['sign', 'not', 20, 3],
      ['end', '', 23, 0],
    ]);
  });

  test('covers any text: ascending places, white space between them, an end', () => {
    fc.assert(
      fc.property(arbitraryFilterText, (source) => {
        let position = 0;
        const tokens = tokenizeFilter(source);
        for (const token of tokens) {
          expect(source.slice(position, token.position).trim()).toBe('');
          expect(token.kind === 'end' || token.length > 0).toBe(true);
          position = token.position + token.length;
        }
        expect(tokens.at(-1)!.kind).toBe('end');
        expect(position).toBe(source.length);
      }),
    );
  });
});
