import { flowErrorFromEc2 } from '../../../src/discover/ec2-errors';
import { FlowError } from '../../../src/errors';

const OPERATION = { doing: 'list the flow logs of eu-west-1', action: 'ec2:DescribeFlowLogs', region: 'eu-west-1' };
const answered = (name: string, status: number) =>
  Object.assign(new Error('words of AWS'), { name, $metadata: { httpStatusCode: status } });

test.each([
  [answered('UnauthorizedOperation', 403), 'access-denied', 'ec2:DescribeFlowLogs', /access is denied/],
  [answered('AuthFailure', 401), 'access-denied', undefined, /a region that the account has not switched on/],
  [answered('RequestExpired', 400), 'access-denied', undefined, /session .* has ended/],
  [answered('SomethingNew', 403), 'access-denied', undefined, /does not accept the credentials/],
  [answered('RequestLimitExceeded', 503), 'throttled', undefined, /fewer requests/],
  [answered('Unavailable', 503), 'unavailable', undefined, /not well/],
  [answered('SyntaxError', 200), 'bad-settings', undefined, /does not answer as EC2 does/],
  [answered('InvalidParameterValue', 400), 'internal', undefined, /does not accept the request/],
  [answered('constructor', 400), 'internal', undefined, /does not accept the request/],
  [Object.assign(new Error('x'), { code: 'ENOTFOUND' }), 'unavailable', undefined, /no such region/],
  [Object.assign(new Error('x'), { name: 'TimeoutError' }), 'unavailable', undefined, /no connection/],
  [Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'bad-settings', undefined, /certificate/],
  ['thrown text', 'internal', undefined, /thrown text/],
])('%s is %s', (thrown, code, action, message) => {
  const error = flowErrorFromEc2(thrown, OPERATION);
  expect([error.code, error.fields['action'], error.fields['region']]).toEqual([code, action, 'eu-west-1']);
  expect(error.message).toMatch(/^cannot list the flow logs of eu-west-1: /);
  expect(error.message).toMatch(message);
});

test('what went wrong with credentials stays as it is; an abort is one, whatever it looks like', () => {
  const own = new FlowError('bad-settings', 'cannot find credentials');
  expect(flowErrorFromEc2(own, OPERATION)).toBe(own);
  const reset = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
  expect(flowErrorFromEc2(reset, { ...OPERATION, signal: AbortSignal.abort() }).code).toBe('aborted');
});
