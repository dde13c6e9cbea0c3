import { screen, waitFor } from '@testing-library/react';
import type { SourceHealthAnswer } from '../../../../src/query/resource-answers';
import { button, card, enter, findButtons, renderConfigEditor, user } from './render-config-editor';

const sourcesOf = (page: ReturnType<typeof renderConfigEditor>) => page.options().jsonData.sources;

test('a new data source shows where its first source goes, and does not complain yet', async () => {
  const page = renderConfigEditor();
  const location = card('Source 1').getByLabelText(/^Location/);
  expect(screen.queryByText(/It is missing/)).not.toBeInTheDocument();
  expect(button('Add source')).toBeDisabled();
  expect(findButtons(/^Remove/)).toEqual([]);
  await user.click(location);
  await user.tab();
  expect(screen.getByText(/It is missing: write s3:\/\/bucket\/prefix/)).toBeInTheDocument();
  await user.type(location, 's3://abc');
  expect(sourcesOf(page)).toEqual([{ location: 's3://abc' }]);
  expect(location).toHaveFocus();
  await user.clear(location);
  expect(page.options().jsonData).toEqual({ authType: 'default' });
});

test('each field sets its part of the source', async () => {
  const page = renderConfigEditor({ jsonData: { sources: [{ location: 's3://aaa' }, { location: 's3://bbb' }] } });
  const second = card('s3://bbb');
  await user.click(second.button('Role, region and format'));
  await enter(second.getByLabelText(/^Role ARN/), 'arn:aws:iam::123456789012:role/read');
  await enter(second.getByLabelText(/^Role’s external ID/), 'secret');
  await enter(second.getByLabelText(/^Header line/), 'version srcaddr');
  await user.click(second.getByLabelText(/^Requester pays/));
  await user.click(second.getByLabelText(/^Any key/));
  await user.click(second.getByLabelText(/^Region of the bucket/));
  await user.click(screen.getByText('eu-central-1'));
  await enter(second.getByLabelText(/^Name/), 'second');
  const changed = {
    name: 'second',
    location: 's3://bbb',
    roleArn: 'arn:aws:iam::123456789012:role/read',
    externalId: 'secret',
    header: 'version srcaddr',
    requesterPays: true,
    anyKey: true,
    region: 'eu-central-1',
  };
  expect(sourcesOf(page)).toEqual([{ location: 's3://aaa' }, changed]);
  const named = card('second');
  await user.click(named.getByLabelText(/^Requester pays/));
  await user.clear(named.getByLabelText(/^Header line/));
  expect(sourcesOf(page)).toEqual([
    { location: 's3://aaa' },
    { ...changed, requesterPays: undefined, header: undefined },
  ]);
});

test('sources are added at the end and removed where they are', async () => {
  const page = renderConfigEditor({ jsonData: { sources: [{ location: 's3://aaa' }, { location: 's3://bbb' }] } });
  await user.click(button('Add source'));
  await enter(card('Source 3').getByLabelText(/^Location/), 's3://ccc');
  await user.click(card('s3://ccc').button('Role, region and format'));
  await user.click(button('Remove s3://aaa'));
  expect(sourcesOf(page)).toEqual([{ location: 's3://bbb' }, { location: 's3://ccc' }]);
  // The card keeps what it was.
  expect(card('s3://ccc').getByLabelText(/^Role ARN/)).toBeInTheDocument();
  expect(card('s3://bbb').queryByLabelText(/^Role ARN/)).not.toBeInTheDocument();
  await user.click(button('Remove s3://bbb'));
  await user.click(button('Remove s3://ccc'));
  expect(sourcesOf(page)).toBeUndefined();
  expect(card('Source 1').getByLabelText(/^Location/)).toHaveValue('');
});

test('many sources are a list, in which the wrong ones tell why', async () => {
  renderConfigEditor({
    jsonData: {
      sources: [
        { location: 's3://aaa', name: 'one', region: 'eu-west-1' },
        { location: 's3://bbb' },
        { location: 's3://bbb/prod' },
      ],
    },
  });
  expect(screen.queryByLabelText(/^Location/)).not.toBeInTheDocument();
  expect(card('one').getByText('s3://aaa · eu-west-1')).toBeInTheDocument();
  expect(card('s3://bbb/prod').getByText(/lies inside s3:\/\/bbb and would count twice/)).toBeInTheDocument();
  expect(card('s3://bbb').queryByText(/count twice/)).not.toBeInTheDocument();
  await user.click(card('one').button(/^one/));
  expect(card('one').getByLabelText(/^Location/)).toHaveValue('s3://aaa');
});

