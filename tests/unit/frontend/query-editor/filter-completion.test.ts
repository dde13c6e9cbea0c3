import { renderHook } from '@testing-library/react';
import type { QueryEdit } from '../../../../src/frontend/query-editor/query-edit';
import { useFilterCompletion } from '../../../../src/frontend/query-editor/useFilterCompletion';
import type { FieldSummary, FieldValue } from '../../../../src/query/resource-answers';
import { createResourceSpies, RANGE, type ResourceSpies } from './editor-fixture';

const FIELDS: readonly FieldSummary[] = ['dstport', 'srcaddr', 'my-column'].map((name) => ({
  ...{ name, type: name === 'dstport' ? 'integer' : 'text', role: 'key', meaning: '', version: 2 },
  ...{ isDocumented: true, isFound: true },
}));
const valueOf = (value: string): FieldValue => ({ value, text: value, flows: 1, bytes: 1 });
const answerOf = (values: readonly string[], valueCount = values.length) => ({
  ...{ field: 'dstport', values: values.map(valueOf), valueCount, missingFlows: 0, isPartial: false, notices: [] },
});

function createCompletion(resources: ResourceSpies) {
  const edit: QueryEdit = {
    ...{ query: { refId: 'A', accounts: ['111122223333'] }, view: 'table', range: RANGE, variables: [] },
    dataSource: { settings: {}, resources },
    set: () => undefined,
    run: () => undefined,
  };
  const { result } = renderHook(() => useFilterCompletion(edit, FIELDS));
  return async (text: string) => {
    const { suggestions, isIncomplete } = await result.current(text, text.length);
    return { labels: suggestions.map(({ label }) => label), isIncomplete };
  };
}

test('values are those of the logs that the query reads, and looked up once', async () => {
  const resources = createResourceSpies({ values: answerOf(['443', '53']) });
  const complete = createCompletion(resources);
  expect((await complete('dstport = ')).labels).toEqual(['443', '53', '-']);
  expect((await complete('dstport in (')).labels).toEqual(['443', '53', '-']);
  expect(resources.values).toHaveBeenCalledTimes(1);
  expect(resources.values).toHaveBeenCalledWith(
    expect.objectContaining({ field: 'dstport', accounts: ['111122223333'], range: RANGE }),
  );
});

test('what the first hundred lack is searched for', async () => {
  const resources = createResourceSpies();
  resources.values.mockImplementation(({ search }: { search: string }) =>
    Promise.resolve(search === '' ? answerOf(['443'], 5000) : answerOf(['8443'], 1)),
  );
  const { labels, isIncomplete } = await createCompletion(resources)('dstport = 8');
  expect(labels).toEqual(['8443', '443', '-']);
  expect(isIncomplete).toBe(true);
});

test('a lookup that fails leaves what is known, and is tried again', async () => {
  const resources = createResourceSpies({ values: new Error('access denied') });
  const complete = createCompletion(resources);
  expect((await complete('srcaddr = ')).labels).toContain('10.0.0.0/8');
  await complete('srcaddr = ');
  expect(resources.values).toHaveBeenCalledTimes(2);
});

test('nothing is looked up for a name that is no field', async () => {
  const resources = createResourceSpies();
  await createCompletion(resources)('dstprt = ');
  expect(resources.values).not.toHaveBeenCalled();
});

test('a column that the dictionary does not know is asked for as the backend wants it', async () => {
  const resources = createResourceSpies();
  await createCompletion(resources)('`my-column` = ');
  expect(resources.values).toHaveBeenCalledWith(expect.objectContaining({ field: '`my-column`' }));
});

describe('what is remembered', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('is asked for again after a minute', async () => {
    const resources = createResourceSpies({ values: answerOf(['443']) });
    const complete = createCompletion(resources);
    await complete('dstport = ');
    jest.setSystemTime(Date.now() + 59_000);
    await complete('dstport = ');
    expect(resources.values).toHaveBeenCalledTimes(1);
    jest.setSystemTime(Date.now() + 2000);
    await complete('dstport = ');
    expect(resources.values).toHaveBeenCalledTimes(2);
  });

  test('is what was asked for last', async () => {
    const resources = createResourceSpies({ values: answerOf(['443'], 5000) });
    const complete = createCompletion(resources);
    for (let port = 1; port <= 60; port++) {
      await complete(`dstport = ${port}`);
    }
    resources.values.mockClear();
    await complete('dstport = 60');
    expect(resources.values).not.toHaveBeenCalled();
    await complete('dstport = 1');
    expect(resources.values).toHaveBeenLastCalledWith(expect.objectContaining({ search: '1' }));
  });
});
