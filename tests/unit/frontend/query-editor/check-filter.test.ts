import { checkFilter } from '../../../../src/frontend/query-editor/check-filter';

/** What the squiggle is under. */
function squiggled(text: string): string | undefined {
  const { problem } = checkFilter(text);
  return problem && text.slice(problem.from, problem.from + problem.length);
}

test.each([
  '',
  '   ',
  'action = REJECT and dstport in (22, 3389)',
  'addr = 10.0.0.0/8 or not protocol = tcp',
  '`my-column` = x',
])('%j is right', (text) => {
  expect(checkFilter(text)).toEqual({});
});

test.each([
  'dstport = $port',
  'dstport in $port',
  'dstport in ($port)',
  'dstport in (22, $port)',
  'dstport > ${port}',
  'dstport = ${port:csv}',
  'dstport = [[port]]',
  'dstport = "$port"',
  'start >= ${__from:date:YYYY-MM-DD HH:mm} and bytes > 5',
  'srcaddr = $net',
  'srcaddr = 10.$x.0.0/16',
  'interface-id ~ "eni-$x*"',
  'vpc-id = $vpc and action = REJECT',
  '$field = 3',
  '$field > 3',
  '$field in (1, 2)',
  '`$column` = a',
  'dstport $op 443',
  '$filter',
  '$filter and action = REJECT',
  'action = REJECT and ($filter)',
  'not $filter',
  'action = REJECT $more',
])('what a variable holds in %j is taken to be right', (text) => {
  expect(checkFilter(text)).toEqual({});
});

test.each([
  ['dstprt = 443', 'dstprt', 'did you mean dstport?'],
  ['dstport = 70000', '70000', 'a number up to 65535'],
  ['dstport ~ 443', '~', 'an operator for dstport'],
  ['action = REJECT dstport = 1', 'dstport', 'and, or, or the end'],
  ['action = REJECT)', ')', 'no parenthesis is open'],
  ['vpc-id = "abc', '"abc', 'a closing "'],
  ['addr = 10.0.0.0/64', '10.0.0.0/64', 'a block such as 10.0.0.0/8'],
])('in %j the squiggle is under %j', (text, expected, message) => {
  expect(squiggled(text)).toBe(expected);
  expect(checkFilter(text).problem?.message).toContain(message);
});

test.each([
  ['dstport = $port and acton = REJECT', 'acton'],
  ['srcaddr = ${net:csv} and dstport = 70000', '70000'],
  ['acton = $x and dstport = $y', 'acton'],
  ['$filter and [[more]] and dstprt = 1', 'dstprt'],
  ['dstport = $port or ) and bytes > $least', ')'],
  ['srcaddr = 10.$x.0.0/16 and (action = )', ')'],
])('variables move no squiggle: %j', (text, expected) => {
  expect(squiggled(text)).toBe(expected);
});

test('the message shows what stands in the filter, not what a variable was taken for', () => {
  expect(checkFilter('bytes ~ $pattern').problem).toMatchObject({ from: 6, length: 1 });
  expect(checkFilter('action = REJECT and dstport').problem).toMatchObject({
    from: 27,
    length: 0,
    message: expect.stringContaining('found the end'),
  });
});
