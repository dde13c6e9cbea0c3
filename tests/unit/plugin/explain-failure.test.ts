import { FlowError, type FlowErrorCode, type FlowErrorFields } from '../../../src/errors';
import { explainFailure } from '../../../src/plugin/explain-failure';
import { describeForwarding } from '../../../src/plugin/forwarding';
import { parseDataSourceSettings } from '../../../src/plugin/settings';
import { makeInput, ROLE } from './data-source-input';

const forwarding = describeForwarding({ grafanaConfig: {}, environment: { GF_VERSION: '12.3.0' } });
const all = describeForwarding({
  grafanaConfig: { AWS_AUTH_AllowedAuthProviders: 'default' },
  environment: { GF_VERSION: '13.0.0' },
});
const environment = { GF_PLUGIN_LOCAL_ROOT: '/data' };
const [bucket, point, folder] = parseDataSourceSettings(
  makeInput(
    {
      assumeRoleArn: ROLE,
      sources: [
        { location: 's3://logs/prod/' },
        { location: 'arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/flows/p/' },
        { location: '/data/demo' },
      ],
    },
    { environment },
  ),
).sources;
const identity = { arn: 'arn:aws:iam::123456789012:user/me', accountId: '123456789012' };

function explain(code: FlowErrorCode, fields: FlowErrorFields = {}, more: object = {}) {
  return explainFailure(new FlowError(code, 'cannot', { fields }), { source: bucket!, forwarding, ...more });
}

test.each<[string, FlowErrorFields, RegExp]>([
  [
    's3:ListBucket',
    {},
    /^Allow s3:ListBucket on arn:aws:s3:::logs with the prefix prod\/ for arn:.*user\/me, in the bucket policy too/,
  ],
  ['s3:GetObject', {}, /^Allow s3:GetObject on arn:aws:s3:::logs\/prod\/\* for .*kms:Decrypt on that key/],
  ['kms:Decrypt', {}, /^Allow kms:Decrypt on the KMS key of the bucket for .*, in the key policy too/],
  [
    'sts:AssumeRole',
    { role: ROLE },
    /^Allow sts:AssumeRole on arn:.*role\/flow-logs .*trust policy too \(no external id is sent\)/,
  ],
  ['s3:GetObjectVersion', {}, /^Allow s3:GetObjectVersion for arn/],
])('a refusal of %s names it, and on what', (action, fields, fix) => {
  expect(explain('access-denied', { action, awsCode: 'AccessDenied', ...fields }, { identity })).toEqual({
    missingAction: action,
    fix: expect.stringMatching(fix),
  });
});

test('objects of an access point are named as policies want them', () => {
  const { fix } = explain('access-denied', { action: 's3:GetObject' }, { source: point });
  expect(fix).toContain('arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/flows/object/p/*');
});

test.each(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'InvalidClientTokenId'])(
  '%s is about the credentials, not about an action',
  (awsCode) => {
    const advice = explain('access-denied', { action: 's3:ListBucket', awsCode });
    expect(advice.missingAction).toBeUndefined();
    expect(advice.fix).toMatch(/access key, secret key/);
  },
);

test.each(['default', 'ec2_iam_role'])('no credentials for %s: what Grafana holds back comes first', (authType) => {
  expect(explain('bad-settings', { authType }).fix).toMatch(/^Grafana is not forwarding .*forward_settings_to_plugins/);
  expect(explain('unavailable', { authType }, { forwarding: all }).fix).toMatch(/^Check the authentication provider/);
});

test('no credentials in a file is not about what Grafana forwards', () => {
  expect(explain('bad-settings', { authType: 'credentials', profile: 'x' }).fix).toMatch(
    /profile and the credentials file/,
  );
});

test.each<[FlowErrorCode, RegExp]>([
  ['not-found', /bucket’s name/],
  ['unavailable', /network.*HTTPS_PROXY/],
  ['bad-settings', /endpoint.*tlsCACert/],
])('%s', (code, fix) => {
  expect(explain(code).fix).toMatch(fix);
});

test('a folder has other reasons', () => {
  expect(explain('access-denied', {}, { source: folder }).fix).toMatch(/Grafana’s user.*out of \/data/);
  expect(explain('not-found', {}, { source: folder }).fix).toBe('Check the location.');
});