test.each([
  ['Location', 'https://x', /https:\/\/ is not supported/],
  ['Name', 's3://bbb', /is that of another source too/],
])('%s: %s is told to be wrong at the field', async (label, text, problem) => {
  renderConfigEditor({ jsonData: { sources: [{ location: 's3://aaa' }, { location: 's3://bbb' }] } });
  const field = card('s3://aaa').getByLabelText(new RegExp(`^${label}`));
  await enter(field, text);
  expect(screen.getAllByText(problem)[0]).toBeInTheDocument();
});

const HEALTH: SourceHealthAnswer = {
  name: 'prod',
  location: 's3://logs/prd/',
  status: 'ok',
  message: 'newest object is 4 minutes old, 2 fields (header line), 1 account, 1 region',
  identity: { arn: 'arn:aws:sts::123456789012:assumed-role/read/x' },
  accounts: ['123456789012'],
  regions: ['eu-west-1'],
  newest: { key: 'AWSLogs/a.log.gz', timeMs: 0, ageSec: 250, format: { columns: ['version', 'srcaddr'] } },
};
const SOURCES = [{ name: 'prod', location: 's3://logs/prd/' }];

test('a test asks about the saved source by its name and shows what was found', async () => {
  const page = renderConfigEditor({ jsonData: { sources: SOURCES } }, { 'resources/health': () => HEALTH });
  await user.click(button('Test prod'));
  expect(await screen.findByText('The source can be read')).toBeInTheDocument();
  expect(page.requests).toEqual([{ path: 'resources/health', parameters: { source: 'prod' } }]);
  for (const text of [
    HEALTH.message,
    HEALTH.identity!.arn,
    '123456789012',
    'eu-west-1',
    'AWSLogs/a.log.gz (4 minutes ago)',
    'version srcaddr',
  ]) {
    expect(screen.getByText(text)).toBeInTheDocument();
  }
});

test('a failed test tells the fix and the missing right, and a prefix that exists can be taken', async () => {
  const page = renderConfigEditor(
    { jsonData: { sources: SOURCES } },
    {
      'resources/health': () => ({
        ...SOURCES[0],
        status: 'error',
        message: 'cannot find anything below s3://logs/prd/',
        fix: 'Correct the prefix.',
        missingAction: 's3:ListBucket',
        prefixesFound: ['dev/', 'prod/'],
      }),
    },
  );
  await user.click(button('Test prod'));
  expect(await screen.findByText('The source cannot be read')).toBeInTheDocument();
  expect(screen.getByText('Correct the prefix.')).toBeInTheDocument();
  expect(screen.getByText('s3:ListBucket')).toBeInTheDocument();
  await user.click(button('Use the prefix prod/'));
  expect(sourcesOf(page)).toEqual([{ name: 'prod', location: 's3://logs/prod/' }]);
  // It was about another location.
  expect(screen.queryByText('The source cannot be read')).not.toBeInTheDocument();
  expect(button('Test prod')).toBeDisabled();
});

test('a test that cannot be made tells why; while it runs, it is not begun again', async () => {
  let fail: (reason: unknown) => void = () => undefined;
  renderConfigEditor(
    { jsonData: { sources: SOURCES } },
    { 'resources/health': () => new Promise((_, reject) => (fail = reject)) },
  );
  await user.click(button('Test prod'));
  expect(button('Test prod')).toBeDisabled();
  fail({ status: 502, data: { message: 'plugin unavailable' } });
  expect(await screen.findByText('plugin unavailable')).toBeInTheDocument();
  expect(button('Test prod')).toBeEnabled();
});

test('changed settings have to be saved before they are tested', async () => {
  const page = renderConfigEditor({ jsonData: { sources: SOURCES } }, { 'resources/health': () => HEALTH });
  expect(button('Test prod')).toBeEnabled();
  const location = card('prod').getByLabelText(/^Location/);
  await user.type(location, 'x');
  expect(button('Test prod')).toBeDisabled();
  expect(screen.getByText(/Save first: the test uses the saved settings/)).toBeInTheDocument();
  await user.type(location, '{Backspace}');
  expect(button('Test prod')).toBeEnabled();
  await user.type(location, 'y');
  page.save();
  await waitFor(() => expect(button('Test prod')).toBeEnabled());
  expect(screen.queryByText(/Save first/)).not.toBeInTheDocument();
});

test('a new secret has to be saved too', async () => {
  const page = renderConfigEditor({ jsonData: { authType: 'keys', sources: SOURCES } as never });
  await enter(screen.getByLabelText(/^Access Key ID/), 'AKIA');
  expect(button('Test prod')).toBeDisabled();
  page.save();
  expect(button('Test prod')).toBeEnabled();
});
