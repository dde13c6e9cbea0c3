import { setTemplateSrv } from '@grafana/runtime';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { FlowLogsDataSource } from '../../../src/frontend/data-source';
import type { Resources } from '../../../src/frontend/resources';
import type { VariableQuery } from '../../../src/frontend/variable-query';
import { VariableQueryEditor } from '../../../src/frontend/VariableQueryEditor';
import { createTemplateSrv } from './setup/template-srv';

const NO_PROBLEMS = { first: [], count: 0 };

function open(query: Partial<VariableQuery>, resources: Partial<Resources> = {}) {
  setTemplateSrv(createTemplateSrv({ account: '111122223333' }));
  const onChange = jest.fn();
  const dataSource = {
    resources: {
      fields: () =>
        Promise.resolve({
          fields: [
            { name: 'vpc-id', isFound: true },
            { name: 'subnet-id', isFound: true },
          ],
        }),
      ...resources,
    },
  } as unknown as FlowLogsDataSource;
  render(
    <VariableQueryEditor
      datasource={dataSource}
      query={{ refId: 'V', ...query }}
      onChange={onChange}
      onRunQuery={() => undefined}
    />,
  );
  return { onChange, user: userEvent.setup() };
}

test('lists accounts until something else is chosen', async () => {
  const { onChange, user } = open({});
  expect(screen.getByText('Accounts')).toBeInTheDocument();
  expect(screen.queryByLabelText('Field')).not.toBeInTheDocument();
  await user.click(screen.getByLabelText('List'));
  await user.click(await screen.findByText('Values of a field'));
  expect(onChange).toHaveBeenLastCalledWith({ refId: 'V', kind: 'values' });
});

test('offers the fields that the logs have, and takes any other', async () => {
  const { onChange, user } = open({ kind: 'values' });
  expect(screen.getByText('vpc-id')).toBeInTheDocument();
  await user.click(screen.getByLabelText('Field'));
  await user.click(await screen.findByText('subnet-id'));
  expect(onChange).toHaveBeenLastCalledWith({ refId: 'V', kind: 'values', field: 'subnet-id' });
  await user.click(screen.getByLabelText('Field'));
  await user.keyboard('my-column{Enter}');
  expect(onChange).toHaveBeenLastCalledWith({ refId: 'V', kind: 'values', field: 'my-column' });
});

test('a filter is taken when it is left, and judged in place', async () => {
  const { onChange, user } = open({ kind: 'values', filter: 'dstport = ssh' });
  expect(screen.getByText(/expected a value for dstport/)).toBeInTheDocument();
  const input = screen.getByLabelText(/Filter/);
  await user.clear(input);
  await user.type(input, 'action = REJECT');
  await user.tab();
  expect(onChange).toHaveBeenLastCalledWith({ refId: 'V', kind: 'values', filter: 'action = REJECT' });
});

test('a filter with a variable is not judged before it has a value', async () => {
  open({ kind: 'values', field: 'subnet-id', filter: 'vpc-id in ($vpc)' });
  expect(await screen.findByText('subnet-id')).toBeInTheDocument();
  expect(screen.queryByText(/cannot read filter/)).not.toBeInTheDocument();
});

test('places are asked for when their list is opened; variables stand beside them', async () => {
  const accounts = jest.fn(() =>
    Promise.resolve({ accounts: [{ account: '444455556666', sources: [] }], isCut: false, problems: NO_PROBLEMS }),
  );
  const { onChange, user } = open({ kind: 'regions' }, { accounts });
  expect(accounts).not.toHaveBeenCalled();
  await user.click(screen.getByLabelText('Accounts'));
  await user.click(await screen.findByText('444455556666'));
  expect(onChange).toHaveBeenLastCalledWith({ refId: 'V', kind: 'regions', accounts: ['444455556666'] });
  await user.click(screen.getByLabelText('Accounts'));
  await user.click(await screen.findByText('$account'));
  expect(onChange).toHaveBeenLastCalledWith({ refId: 'V', kind: 'regions', accounts: ['$account'] });
});

test('what keeps a list from being made is said beside it', async () => {
  const sources = () => Promise.reject(new Error('cannot list: not allowed'));
  const { user } = open({ kind: 'accounts' }, { sources });
  await user.click(screen.getByLabelText('Sources'));
  await waitFor(() => expect(screen.getByText('cannot list: not allowed')).toBeInTheDocument());
});
