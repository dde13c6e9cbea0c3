import { delayCompiling } from '../../../src/scan/delay-compiling';

const runtime = globalThis as { Bun?: unknown };

afterEach(() => {
  delete runtime.Bun;
  jest.useRealTimers();
});

test('compiling waits at first, and is as usual in what runs for longer', () => {
  jest.useFakeTimers();
  const scales: number[] = [];
  runtime.Bun = { unsafe: { setJITPolicy: (scale: number) => void scales.push(scale) } };
  delayCompiling();
  expect(scales).toEqual([expect.any(Number)]);
  expect(scales[0]).toBeGreaterThan(1);
  jest.advanceTimersByTime(60_000);
  expect(scales.slice(1)).toEqual([1]);
});

test('a runtime without that does as it likes', () => {
  delayCompiling();
  runtime.Bun = {};
  delayCompiling();
});
