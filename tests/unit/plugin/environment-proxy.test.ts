import { proxyFromEnvironment } from '../../../src/plugin/environment-proxy';

const PROXY = 'http://proxy.example:3128';
const S3 = 'https://s3.eu-west-1.amazonaws.com';

test.each([
  [S3, { HTTPS_PROXY: PROXY }, PROXY],
  [S3, { https_proxy: PROXY }, PROXY],
  [S3, { HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:1' }, 'http://upper:1'],
  [S3, { HTTPS_PROXY: 'proxy.example:3128' }, PROXY],
  [S3, { HTTP_PROXY: PROXY }, undefined],
  [S3, { HTTPS_PROXY: ' ' }, undefined],
  [S3, {}, undefined],
  ['http://minio.example:9000', { HTTP_PROXY: PROXY }, PROXY],
  ['http://minio.example:9000', { HTTPS_PROXY: PROXY }, undefined],
  ['http://localhost:9000', { HTTP_PROXY: PROXY }, undefined],
  ['http://127.0.0.1:9000', { HTTP_PROXY: PROXY }, undefined],
  ['http://[::1]:9000', { HTTP_PROXY: PROXY }, undefined],
])('%s with %j goes through %s', (url, environment, proxy) => {
  expect(proxyFromEnvironment(url, environment)).toBe(proxy);
});

test.each([
  ['*', S3, true],
  ['amazonaws.com', S3, true],
  ['.amazonaws.com', S3, true],
  ['*.amazonaws.com', S3, true],
  ['s3.eu-west-1.amazonaws.com', S3, true],
  ['example.com, .AmazonAWS.com', S3, true],
  ['s3.eu-west-1.amazonaws.com:443', S3, true],
  ['s3.eu-west-1.amazonaws.com:8443', S3, false],
  ['azonaws.com', S3, false],
  ['.s3.eu-west-1.amazonaws.com', S3, false],
  ['example.com', S3, false],
  ['', S3, false],
  ['10.0.0.0/8', 'https://10.1.2.3:9000', true],
  ['10.0.0.0/8', 'https://11.1.2.3:9000', false],
  ['10.0.0.0/8', S3, false],
  ['10.1.2.3', 'https://10.1.2.3:9000', true],
  ['10.1.2.3:9000', 'https://10.1.2.3:9000', true],
  ['10.1.2.3:9001', 'https://10.1.2.3:9000', false],
  ['fd00::/8', 'https://[fd00::1]:9000', true],
  ['fd00::1', 'https://[fd00::1]:9000', true],
])('NO_PROXY "%s" excepts %s: %s', (exceptions, url, isExcepted) => {
  const environment = { HTTPS_PROXY: PROXY, NO_PROXY: exceptions };
  expect(proxyFromEnvironment(url, environment)).toBe(isExcepted ? undefined : PROXY);
});
