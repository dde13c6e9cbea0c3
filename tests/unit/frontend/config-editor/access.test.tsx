import { screen } from '@testing-library/react';
import { button, enter, findButtons, renderConfigEditor, user, type Answers } from './render-config-editor';

const ROLE = 'arn:aws:iam::123456789012:role/read';
const DOCUMENT = { Version: '2012-10-17', Statement: [{ Sid: 'ReadFlowLogs' }] };
const STATEMENT = { Sid: 'DecryptFlowLogs' };
const POLICIES = {
  policies: [
    { document: { Version: '2012-10-17', Statement: [] }, notes: [] },
    { roleArn: ROLE, document: DOCUMENT, ifEncrypted: STATEMENT, notes: ['The trust policy has to allow it.'] },
  ],
};
const render = (answers: Answers) => renderConfigEditor({ jsonData: { sources: [{ location: 's3://aaa' }] } }, answers);
const press = (name: string) => user.click(button(name));

test('the policy of each identity is shown with its notes and can be copied', async () => {
  render({ 'resources/iam-policy': () => POLICIES });
  await press('Show IAM policy');
  expect(await screen.findByText(ROLE)).toBeInTheDocument();
  expect(screen.getByText('For the identity that signs in')).toBeInTheDocument();
  expect(screen.getByText('The trust policy has to allow it.')).toBeInTheDocument();
  Object.defineProperty(window, 'isSecureContext', { value: true, configurable: true });
  await user.click(findButtons('Copy IAM policy')[1]!);
  expect(JSON.parse(await navigator.clipboard.readText())).toEqual(DOCUMENT);
  await user.click(button('Copy statement'));
  expect(JSON.parse(await navigator.clipboard.readText())).toEqual(STATEMENT);
});

test('who may not see the policy is told so, in place', async () => {
  render({
    'resources/iam-policy': () => {
      throw { status: 403, data: { message: 'the policy is for administrators' } };
    },
  });
  await press('Show IAM policy');
  expect(await screen.findByText('the policy is for administrators')).toBeInTheDocument();
});

test('a policy of folders only is none', async () => {
  render({ 'resources/iam-policy': () => ({ policies: [] }) });
  await press('Show IAM policy');
  expect(await screen.findByText(/Nothing is read from AWS/)).toBeInTheDocument();
});

const MISSING = { message: 'Grafana is not forwarding its [aws] settings', iniLines: ['[aws]', 'forward = x'] };

test.each([
  ['that can be read', () => ({ status: 'OK', details: { grafana: MISSING } })],
  [
    'that cannot be read',
    () => {
      throw { status: 400, data: { message: 'The source cannot be read', details: { grafana: MISSING } } };
    },
  ],
])('the lines that grafana.ini lacks are shown, for a data source %s', async (_, health) => {
  render({ health });
  await press('Check grafana.ini');
  expect(await screen.findByText(/\[aws\]\s+forward = x/)).toBeInTheDocument();
  expect(screen.getByText(/Grafana is not forwarding its \[aws\] settings/)).toBeInTheDocument();
  expect(button('Copy lines')).toBeInTheDocument();
});

test('a complete grafana.ini is told to be one', async () => {
  render({ health: () => ({ status: 'OK', details: { grafana: { iniLines: [] } } }) });
  await press('Check grafana.ini');
  expect(await screen.findByText('Grafana tells this plugin what it knows about AWS')).toBeInTheDocument();
});

test('a check that fails altogether tells why', async () => {
  render({
    health: () => {
      throw { status: 503, data: { message: 'plugin unavailable' } };
    },
  });
  await press('Check grafana.ini');
  expect(await screen.findByText('plugin unavailable')).toBeInTheDocument();
});

test('both are about saved settings', async () => {
  render({ 'resources/iam-policy': () => POLICIES });
  await press('Show IAM policy');
  await screen.findByText(ROLE);
  await enter(screen.getByLabelText(/^Location/), 's3://bbb');
  expect(button('Show IAM policy')).toBeDisabled();
  expect(screen.getByText(/Save first: both are about the saved settings/)).toBeInTheDocument();
});
