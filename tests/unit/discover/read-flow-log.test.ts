import { readFlowLog, readLogFormat } from '../../../src/discover/read-flow-log';
import { DEFAULT_FORMAT, DEFAULT_TGW_FORMAT } from '../../../src/flow/fields';

const ACCOUNT = '123456789012';

test.each([
  ['${version} ${account-id} ${srcaddr}', ['version', 'account-id', 'srcaddr']],
  ['${instance-tag} ${a-field-of-tomorrow}', ['instance-tag', 'a-field-of-tomorrow']],
  // As a template engine may leave it.
  ['$${version}  ${ dstaddr }', ['version', 'dstaddr']],
  ['version srcaddr', undefined],
  ['', undefined],
  [undefined, undefined],
])('the format %j', (format, columns) => {
  expect(readLogFormat(format)).toEqual(columns);
});

test('what EC2 leaves out has its documented default', () => {
  expect(readFlowLog({ FlowLogId: 'fl-1', ResourceId: 'vpc-1' }, 'eu-west-1', ACCOUNT)).toEqual({
    id: 'fl-1',
    region: 'eu-west-1',
    accountId: ACCOUNT,
    tags: {},
    resourceId: 'vpc-1',
    resourceType: 'vpc',
    destination: { type: 'cloud-watch-logs' },
    columns: DEFAULT_FORMAT,
    isHive: false,
    isHourly: false,
    intervalSec: 600,
    check: { state: 'unchecked', message: 'not looked at' },
  });
});

test('a transit gateway has its own format and interval', () => {
  expect(readFlowLog({ ResourceId: 'tgw-1', LogDestinationType: 's3' }, 'eu-west-1', ACCOUNT)).toMatchObject({
    resourceType: 'transit-gateway',
    columns: DEFAULT_TGW_FORMAT,
    intervalSec: 60,
  });
});

test.each([
  ['vpc-0a', 'vpc'],
  ['subnet-0a', 'subnet'],
  ['eni-0a', 'network-interface'],
  ['tgw-0a', 'transit-gateway'],
  ['tgw-attach-0a', 'transit-gateway-attachment'],
  ['nat-0a', 'nat-gateway'],
  ['core-network-0a', 'other'],
])('%s is logged as %s', (ResourceId, type) => {
  expect(readFlowLog({ ResourceId }, 'eu-west-1', undefined).resourceType).toBe(type);
});

describe('destinations', () => {
  const ROLE = `arn:aws:iam::${ACCOUNT}:role/flow`;
  test.each([
    ['s3', 'arn:aws:s3:::logs', undefined, 's3://logs'],
    ['s3', 'arn:aws:s3:::logs/prod/vpc/', undefined, 's3://logs/prod/vpc/'],
    ['s3', 'arn:aws-cn:s3:::logs/prod', undefined, 'arn:aws-cn:s3:::logs/prod'],
    ['s3', undefined, undefined, undefined],
    ['cloud-watch-logs', undefined, '/vpc/flow', 'logs://eu-west-1//vpc/flow'],
    ['cloud-watch-logs', `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:flow:*`, 'flow', 'logs://us-east-1/flow'],
    [
      'cloud-watch-logs',
      'arn:aws:logs:us-east-1:210987654321:log-group:flow:*',
      'flow',
      'arn:aws:logs:us-east-1:210987654321:log-group:flow',
    ],
    ['kinesis-data-firehose', `arn:aws:firehose:eu-west-1:${ACCOUNT}:deliverystream/x`, undefined, undefined],
    // Made before there was a choice.
    [undefined, undefined, 'flow', 'logs://eu-west-1/flow'],
    [undefined, 'arn:aws:s3:::logs', undefined, 's3://logs'],
  ] as const)('%s %s %s is read at %s', (LogDestinationType, LogDestination, LogGroupName, location) => {
    const parts = { LogDestinationType, LogDestination, LogGroupName, DeliverLogsPermissionArn: ROLE };
    for (const accountId of [ACCOUNT, undefined]) {
      const { destination, accountId: owner } = readFlowLog(parts, 'eu-west-1', accountId);
      expect(destination.location).toBe(location);
      expect(owner).toBe(ACCOUNT);
    }
  });
});
