import type { FlowError } from '../../../src/errors';
import { assertAuthAllowed, readAuthRules, type RulesInput } from '../../../src/plugin/auth-rules';

const rules = (input: Partial<RulesInput> = {}) => readAuthRules({ grafanaConfig: {}, environment: {}, ...input });
const DEFAULTS = {
  allowedAuthProviders: ['default', 'keys', 'credentials'],
  assumeRoleEnabled: true,
  sessionDurationSec: 900,
  proxyEnabled: false,
};

test('without any setting they are grafana-aws-sdk’s defaults', () => {
  expect(rules()).toEqual(DEFAULTS);
});

test.each([
  ['keys', ['keys']],
  [' keys , ec2_iam_role ,', ['keys', 'ec2_iam_role']],
  ['', DEFAULTS.allowedAuthProviders],
  [' , ', DEFAULTS.allowedAuthProviders],
])('the list "%s" of the call allows %j', (list, allowed) => {
  expect(rules({ grafanaConfig: { AWS_AUTH_AllowedAuthProviders: list } }).allowedAuthProviders).toEqual(allowed);
});

test('the call’s value counts, the process’s variable only without one', () => {
  const environment = { AWS_AUTH_AllowedAuthProviders: 'default', AWS_AUTH_AssumeRoleEnabled: 'false' };
  expect(rules({ environment })).toMatchObject({ allowedAuthProviders: ['default'], assumeRoleEnabled: false });
  expect(
    rules({
      environment,
      grafanaConfig: { AWS_AUTH_AllowedAuthProviders: 'keys', AWS_AUTH_AssumeRoleEnabled: 'true' },
    }),
  ).toMatchObject({ allowedAuthProviders: ['keys'], assumeRoleEnabled: true });
});

test('our own section can forbid and not allow', () => {
  const environment = { GF_PLUGIN_ALLOWED_AUTH_PROVIDERS: 'keys,ec2_iam_role', GF_PLUGIN_ASSUME_ROLE_ENABLED: 'true' };
  expect(rules({ environment }).allowedAuthProviders).toEqual(['keys']);
  expect(rules({ environment, grafanaConfig: { AWS_AUTH_AssumeRoleEnabled: 'false' } }).assumeRoleEnabled).toBe(false);
  expect(rules({ environment: { GF_PLUGIN_ASSUME_ROLE_ENABLED: 'false' } }).assumeRoleEnabled).toBe(false);
});

test.each([
  ['false', false],
  ['0', false],
  ['F', false],
  ['true', true],
  ['T', true],
  ['no', true],
  ['', true],
])('AWS_AUTH_AssumeRoleEnabled "%s" is %s, as Go reads it', (value, enabled) => {
  expect(rules({ grafanaConfig: { AWS_AUTH_AssumeRoleEnabled: value } }).assumeRoleEnabled).toBe(enabled);
});

test.each([
  ['15m', 900],
  ['1h30m', 5400],
  ['1.5h', 5400],
  ['2h', 7200],
  ['3600s', 3600],
  ['1d', 43_200],
  ['1w', 43_200],
  ['1M', 43_200],
  ['1m', 900],
  ['', 900],
  ['soon', 900],
  ['10', 900],
  ['-1h', 900],
])('a session of "%s" is %d s, within what STS allows', (value, sec) => {
  expect(rules({ grafanaConfig: { AWS_AUTH_SESSION_DURATION: value } }).sessionDurationSec).toBe(sec);
});

describe('what is not allowed is refused with the words of grafana-aws-sdk, and a fix beside them', () => {
  const refusal = (run: () => void): FlowError => {
    try {
      run();
    } catch (thrown) {
      return thrown as FlowError;
    }
    throw new Error('nothing was refused');
  };

  test('an authentication provider', () => {
    const error = refusal(() => assertAuthAllowed([{ authType: 'ec2_iam_role' }], rules()));
    expect(error).toMatchObject({
      code: 'bad-settings',
      message: 'trying to use non-allowed auth method ec2_iam_role',
      fields: { setting: 'authType', fix: expect.stringContaining('[aws] allowed_auth_providers') },
    });
  });

  test('a role, of any source', () => {
    const forbidding = rules({ grafanaConfig: { AWS_AUTH_AssumeRoleEnabled: 'false' } });
    const error = refusal(() =>
      assertAuthAllowed(
        [{ authType: 'keys' }, { authType: 'keys', assumeRoleArn: 'arn:aws:iam::1:role/r' }],
        forbidding,
      ),
    );
    expect(error).toMatchObject({
      code: 'bad-settings',
      message: 'trying to use assume role but it is disabled in grafana config',
      fields: { fix: expect.stringContaining('[aws] assume_role_enabled') },
    });
  });

  test('nothing else', () => {
    expect(() => assertAuthAllowed([{ authType: 'keys', assumeRoleArn: 'arn' }], rules())).not.toThrow();
    const onlyKeys = rules({ grafanaConfig: { AWS_AUTH_AssumeRoleEnabled: 'false' } });
    expect(() => assertAuthAllowed([{ authType: 'keys' }], onlyKeys)).not.toThrow();
  });
});
