import { isSameLogGroup, parseLogsLocation } from '../../../src/flow/logs-location';

test.each([
  ['logs://eu-west-1/vpc-flow', { group: 'vpc-flow', region: 'eu-west-1' }],
  ['logs://eu-west-1//vpc/flow', { group: '/vpc/flow', region: 'eu-west-1' }],
  ['logs:///vpc-flow', { group: 'vpc-flow' }],
  ['logs:////vpc/flow', { group: '/vpc/flow' }],
  [' LOGS://us-gov-west-1/a#b_c.d-e ', { group: 'a#b_c.d-e', region: 'us-gov-west-1' }],
  [
    'arn:aws:logs:eu-west-1:123456789012:log-group:/vpc/flow:*',
    {
      group: '/vpc/flow',
      region: 'eu-west-1',
      accountId: '123456789012',
      arn: 'arn:aws:logs:eu-west-1:123456789012:log-group:/vpc/flow',
    },
  ],
  [
    'logs://arn:aws-cn:logs:cn-north-1:123456789012:log-group:flow',
    {
      group: 'flow',
      region: 'cn-north-1',
      accountId: '123456789012',
      arn: 'arn:aws-cn:logs:cn-north-1:123456789012:log-group:flow',
    },
  ],
])('%s', (text, expected) => {
  expect(parseLogsLocation(text)).toEqual({ kind: 'logs', ...expected });
});

test.each(['s3://bucket/prefix', 'arn:aws:s3:::bucket', '/var/log', 'logs/2026', ''])(
  '%j is of another kind',
  (text) => {
    expect(parseLogsLocation(text)).toBeUndefined();
  },
);

test.each([
  ['logs://vpc-flow', /it names no region before the log group; write logs:\/\/region\/name/],
  ['logs://eu-west-1/', /it names no log group/],
  ['logs://vpc/flow', /vpc is not the name of a region/],
  ['logs://eu-west-1/a b', /a b is not the name of a log group/],
  ['arn:aws:logs:eu-west-1:123456789012:log-stream:x', /it is not the ARN of a log group/],
  ['arn:aws:logs::123456789012:log-group:x', /no valid region or account/],
  ['arn:aws:logs:eu-west-1:12:log-group:x', /no valid region or account/],
  ['arn:aws:logs:eu-west-1:123456789012:log-group:x:log-stream:y', /not the ARN of a log group/],
])('%s is refused', (text, why) => {
  expect(() => parseLogsLocation(text)).toThrow(why);
});

test.each([
  ['logs://eu-west-1/a', 'logs://eu-west-1/a', true],
  ['logs://eu-west-1/a', 'logs:///a', true],
  ['logs://eu-west-1/a', 'logs://eu-west-1//a', false],
  ['logs://eu-west-1/a', 'logs://eu-west-2/a', false],
  ['logs://eu-west-1/a', 'arn:aws:logs:eu-west-1:123456789012:log-group:a:*', true],
  ['arn:aws:logs:eu-west-1:111122223333:log-group:a', 'arn:aws:logs:eu-west-1:123456789012:log-group:a', false],
])('%s and %s', (a, b, same) => {
  expect(isSameLogGroup(parseLogsLocation(a)!, parseLogsLocation(b)!, 'eu-west-1')).toBe(same);
});
