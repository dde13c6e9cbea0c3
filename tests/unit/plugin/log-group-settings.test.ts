/** Log groups among the sources of a data source: their settings, their rights, and what to do when something fails. */
import { FlowError, type FlowErrorCode, type FlowErrorFields } from '../../../src/errors';
import { explainFailure } from '../../../src/plugin/explain-failure';
import { describeForwarding } from '../../../src/plugin/forwarding';
import { createIamPolicies } from '../../../src/plugin/iam-policy';
import { createInstance } from '../../../src/plugin/instance';
import { selectSources } from '../../../src/plugin/select-sources';
import { parseDataSourceSettings } from '../../../src/plugin/settings';
import { makeInput, ROLE } from './data-source-input';

const ARN = 'arn:aws:logs:eu-west-1:111122223333:log-group:/vpc/flow';
const settingsOf = (sources: readonly object[], more: object = {}) =>
  parseDataSourceSettings(makeInput({ ...more, sources }));

test.each([
  [{ location: 'logs://eu-west-1//vpc/flow' }, {}, { group: '/vpc/flow', region: 'eu-west-1' }],
  [{ location: 'logs:///flow' }, { defaultRegion: 'eu-west-2' }, { group: 'flow', region: 'eu-west-2' }],
  [
    { location: 'logs:///flow', region: 'eu-west-3' },
    { defaultRegion: 'eu-west-2' },
    { group: 'flow', region: 'eu-west-3' },
  ],
  [{ location: `${ARN}:*` }, {}, { group: '/vpc/flow', region: 'eu-west-1', accountId: '111122223333', arn: ARN }],
])('%j', (source, more, expected) => {
  expect(settingsOf([source], more).sources[0]).toMatchObject({ kind: 'logs', name: source.location, ...expected });
});

test('a role, an external id and columns of its own', () => {
  const [source] = settingsOf([
    { name: 'b', location: 'logs://eu-west-1/b', roleArn: ROLE, externalId: 'x', header: '${srcaddr} ${dstaddr}' },
  ]).sources;
  expect(source).toMatchObject({
    columns: ['srcaddr', 'dstaddr'],
    s3: { assumeRoleArn: ROLE, externalId: 'x' },
  });
});

test.each([
  ['no region', [{ location: 'logs:///flow' }], /sources\[0\]\.location: names no region: write logs:\/\/region\/flow/],
  [
    'another region',
    [{ location: 'logs://eu-west-1/a', region: 'eu-west-2' }],
    /sources\[0\]\.region: .* leave it out/,
  ],
  [
    'requester pays',
    [{ location: 'logs://eu-west-1/a', requesterPays: true }],
    /requesterPays: means nothing for a log/,
  ],
  ['any key', [{ location: 'logs://eu-west-1/a', anyKey: true }], /anyKey: means nothing for a log group/],
  ['a mistyped field', [{ location: 'logs://eu-west-1/a', header: 'srcadr' }], /header: .*did you mean srcaddr/],
  [
    'one group twice',
    [{ location: 'logs://eu-west-1//vpc/flow' }, { name: 'again', location: ARN }],
    /lies inside sources\[\d\] and would count twice/,
  ],
])('%s is refused', (_, sources, message) => {
  expect(() => settingsOf(sources)).toThrow(message);
});

test('groups whose names begin alike are two, and so are those of two accounts', () => {
  const sources = [
    { location: 'logs://eu-west-1/flow' },
    { location: 'logs://eu-west-1/flow/b' },
    { location: ARN },
    { location: ARN.replace('111122223333', '444455556666') },
  ];
  expect(settingsOf(sources).sources).toHaveLength(4);
});

test('a query names a group in any accepted form', () => {
  const instance = createInstance(
    makeInput({ sources: [{ name: 'a', location: `${ARN}:*` }, { location: 'logs://eu-west-1/b' }] }),
    { version: '1' },
  );
  const [a, b] = instance.sources;
  for (const [text, source] of [
    ['a', a],
    [ARN, a],
    [`logs://${ARN}`, a],
    ['logs://eu-west-1/b', b],
  ] as const) {
    expect(selectSources(instance.sources, [text])).toEqual([source]);
  }
  expect(() => selectSources(instance.sources, ['logs://eu-west-1//vpc/flow'])).toThrow(/the data source has a/);
  instance.close();
});

test('the policy: read the groups, describe them and their flow logs; nothing else', () => {
  const [own, ofRole] = createIamPolicies(
    settingsOf([
      { location: 's3://logs/prod/' },
      { location: `${ARN}:*` },
      { location: 'logs://cn-north-1/flow' },
      { location: 'logs://eu-west-1/b', roleArn: ROLE, header: 'srcaddr dstaddr' },
    ]),
  );
  const statementsOf = (policy = own) =>
    policy!.document.Statement.map(({ Action, Resource }) => [Action, Resource] as const);
  expect(statementsOf().map(([action]) => action)).toEqual([
    'sts:AssumeRole',
    's3:ListBucket',
    's3:GetObject',
    'logs:FilterLogEvents',
    'logs:DescribeLogGroups',
    'ec2:DescribeFlowLogs',
  ]);
  expect(Object.fromEntries(statementsOf())).toMatchObject({
    'logs:FilterLogEvents': [`${ARN}:*`, 'arn:aws-cn:logs:cn-north-1:*:log-group:flow:*'],
    'logs:DescribeLogGroups': '*',
  });
  // Where the format is given, nobody is asked for it.
  expect(statementsOf(ofRole)).toEqual([
    ['logs:FilterLogEvents', 'arn:aws:logs:eu-west-1:123456789012:log-group:b:*'],
    ['logs:DescribeLogGroups', '*'],
  ]);
});

describe('advice', () => {
  const [source] = settingsOf([{ location: ARN }]).sources;
  const forwarding = describeForwarding({ grafanaConfig: {}, environment: {} });
  const advise = (code: FlowErrorCode, fields: FlowErrorFields = {}) =>
    explainFailure(new FlowError(code, 'cannot', { fields }), { source: source!, forwarding });

  test.each<[FlowErrorCode, FlowErrorFields, RegExp]>([
    [
      'access-denied',
      { action: 'logs:FilterLogEvents' },
      /^Allow logs:FilterLogEvents on arn:.*:log-group:\/vpc\/flow:\*\.$/,
    ],
    ['access-denied', { action: 'logs:DescribeLogGroups' }, /^Allow logs:DescribeLogGroups\.$/],
    ['access-denied', { awsCode: 'UnrecognizedClientException' }, /^Check the access key/],
    ['not-found', {}, /^Check the name of the log group and its region; a group of another account/],
    ['unavailable', {}, /^Check the network/],
  ])('%s %j', (code, fields, fix) => {
    expect(advise(code, fields).fix).toMatch(fix);
  });

  test('none beside a message that gives it', () => {
    expect(advise('bad-settings', { setting: 'header' })).toEqual({});
    expect(advise('bad-settings', { logGroupClass: 'INFREQUENT_ACCESS' })).toEqual({});
  });
});
