import { screen } from '@testing-library/react';
import { createResourceSpies, renderEditor } from './editor-fixture';

jest.mock('@grafana/ui', () => ({
  ...jest.requireActual<object>('@grafana/ui'),
  CodeEditor: jest.requireActual<{ CodeEditorStub: unknown }>('./code-editor-stub').CodeEditorStub,
}));

const NO_PROBLEMS = { first: [], count: 0 };

test('accounts are discovered when they are wanted, picked, and asked for once the menu closes', async () => {
  const { user, resources, latest, onRunQuery } = renderEditor();
  expect(resources.accounts).not.toHaveBeenCalled();
  await user.click(screen.getByLabelText('Accounts'));
  await user.click(await screen.findByText('444455556666'));
  await user.click(screen.getByText('111122223333'));
  expect(latest()?.accounts).toEqual(['444455556666', '111122223333']);
  expect(onRunQuery).not.toHaveBeenCalled();
  await user.keyboard('{Escape}');
  expect(onRunQuery).toHaveBeenCalledTimes(1);
  await user.click(screen.getByLabelText('Accounts'));
  expect(resources.accounts).toHaveBeenCalledTimes(1);
});

test('a discovery that failed says so where it is, and is tried again', async () => {
  const resources = createResourceSpies({ accounts: new Error('cannot list s3://prod-logs/: access denied') });
  const { user } = renderEditor({ resources });
  await user.click(screen.getByLabelText('Accounts'));
  expect((await screen.findAllByText('cannot list s3://prod-logs/: access denied')).length).toBeGreaterThan(0);
  await user.keyboard('{Escape}');
  await user.click(screen.getByLabelText('Accounts'));
  expect(resources.accounts).toHaveBeenCalledTimes(2);
});

test.each([
  [{ isCut: true, problems: NO_PROBLEMS }, 'There are more than could be listed; type any'],
  [
    { isCut: false, problems: { count: 1, first: [{ key: 'b', code: 'access-denied', message: 'no access to b' }] } },
    'Not all could be listed: no access to b',
  ],
])('a list that is not whole says so', async (facts, text) => {
  const resources = createResourceSpies({
    accounts: { accounts: [{ account: '111122223333', sources: [] }], ...facts },
  });
  const { user } = renderEditor({ resources });
  await user.click(screen.getByLabelText('Accounts'));
  expect(await screen.findByText(text)).toBeInTheDocument();
});

test('variables of the dashboard are offered, and the regions are those of what they hold', async () => {
  const { user, latest, resources } = renderEditor({ variables: { account: ['111122223333', '444455556666'] } });
  await user.click(screen.getByLabelText('Accounts'));
  await user.click(await screen.findByText('$account'));
  expect(latest()?.accounts).toEqual(['$account']);
  await user.keyboard('{Escape}');
  await user.click(screen.getByLabelText('Regions'));
  expect(await screen.findByText('eu-west-1')).toBeInTheDocument();
  expect(resources.regions).toHaveBeenLastCalledWith({ sources: [], accounts: ['111122223333', '444455556666'] });
  expect(screen.queryByText(/12 digits/)).not.toBeInTheDocument();
});

test('several accounts may be pasted; one that cannot be is marked', async () => {
  const { user, latest } = renderEditor();
  await user.click(screen.getByLabelText('Accounts'));
  await user.paste('111122223333, 444455556666 12345');
  await user.keyboard('{Enter}');
  expect(latest()?.accounts).toEqual(['111122223333', '444455556666', '12345']);
  expect(screen.getByText('An account id has 12 digits: 12345')).toBeInTheDocument();
});

test('of ten thousand accounts a hundred are drawn, and typing finds the others', async () => {
  const accounts = Array.from({ length: 10_000 }, (_, i) => ({
    account: String(100_000_000_000 + i),
    sources: ['prod'],
  }));
  const resources = createResourceSpies({ accounts: { accounts, isCut: false, problems: NO_PROBLEMS } });
  const { user, latest } = renderEditor({ resources });
  await user.click(screen.getByLabelText('Accounts'));
  expect(await screen.findByText('… 9,900 more: type to search')).toBeInTheDocument();
  expect(screen.getAllByText(/^1\d{11}$/)).toHaveLength(100);
  await user.type(screen.getByLabelText('Accounts'), '9999');
  await user.click(screen.getByText('100000009999'));
  expect(latest()?.accounts).toEqual(['100000009999']);
});

test('sources are there only if there are several', async () => {
  const { user, latest, resources } = renderEditor({
    settings: { sources: [{ location: 's3://a' }, { location: 's3://b' }] },
    resources: createResourceSpies({
      sources: {
        sources: [
          { name: 'a b', location: 's3://a', kind: 's3' },
          { name: 'c', location: 's3://b', kind: 's3' },
        ],
      },
    }),
  });
  await user.click(screen.getByLabelText('Sources'));
  await user.click(await screen.findByText('a b'));
  expect(latest()?.sources).toEqual(['a b']);
  await user.keyboard('{Escape}');
  await user.click(screen.getByLabelText('Accounts'));
  expect(resources.accounts).toHaveBeenLastCalledWith({ sources: ['a b'] });
});

test('a single source needs no choice', () => {
  renderEditor({ settings: { sources: [{ location: 's3://a' }] } });
  expect(screen.queryByLabelText('Sources')).not.toBeInTheDocument();
});
