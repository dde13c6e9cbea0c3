import { createReadSigner, readScope } from '../../../src/store/sign-reads';

const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const KEYS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const SCOPE = { region: 'us-east-1', service: 's3' };
/** The request and the signature of AWS's documentation ("Example: GET Object"). */
const EXAMPLE = { path: '/test.txt', headers: { range: 'bytes=0-9' } };
const COMMON = {
  host: 'examplebucket.s3.amazonaws.com',
  'x-amz-content-sha256': SHA256_OF_NOTHING,
  'user-agent': 'of no matter',
};
const AT = Date.UTC(2013, 4, 24, 0, 0, 0, 999);
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, ' +
  'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, ' +
  'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41';

test('a read is signed as AWS’s example is', () => {
  expect(createReadSigner(SCOPE, COMMON)(EXAMPLE, KEYS, AT)).toEqual({
    ...COMMON,
    ...EXAMPLE.headers,
    'x-amz-date': '20130524T000000Z',
    authorization: AUTHORIZATION,
  });
});

test('what a signer remembers of a read does not get into the next one', () => {
  const sign = createReadSigner(SCOPE, COMMON);
  const others = { accessKeyId: 'OTHER', secretAccessKey: 'other', sessionToken: 'token' };
  for (const [keys, timeMs] of [
    [KEYS, AT + 86_400_000],
    [others, AT],
    [KEYS, AT + 1000],
    [{ ...KEYS, secretAccessKey: 'rotated' }, AT],
  ] as const) {
    expect(sign(EXAMPLE, keys, timeMs)).toEqual(createReadSigner(SCOPE, COMMON)(EXAMPLE, keys, timeMs));
    expect(sign(EXAMPLE, keys, timeMs).authorization).not.toBe(AUTHORIZATION);
    const other = { path: '/other', headers: { 'if-match': `"${timeMs}"` } };
    expect(sign(other, keys, timeMs)).toEqual(createReadSigner(SCOPE, COMMON)(other, keys, timeMs));
    expect(sign(other, keys, timeMs)).not.toHaveProperty('range');
    expect(sign(EXAMPLE, KEYS, AT).authorization).toBe(AUTHORIZATION);
  }
});

test('a session token, an ETag and all headers of AWS’s own are signed', () => {
  const sign = createReadSigner(SCOPE, { ...COMMON, 'x-amz-request-payer': 'requester' });
  const headers = { ...EXAMPLE.headers, 'if-match': '"tag"' };
  const signed = sign({ path: '/a', headers }, { ...KEYS, sessionToken: 'token' }, AT);
  expect(signed['x-amz-security-token']).toBe('token');
  expect(signed.authorization).toContain(
    'SignedHeaders=host;if-match;range;x-amz-content-sha256;x-amz-date;x-amz-request-payer;x-amz-security-token,',
  );
});

test('the scope of a signature is read', () => {
  expect(readScope(AUTHORIZATION)).toEqual(SCOPE);
  for (const other of [undefined, '', 'Bearer x', AUTHORIZATION.replace('HMAC-SHA256', 'ECDSA-P256-SHA256')]) {
    expect(readScope(other)).toBeUndefined();
  }
});
