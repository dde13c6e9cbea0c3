import { screen } from '@testing-library/react';
import { button, enter, findButtons, renderConfigEditor, user } from './render-config-editor';

const expand = (section: string) => user.click(button(`Expand section ${section}`));
const OTHERS = {
  sources: [{ location: 's3://flow-logs' }],
  defaultRegion: 'eu-west-1',
  maxLimits: { maxKeys: 7 },
  unknownToTheEditor: 1,
} as object;

test('a field changes its setting and no other', async () => {
  const page = renderConfigEditor({ jsonData: { ...OTHERS, authType: 'keys' } as never });
  await enter(screen.getByLabelText('STS Endpoint', { exact: false }), 'https://sts.example');
  await enter(screen.getByLabelText(/^CloudWatch Logs Endpoint/), 'https://logs.example');
  await enter(screen.getByLabelText(/^EC2 Endpoint/), 'https://ec2.example');
  await enter(screen.getByLabelText(/^Assume Role ARN/), 'arn:x');
  await enter(screen.getByLabelText(/^Access Key ID/), 'AKIA');
  await enter(screen.getByLabelText(/^Session Token/), 'token');
  await expand('Endpoints and TLS');
  await user.click(screen.getByLabelText(/^FIPS endpoints/));
  await user.click(screen.getByLabelText(/^Dual-stack endpoints/));
  await user.click(screen.getByLabelText(/^Skip TLS verification/));
  await user.click(screen.getByLabelText('Path'));
  await user.click(screen.getByLabelText(/^Private certificate authority/));
  await enter(screen.getByLabelText(/^CA certificate/), '-----BEGIN CERTIFICATE-----');
  expect(page.options().jsonData).toEqual({
    ...OTHERS,
    authType: 'keys',
    stsEndpoint: 'https://sts.example',
    logsEndpoint: 'https://logs.example',
    ec2Endpoint: 'https://ec2.example',
    assumeRoleArn: 'arn:x',
    useFipsEndpoint: true,
    useDualstackEndpoint: true,
    tlsSkipVerify: true,
    forcePathStyle: true,
    tlsAuthWithCACert: true,
  });
  expect(page.options().secureJsonData).toEqual({
    accessKey: 'AKIA',
    sessionToken: 'token',
    tlsCACert: '-----BEGIN CERTIFICATE-----',
  });
});

test('what is switched back leaves the settings, so that defaults hold; the certificate stays off', async () => {
  const page = renderConfigEditor({
    jsonData: { authType: 'default', forcePathStyle: false, useFipsEndpoint: true, stsEndpoint: 'x' } as never,
    secureJsonFields: { tlsCACert: true },
  });
  await user.click(screen.getByLabelText('Automatic'));
  await user.click(screen.getByLabelText(/^FIPS endpoints/));
  await user.clear(screen.getByLabelText(/^STS Endpoint/));
  // A certificate without the switch is used by the backend, so the switch shows as on.
  expect(screen.getByLabelText(/^Private certificate authority/)).toBeChecked();
  await user.click(screen.getByLabelText(/^Private certificate authority/));
  expect(page.options().jsonData).toEqual({ authType: 'default', tlsAuthWithCACert: false });
});

test('a new data source signs in as the first way that Grafana allows, and a session token is for keys only', () => {
  const page = renderConfigEditor();
  expect(page.options().jsonData).toEqual({ authType: 'default' });
  expect(screen.queryByLabelText(/^Session Token/)).not.toBeInTheDocument();
});

test('Grafana Cloud’s role, which the backend refuses, is not offered', async () => {
  renderConfigEditor();
  await user.click(screen.getByLabelText('Authentication Provider'));
  const offered = screen.getAllByTestId(/Select option/).map(({ textContent }) => textContent);
  expect(offered).toContain('Access & secret key');
  expect(offered.join()).not.toMatch(/Grafana/);
});

test('a secret that is saved is not shown, and can be reset', async () => {
  const page = renderConfigEditor({
    jsonData: { authType: 'keys', tlsAuthWithCACert: true } as never,
    secureJsonFields: { sessionToken: true, tlsCACert: true, accessKey: true },
  });
  const token = screen.getByLabelText(/^Session Token/);
  expect(token).toBeDisabled();
  expect(token).toHaveValue('configured');
  await user.click(findButtons('Reset')[0]!);
  expect(page.options().secureJsonFields).toEqual({ sessionToken: false, tlsCACert: true, accessKey: true });
  expect(page.options().secureJsonData).toEqual({ sessionToken: '' });
  expect(screen.getByLabelText(/^Session Token/)).toBeEnabled();
  expect(screen.getByLabelText(/^CA certificate/)).toBeDisabled();
});

test.each([
  [/^STS Endpoint/, 'sts.example', /not a URL/],
  [/^CA certificate/, 'AAAA', /not a certificate in PEM form/],
])('%s: %s is told to be wrong', async (label, text, problem) => {
  renderConfigEditor({ jsonData: { tlsAuthWithCACert: true } });
  await enter(screen.getByLabelText(label), text);
  expect(screen.getByText(problem)).toBeInTheDocument();
});

