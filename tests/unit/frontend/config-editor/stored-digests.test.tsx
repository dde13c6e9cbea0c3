import { screen } from '@testing-library/react';
import type { DigestsHealthAnswer } from '../../../../src/query/resource-answers';
import { button, enter, findButtons, renderConfigEditor, user } from './render-config-editor';

const expand = () => user.click(button('Expand section Stored digests'));
const field = () => screen.getByLabelText(/^Stored digests at/);
const PATH = 'resources/stored-digests';
const HEALTH: DigestsHealthAnswer = {
  location: 's3://flow-digests',
  status: 'ok',
  message: 'the newest window is 2026-01-15 10:00 UTC to 2026-01-15 11:00 UTC',
  newest: {
    ...{ fromMs: Date.UTC(2026, 0, 15, 10), toMs: Date.UTC(2026, 0, 15, 11), ageSec: 1200 },
    ...{ sizeBytes: 2_000_000, objects: 312, usableObjects: 300 },
  },
};

test('the place is typed, changes nothing else, and leaves the settings when it is emptied', async () => {
  const jsonData = { authType: 'default', sources: [{ location: 's3://flow-logs' }] } as never;
  const page = renderConfigEditor({ jsonData });
  await expand();
  expect(field()).toHaveAttribute('placeholder', 's3://my-flow-digests');
  expect(findButtons('Test stored digests')).toEqual([]);
  await enter(field(), 's3://flow-digests');
  expect(page.options().jsonData).toEqual({ ...(jsonData as object), digestsAt: 's3://flow-digests' });
  expect(button('Test stored digests')).toBeDisabled();
  await user.clear(field());
  expect(page.options().jsonData).toEqual(jsonData);
});

test.each([
  ['s3://', /bucket/],
  ['logs://eu-west-1/flow', /log group, where no files can be/],
])('%s is told to be wrong at the field', async (text, problem) => {
  renderConfigEditor({ jsonData: { digestsAt: 's3://flow-digests' } });
  await enter(field(), text);
  expect(screen.getByRole('alert')).toHaveTextContent(problem);
});

test('a test shows the newest window and how much of it is of use, until the place is changed', async () => {
  const page = renderConfigEditor({ jsonData: { digestsAt: 's3://flow-digests' } }, { [PATH]: () => HEALTH });
  await user.click(button('Test stored digests'));
  expect(await screen.findByText('Stored digests are used')).toBeInTheDocument();
  expect(screen.getByText(HEALTH.message)).toBeInTheDocument();
  expect(page.requests.map(({ path }) => path)).toEqual([PATH]);
  await enter(field(), 's3://elsewhere');
  expect(screen.queryByText('Stored digests are used')).not.toBeInTheDocument();
});

test('a place that cannot be read: what is missing, what to do, and that queries go on', async () => {
  const refused: DigestsHealthAnswer = {
    ...{ location: 's3://flow-digests', status: 'error', message: 'cannot list s3://flow-digests: access is denied' },
    ...{ fix: 'Allow s3:ListBucket.', missingAction: 's3:ListBucket', identity: { arn: 'arn:aws:iam::1:user/u' } },
  };
  renderConfigEditor({ jsonData: { digestsAt: 's3://flow-digests' } }, { [PATH]: () => refused });
  await user.click(button('Test stored digests'));
  expect(await screen.findByText(/cannot be read: queries read the logs/)).toBeInTheDocument();
  for (const text of [refused.message, refused.fix!, 's3:ListBucket', 'arn:aws:iam::1:user/u']) {
    expect(screen.getByText(text)).toBeInTheDocument();
  }
});

test('a test that fails says so', async () => {
  renderConfigEditor({ jsonData: { digestsAt: 's3://flow-digests' } });
  await user.click(button('Test stored digests'));
  expect(await screen.findByText('Stored digests cannot be tested')).toBeInTheDocument();
  expect(screen.getByText(`no ${PATH}`)).toBeInTheDocument();
});
