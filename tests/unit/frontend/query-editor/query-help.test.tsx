import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { QueryHelp } from '../../../../src/frontend/QueryHelp';

test('a click on a question takes its query over', async () => {
  const onClickExample = jest.fn();
  render(<QueryHelp datasource={{} as never} query={{ refId: 'A' }} onClickExample={onClickExample} />);
  await userEvent.click(screen.getByRole('button', { name: /Who scans us/ }));
  expect(onClickExample).toHaveBeenCalledWith(
    expect.objectContaining({ view: 'table', keys: ['srcaddr'], filter: expect.stringContaining('action = REJECT') }),
  );
});
