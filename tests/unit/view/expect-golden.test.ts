import { expectGolden } from './expect-golden';

const environment = { ...process.env };

afterEach(() => {
  process.env = { ...environment };
});

test('a missing golden file fails', () => {
  delete process.env['UPDATE_GOLDEN'];
  expect(() => expectGolden('none.dot', 'digraph {}')).toThrow(/no golden file/);
});

test('CI updates none', () => {
  process.env['UPDATE_GOLDEN'] = '1';
  process.env['CI'] = 'true';
  expect(() => expectGolden('none.dot', 'digraph {}')).toThrow(/not updated in CI/);
});
