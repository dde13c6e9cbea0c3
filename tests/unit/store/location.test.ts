import { FlowError } from '../../../src/errors';
import { parseLocation } from '../../../src/store/location';

test.each([
  // The two forms of a prefix mean different things: the last segment may be glued to `AWSLogs`.
  ['s3://logs/vpc/', { bucket: 'logs', prefix: 'vpc/' }],
  ['s3://logs/vpc', { bucket: 'logs', prefix: 'vpc' }],
  ['s3://logs', { bucket: 'logs', prefix: '' }],
  ['s3://logs/', { bucket: 'logs', prefix: '' }],
  ['s3://logs//vpc', { bucket: 'logs', prefix: '/vpc' }],
  ['S3://logs/a=b/c d', { bucket: 'logs', prefix: 'a=b/c d' }],
  [' s3://logs/vpc/\n', { bucket: 'logs', prefix: 'vpc/' }],
  ['s3://my.logs-1/x', { bucket: 'my.logs-1', prefix: 'x' }],
  ['s3://Old_Bucket/x', { bucket: 'Old_Bucket', prefix: 'x' }],
  ['s3://logs-abc123-s3alias/x', { bucket: 'logs-abc123-s3alias', prefix: 'x' }],
  ['arn:aws:s3:::logs', { bucket: 'logs', prefix: '' }],
  ['arn:aws:s3:::logs/vpc/', { bucket: 'logs', prefix: 'vpc/' }],
  ['arn:aws-cn:s3:::logs/vpc', { bucket: 'logs', prefix: 'vpc', region: 'cn-north-1' }],
  ['arn:aws-us-gov:s3:::logs/vpc', { bucket: 'logs', prefix: 'vpc', region: 'us-gov-west-1' }],
  ['arn:aws-new:s3:::logs', { bucket: 'logs', prefix: '' }],
  ['arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1', AP('')],
  ['arn:aws:s3:eu-west-1:123456789012:accesspoint:ap1', AP('')],
  ['arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1/vpc/', AP('vpc/')],
  ['arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1/object/vpc', AP('vpc')],
  ['arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1/object/', AP('')],
  ['arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1/object', AP('')],
  ['arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1/objects/x', AP('objects/x')],
  ['s3://arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1/vpc', AP('vpc')],
])('%s is in S3', (text, location) => {
  expect(parseLocation(text)).toEqual({ kind: 's3', ...location });
});

function AP(prefix: string) {
  return { bucket: 'arn:aws:s3:eu-west-1:123456789012:accesspoint/ap1', prefix, region: 'eu-west-1' };
}

test.each(['/var/log/flow', './logs', '../logs', '.', 'logs/vpc', 'logs', ' logs ', '~/logs', 'C:\\logs', 'a:b'])(
  '%s is a folder, as it is',
  (path) => {
    expect(parseLocation(path)).toEqual({ kind: 'directory', path });
  },
);

test('a file URL is a folder', () => {
  expect(parseLocation('file:///var/log/a%20b')).toEqual({ kind: 'directory', path: '/var/log/a b' });
});

test.each([
  ['logs/vpc/', { kind: 's3', bucket: 'logs', prefix: 'vpc/' }],
  ['logs', { kind: 's3', bucket: 'logs', prefix: '' }],
  ['s3://logs/vpc', { kind: 's3', bucket: 'logs', prefix: 'vpc' }],
  ['./logs/vpc', { kind: 'directory', path: './logs/vpc' }],
  ['../logs', { kind: 'directory', path: '../logs' }],
  ['/logs', { kind: 'directory', path: '/logs' }],
  ['..', { kind: 'directory', path: '..' }],
  ['~/logs', { kind: 'directory', path: '~/logs' }],
])('with bare S3, %s is %j', (text, location) => {
  expect(parseLocation(text, { bare: 's3' })).toEqual(location);
});

test.each([
  ['', 'empty'],
  ['  ', 'empty'],
  ['s3://', 'names no bucket'],
  ['s3:///vpc', 'names no bucket'],
  ['s3://a/x', 'a is not the name of a bucket'],
  ['s3://-logs/x', '-logs is not the name of a bucket'],
  ['s3://a b/x', 'not the name of a bucket'],
  ['https://logs.s3.amazonaws.com/x', 'https:// is not supported'],
  ['gs://logs/x', 'gs:// is not supported'],
  ['file://host/x', 'not the URL of a local file'],
  ['arn:aws:s3', 'not a complete ARN'],
  ['arn:aws:iam::123456789012:role/x', 'iam is not S3'],
  ['arn:aws:s3-outposts:eu-west-1:123456789012:outpost/x', 's3-outposts is not S3'],
  ['arn:aws:s3:::', 'names no bucket'],
  ['arn:aws:s3::123456789012:accesspoint/mrap.mrap', 'multi-region'],
  ['arn:aws:s3:eu-west-1:1234:accesspoint/ap1', 'account'],
  ['arn:aws:s3:eu-west-1:123456789012:accesspoint/', 'account or name'],
  ['arn:aws:s3:eu-west-1:123456789012:job/x', 'only a bucket or an access point'],
])('%j is refused: %s', (text, why) => {
  const parse = () => parseLocation(text);
  expect(parse).toThrow(FlowError);
  expect(parse).toThrow(
    expect.objectContaining({
      code: 'bad-settings',
      fields: { location: text },
      message: expect.stringMatching(/^cannot read the location ".*write s3:\/\/bucket\/prefix/s),
    }),
  );
  expect(parse).toThrow(why);
});

test('bare S3 refuses what is no bucket instead of taking it for a path', () => {
  expect(() => parseLocation('a b/c', { bare: 's3' })).toThrow('not the name of a bucket');
});
