import { describeForwarding, type Forwarding } from '../../../src/plugin/forwarding';

const forwarded = { AWS_AUTH_AllowedAuthProviders: 'default,keys' };
const seen = (environment: Record<string, string>, grafanaConfig: Record<string, string> = {}): Forwarding =>
  describeForwarding({ environment, grafanaConfig });

const AWS_LINES = ['[aws]', 'forward_settings_to_plugins = <those that are there>, vpcflow-flowlogs-datasource'];
const HOST_LINES = ['[plugins]', 'forward_host_env_vars = vpcflow-flowlogs-datasource'];

test.each<[string, Forwarding['iniLines'], Record<string, string>, Record<string, string>]>([
  ['nothing, Grafana 12.3', [...AWS_LINES, ...HOST_LINES], { GF_VERSION: '12.3.0' }, {}],
  ['nothing, Grafana 12.4.1', [...AWS_LINES, ...HOST_LINES], { GF_VERSION: '12.4.1' }, {}],
  ['nothing, Grafana 12.4.2: one line brings both', AWS_LINES, { GF_VERSION: '12.4.2' }, {}],
  ['nothing, Grafana 13', AWS_LINES, { GF_VERSION: '13.0.0-12345' }, {}],
  ['nothing, an unknown Grafana', [...AWS_LINES, ...HOST_LINES], {}, {}],
  ['the settings with the call, 12.4.0', HOST_LINES, { GF_VERSION: '12.4.0' }, forwarded],
  ['the settings with the call, 13', [], { GF_VERSION: '13.1.0' }, forwarded],
  ['the settings at the start', [], { GF_VERSION: '13.1.0', ...forwarded }, {}],
  ['settings and a role of the cluster', [], { GF_VERSION: '12.4.0', AWS_ROLE_ARN: 'arn' }, forwarded],
  ['all variables of Grafana, but no settings', AWS_LINES, { GF_VERSION: '12.4.0', PATH: '/bin' }, {}],
  ['an empty list', AWS_LINES, { GF_VERSION: '13.1.0' }, { AWS_AUTH_AllowedAuthProviders: '' }],
])('what arrives is %s', (_, iniLines, environment, grafanaConfig) => {
  const forwarding = seen(environment, grafanaConfig);
  expect(forwarding.iniLines).toEqual(iniLines);
  if (iniLines.length === 0) {
    expect(forwarding.message).toBeUndefined();
  } else {
    expect(forwarding.message).toMatch(/^Grafana is not forwarding .* to this plugin; add to grafana\.ini: \[/);
  }
});

test('says what is seen, by name and never by value', () => {
  const forwarding = seen({ GF_VERSION: '12.4.2', AWS_ACCESS_KEY_ID: 'AKIA', AWS_ROLE_ARN: 'arn:x' });
  expect(forwarding).toMatchObject({
    grafanaVersion: '12.4.2',
    hasAwsSettings: false,
    hasHostVariables: false,
    credentialVariables: ['AWS_ROLE_ARN', 'AWS_ACCESS_KEY_ID'],
  });
  expect(JSON.stringify(forwarding)).not.toMatch(/AKIA|arn:x/);
});
