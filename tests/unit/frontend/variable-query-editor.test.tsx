import { setTemplateSrv } from '@grafana/runtime';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import type { FlowLogsDataSource } from '../../../src/frontend/data-source';
import type { EditedDataSource } from '../../../src/frontend/query-editor/edited-data-source';
import type { VariableQuery } from '../../../src/frontend/variable-query';
import { VariableQueryEditor } from '../../../src/frontend/VariableQueryEditor';
import { createResourceSpies, type ResourceSpies } from './query-editor/editor-fixture';
import { createTemplateSrv } from './setup/template-srv';

const NO_PROBLEMS = { first: [], count: 0 };
const TWO_SOURCES: EditedDataSource['settings'] = { sources: [{ location: 's3://a' }, { location: 's3://b' }] };

interface Setup {
  readonly resources?: ResourceSpies;
  readonly settings?: EditedDataSource['settings'];
}

function open(query: Partial<VariableQuery>, { resources = createResourceSpies(), settings = {} }: Setup = {}) {
  const templateSrv = createTemplateSrv({ account: '111122223333' });
  setTemplateSrv({
    ...templateSrv,
    getVariables: () => [...templateSrv.getVariables(), { name: 'Filters', type: 'adhoc' } as never],
  });
  const onChange = jest.fn<undefined, [VariableQuery]>();
  const dataSource: EditedDataSource = { settings, resources };
  let replace: (query: VariableQuery) => void = () => undefined;
  function Harness() {
    const [shown, setShown] = useState<VariableQuery>({ refId: 'V', ...query });
    replace = setShown;
    return (
      <VariableQueryEditor
        datasource={dataSource as unknown as FlowLogsDataSource}
        query={shown}
        onChange={(next) => {
          onChange(next);
          setShown(next);
        }}
        onRunQuery={() => undefined}
      />
    );
  }
  render(<Harness />);
  return { onChange, resources, user: userEvent.setup(), replaceQuery: (next: VariableQuery) => replace(next) };
}

test('lists accounts until something else is chosen', async () => {
  const { onChange, user } = open({});
  expect(screen.getByText('Accounts')).toBeInTheDocument();
  expect(screen.queryByLabelText('Field')).not.toBeInTheDocument();
  await user.click(screen.getByLabelText('List'));
  await user.click(await screen.findByText('Values of a field'));
  expect(onChange).toHaveBeenLastCalledWith({ refId: 'V', kind: 'values' });
});

test('offers the fields that the logs have, and takes any other as the backend wants it', async () => {
  const { onChange, user, resources } = open({ kind: 'values' });
  expect(screen.getByText('vpc-id')).toBeInTheDocument();
  expect(resources.fields).not.toHaveBeenCalled();
  await user.click(screen.getByLabelText('Field'));
  await user.click(await screen.findByText('meaning of dstport'));
  expect(onChange).toHaveBeenLastCalledWith({ refId: 'V', kind: 'values', field: 'dstport' });
  await user.click(screen.getByLabelText('Field'));
  await user.keyboard('my-column{Enter}');
  expect(onChange).toHaveBeenLastCalledWith({ refId: 'V', kind: 'values', field: '`my-column`' });
});

test('a filter is taken when it is left, and judged in place', async () => {
  const { onChange, user } = open({ kind: 'values', filter: 'dstport = ssh' });
  expect(screen.getByText(/^Expected a value for dstport/)).toBeInTheDocument();
  const input = screen.getByLabelText('Filter');
  await user.clear(input);
  await user.type(input, 'action = REJECT');
  await user.tab();
  expect(onChange).toHaveBeenLastCalledWith({ refId: 'V', kind: 'values', filter: 'action = REJECT' });
});

test('of a filter with a variable, the rest is judged', () => {
  open({ kind: 'values', field: 'subnet-id', filter: 'vpc-id in ($vpc) and acton = REJECT' });
  expect(screen.getByText('Expected a field, found acton (did you mean action?)')).toBeInTheDocument();
});

test('a variable within a filter is taken to be right', () => {
  open({ kind: 'values', field: 'subnet-id', filter: 'vpc-id in ($vpc)' });
  expect(screen.queryByText(/^Expected/)).not.toBeInTheDocument();
});

test('texts follow the query', () => {
  const { replaceQuery } = open({ kind: 'values', filter: 'dstport = 22', limit: 5 });
  act(() => replaceQuery({ refId: 'V', kind: 'values', filter: 'dstport = 23', limit: 6 }));
  expect(screen.getByLabelText('Filter')).toHaveValue('dstport = 23');
  expect(screen.getByLabelText('At most')).toHaveValue('6');
});

test('a number of values that cannot be is not taken', async () => {
  const { onChange, user } = open({ kind: 'values' });
  await user.type(screen.getByLabelText('At most'), '5000{Enter}');
  expect(onChange).not.toHaveBeenCalled();
  expect(screen.getByText('A whole number from 1 to 1000')).toBeInTheDocument();
});

test('places are asked for when their list is opened; variables that are lists of values stand beside them', async () => {
  const { onChange, user, resources } = open({ kind: 'regions' });
  expect(resources.accounts).not.toHaveBeenCalled();
  await user.click(screen.getByLabelText('Accounts'));
  expect(screen.queryByText('$Filters')).not.toBeInTheDocument();
  await user.click(await screen.findByText('444455556666'));
  expect(onChange).toHaveBeenLastCalledWith({ refId: 'V', kind: 'regions', accounts: ['444455556666'] });
  await user.click(await screen.findByText('$account'));
  expect(onChange).toHaveBeenLastCalledWith({ refId: 'V', kind: 'regions', accounts: ['444455556666', '$account'] });
});

test('what keeps a list from being made is said beside it until it can be made', async () => {
  const resources = createResourceSpies();
  resources.sources.mockRejectedValueOnce(new Error('cannot list: not allowed'));
  const { user } = open({ kind: 'accounts' }, { resources, settings: TWO_SOURCES });
  await user.click(screen.getByLabelText('Sources'));
  expect((await screen.findAllByText('cannot list: not allowed')).length).toBeGreaterThan(0);
  await user.keyboard('{Escape}');
  await user.click(screen.getByLabelText('Sources'));
  expect(await screen.findByText('prod')).toBeInTheDocument();
  expect(screen.queryByText('cannot list: not allowed')).not.toBeInTheDocument();
});

test('a list that is not whole says so', async () => {
  const accounts = { accounts: [{ account: '111122223333', sources: [] }], isCut: true, problems: NO_PROBLEMS };
  const { user } = open({ kind: 'regions' }, { resources: createResourceSpies({ accounts }) });
  await user.click(screen.getByLabelText('Accounts'));
  expect(await screen.findByText('There are more than could be listed; type any')).toBeInTheDocument();
});

test('a variable written by hand is shown', () => {
  open({ kind: 'flow-logs', accounts: [111122223333], regions: null } as never);
  expect(screen.getByText('111122223333')).toBeInTheDocument();
});