test('limits are typed with units', async () => {
  const page = renderConfigEditor({ jsonData: { authType: 'default' } as never });
  await expand('Query limits');
  const limit = (name: string) => screen.getByLabelText(name);
  expect(limit('Default: Stored bytes')).toHaveAttribute('placeholder', '5 GiB');
  await enter(limit('Default: Stored bytes'), '2 GB');
  await enter(limit('Maximum: Stored bytes'), '50 GB');
  await enter(limit('Default: Objects'), '10,000');
  await enter(limit('Default: Time'), '5m');
  await enter(limit('Maximum: Groups'), '3M');
  await user.click(screen.getByLabelText('Answer with what was read'));
  const jsonData = {
    authType: 'default',
    defaultLimits: { maxBytes: 2e9, maxObjects: 10_000, maxSec: 300, onLimit: 'partial' },
    maxLimits: { maxBytes: 50e9, maxKeys: 3_000_000 },
  };
  expect(page.options().jsonData).toEqual(jsonData);
  await user.clear(limit('Maximum: Groups'));
  await user.clear(limit('Maximum: Stored bytes'));
  expect(page.options().jsonData).toEqual({ ...jsonData, maxLimits: undefined });
});

test('a limit that cannot be read or is too large stays where it was typed, with the reason', async () => {
  const page = renderConfigEditor({ jsonData: { authType: 'default', defaultLimits: { maxBytes: 1000 } } as never });
  const bytes = screen.getByLabelText('Default: Stored bytes');
  expect(bytes).toHaveValue('1 kB');
  await user.clear(bytes);
  await user.type(bytes, 'lots');
  await user.tab();
  expect(bytes).toHaveValue('lots');
  expect(screen.getByText(/Not set: write it like 50 GB/)).toBeInTheDocument();
  await user.clear(bytes);
  await enter(bytes, '60 GiB');
  expect(screen.getByText(/More than the maximum of 50 GiB/)).toBeInTheDocument();
  expect(page.options().jsonData.defaultLimits).toEqual({ maxBytes: 60 * 2 ** 30 });
});

test('cache, delay and timeouts are typed with units', async () => {
  const page = renderConfigEditor({ jsonData: { authType: 'default' } as never });
  await expand('Cache, alert rules and timeouts');
  await enter(screen.getByLabelText(/^Cache/), '1 GiB');
  await enter(screen.getByLabelText(/^Delay of alert rules/), '20m');
  await enter(screen.getByLabelText(/^Timeout: connect/), '500ms');
  await enter(screen.getByLabelText(/^Timeout: listing/), '2m');
  expect(page.options().jsonData).toEqual({
    authType: 'default',
    digestCacheBytes: 2 ** 30,
    settleDelaySec: 1200,
    timeouts: { connectMs: 500, listMs: 120_000 },
  });
});

test('provisioned settings can be looked at and tested, not changed', async () => {
  renderConfigEditor({
    readOnly: true,
    jsonData: {
      sources: [{ location: 's3://flow-logs', roleArn: 'arn:aws:iam::123456789012:role/r' }],
      tlsAuthWithCACert: true,
      defaultLimits: { maxSec: 9 },
      settleDelaySec: 1,
      digestsAt: 's3://flow-digests',
    },
    secureJsonFields: { tlsCACert: true },
  });
  // Where to look for flow logs is no setting.
  const controls = document.querySelectorAll('input:not([aria-label="Regions to look in"]), textarea');
  expect(controls.length).toBeGreaterThan(20);
  for (const control of controls) {
    expect(control).toBeDisabled();
  }
  for (const name of ['Reset', 'Add source', 'Remove s3://flow-logs']) {
    expect(button(name)).toBeDisabled();
  }
  for (const name of [
    'Test s3://flow-logs',
    'Test stored digests',
    'Find flow logs',
    'Show IAM policy',
    'Check grafana.ini',
  ]) {
    expect(button(name)).toBeEnabled();
  }
  await user.click(button('Collapse section Query limits'));
  expect(screen.queryByLabelText('Default: Time')).not.toBeInTheDocument();
});

test('every control has a name', async () => {
  renderConfigEditor({
    jsonData: { authType: 'keys', sources: [{ location: 's3://a', anyKey: true }] } as never,
  });
  for (const section of ['Stored digests', 'Endpoints and TLS', 'Query limits', 'Cache, alert rules and timeouts']) {
    await expand(section);
  }
  const controls = document.querySelectorAll('input, textarea, button');
  expect(controls.length).toBeGreaterThan(40);
  for (const control of controls) {
    const labels = [...((control as HTMLInputElement).labels ?? [])].map(({ textContent }) => textContent);
    expect(control.getAttribute('aria-label') ?? labels.concat(control.textContent).join('')).not.toBe('');
  }
});
