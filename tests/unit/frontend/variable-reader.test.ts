import { createVariableReader } from '../../../src/frontend/variable-reader';
import { createTemplateSrv } from './setup/template-srv';

const templateSrv = createTemplateSrv({
  one: '10.0.0.1',
  two: ['a', 'b'],
  blank: '',
  vpc: { all: ['vpc-1', 'vpc-2'] },
  net: { all: ['10.1.0.0/16'], allValue: '10.0.0.0/8' },
});
const reader = createVariableReader(templateSrv);

test.each(['$two', '${two}', '[[two]]'])('%s has all its values', (reference) => {
  expect(reader.read(reference)).toEqual({ values: ['a', 'b'], isAll: false });
});

test('a blank variable has no value, an unknown one is none', () => {
  expect(reader.read('$blank')).toEqual({ values: [], isAll: false });
  expect(reader.read('$nobody')).toBeUndefined();
});

test('All is told from all values', () => {
  expect(reader.read('$vpc')).toEqual({ values: ['vpc-1', 'vpc-2'], isAll: true });
  // Its own value for All is a value.
  expect(reader.read('$net')).toEqual({ values: ['10.0.0.0/8'], isAll: false });
});

test('a repeated panel has its own value, even where the dashboard is on All', () => {
  const repeated = createVariableReader(templateSrv, { vpc: { text: 'vpc-2', value: 'vpc-2' } });
  expect(repeated.read('$vpc')).toEqual({ values: ['vpc-2'], isAll: false });
});

test('formats are printed by Grafana', () => {
  expect(reader.print('in (${two:csv})')).toBe('in (a,b)');
});
