import { parseS3Settings } from '../../../src/store/s3-settings';

const PLAIN = {
  authType: 'default',
  forcePathStyle: false,
  requesterPays: false,
  tlsSkipVerify: false,
  useFipsEndpoint: false,
  useDualstackEndpoint: false,
};
const ROLE = 'arn:aws:iam::123456789012:role/path/flow-logs';
const CERT = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';

test.each([[{}], [undefined], [null], [{ authType: '', profile: ' ', endpoint: null, region: undefined, other: 1 }]])(
  '%j is all defaults',
  (raw) => {
    // `toStrictEqual`: what is not set is not there.
    expect(parseS3Settings(raw)).toStrictEqual(PLAIN);
  },
);

test('everything at once', () => {
  const raw = {
    authType: 'keys',
    profile: 'p',
    accessKey: 'AKIA',
    secretKey: ' secret\n',
    sessionToken: 'token',
    assumeRoleArn: ROLE,
    externalId: 'id',
    region: 'eu-west-1',
    endpoint: 'https://minio.example:9000',
    stsEndpoint: 'https://sts.eu-west-1.amazonaws.com',
    forcePathStyle: false,
    requesterPays: true,
    caCert: CERT,
    tlsSkipVerify: true,
    useFipsEndpoint: false,
    useDualstackEndpoint: true,
    proxyUrl: 'http://user:pass@proxy:3128',
  };
  expect(parseS3Settings({ ...raw, defaultRegion: 'us-east-2' })).toStrictEqual({ ...raw, secretKey: 'secret' });
});

test.each([
  ['default', 'default'],
  ['keys', 'keys'],
  ['credentials', 'credentials'],
  ['ec2_iam_role', 'ec2_iam_role'],
  ['arn', 'default'],
  ['sharedCreds', 'credentials'],
])('authType %s is %s', (authType, meaning) => {
  expect(parseS3Settings({ authType, accessKey: 'a', secretKey: 's' }).authType).toBe(meaning);
});

test.each([
  [{ region: 'eu-west-1', defaultRegion: 'us-east-2' }, 'eu-west-1'],
  [{ region: 'default', defaultRegion: 'us-east-2' }, 'us-east-2'],
  [{ region: '__default', defaultRegion: 'us-east-2' }, 'us-east-2'],
  [{ region: '', defaultRegion: 'us-east-2' }, 'us-east-2'],
  [{ defaultRegion: 'default' }, undefined],
  [{ region: 'us-gov-east-1' }, 'us-gov-east-1'],
  [{ region: 'garage' }, 'garage'],
])('the region of %j is %s', (raw, region) => {
  expect(parseS3Settings(raw).region).toBe(region);
});

test('the older spelling of assumeRoleArn counts, the newer one first', () => {
  expect(parseS3Settings({ assumeRoleARN: ROLE }).assumeRoleArn).toBe(ROLE);
  expect(parseS3Settings({ assumeRoleARN: ROLE, assumeRoleArn: `${ROLE}2` }).assumeRoleArn).toBe(`${ROLE}2`);
});

test.each([
  ['https://s3-fips.us-east-1.amazonaws.com', { useFipsEndpoint: true }],
  ['default', {}],
  ['sts.us-east-1.amazonaws.com', {}],
  ['https://sts.us-east-1.amazonaws.com', {}],
  ['sts-fips.us-east-1.amazonaws.com', {}],
  ['http://127.0.0.1:9000', { endpoint: 'http://127.0.0.1:9000', forcePathStyle: true }],
  ['https://minio.example', { endpoint: 'https://minio.example', forcePathStyle: true }],
  [
    'https://bucket.vpce-1-2.s3.eu-west-1.vpce.amazonaws.com',
    { endpoint: 'https://bucket.vpce-1-2.s3.eu-west-1.vpce.amazonaws.com' },
  ],
])('the endpoint %s means %j', (endpoint, meaning) => {
  expect(parseS3Settings({ endpoint })).toStrictEqual({ ...PLAIN, ...meaning });
});

test.each<[unknown, string, string]>([
  [{ authType: 'grafana_assume_role' }, 'authType', 'Grafana Cloud'],
  [{ authType: 'magic' }, 'authType', '"magic" is not known; use default, keys, credentials or ec2_iam_role'],
  [{ authType: 'constructor' }, 'authType', 'is not known'],
  [{ authType: 'keys', secretKey: 's' }, 'accessKey', 'is missing'],
  [{ authType: 'keys', accessKey: 'a' }, 'secretKey', 'is missing'],
  [{ assumeRoleArn: 'flow-logs' }, 'assumeRoleArn', 'is not the ARN of a role'],
  [{ assumeRoleARN: 'arn:aws:iam::1:role/x' }, 'assumeRoleARN', 'is not the ARN of a role'],
  [{ region: 'eu west 1' }, 'region', 'is not the name of a region'],
  [{ defaultRegion: 'x.evil.example/' }, 'defaultRegion', 'is not the name of a region'],
  [{ endpoint: 'minio:9000' }, 'endpoint', 'is not a URL with http'],
  [{ endpoint: 'ftp://minio' }, 'endpoint', 'is not a URL with http'],
  [{ endpoint: 'https:///x' }, 'endpoint', 'is not a URL with http'],
  [{ stsEndpoint: 'sts' }, 'stsEndpoint', 'is not a URL with http'],
  [{ proxyUrl: 'socks5://proxy' }, 'proxyUrl', 'is not a URL with http'],
  [{ caCert: 'MIIB' }, 'caCert', 'is not a certificate in PEM form'],
  [{ requesterPays: 'yes' }, 'requesterPays', 'expected boolean'],
  [{ accessKey: 5 }, 'accessKey', 'expected string'],
  ['text', '', 'expected object'],
])('%j is refused: %s %s', (raw, key, why) => {
  expect(() => parseS3Settings(raw)).toThrow(
    expect.objectContaining({
      code: 'bad-settings',
      fields: { key },
      message: expect.stringMatching(new RegExp(`^cannot use the S3 settings: ${key || 'settings'}: `)),
    }),
  );
  expect(() => parseS3Settings(raw)).toThrow(why);
});

test('all that is wrong is said at once, and no secret among it', () => {
  const parse = () =>
    parseS3Settings({ region: '?', endpoint: '?', proxyUrl: 'me:hunter2@proxy', secretKey: ['hunter2'] });
  expect(parse).toThrow(/region: .*; endpoint: .*; proxyUrl: /);
  expect(parse).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }));
});
