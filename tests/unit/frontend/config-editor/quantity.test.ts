import fc from 'fast-check';
import { BYTES, COUNT, MILLISECONDS, SECONDS } from '../../../../src/frontend/config-editor/quantity';

test.each([
  ['2 GB', BYTES, 2_000_000_000],
  ['50GB', BYTES, 50_000_000_000],
  ['1.5 GiB', BYTES, 1.5 * 2 ** 30],
  ['256 MiB', BYTES, 256 * 2 ** 20],
  ['10 kB', BYTES, 10_000],
  ['3 m', BYTES, 3_000_000],
  ['4096', BYTES, 4096],
  [' 0 B ', BYTES, 0],
  ['2 XB', BYTES, undefined],
  ['-1 GB', BYTES, undefined],
  ['GB', BYTES, undefined],
  ['90', SECONDS, 90],
  ['15m', SECONDS, 900],
  ['15 m', SECONDS, 900],
  ['1h30m', SECONDS, 5400],
  ['0.5s', SECONDS, 0.5],
  ['soon', SECONDS, undefined],
  ['500ms', MILLISECONDS, 500],
  ['15s', MILLISECONDS, 15_000],
  ['0.5s', MILLISECONDS, 500],
  ['x', MILLISECONDS, undefined],
  ['50,000', COUNT, 50_000],
  ['50 000', COUNT, 50_000],
  ['200k', COUNT, 200_000],
  ['1.5M', COUNT, 1_500_000],
  ['1,5', COUNT, undefined],
  ['1.5', COUNT, undefined],
  ['-5', COUNT, undefined],
])('%s', (text, quantity, value) => {
  expect(quantity.parse(text)).toBe(value);
});

test.each([
  ['5 GiB', BYTES, 5 * 2 ** 30],
  ['2 GB', BYTES, 2e9],
  ['1.5 GB', BYTES, 1.5e9],
  ['256 MiB', BYTES, 256 * 2 ** 20],
  ['1 kB', BYTES, 1000],
  ['1 KiB', BYTES, 1024],
  ['0 B', BYTES, 0],
  ['1234567 B', BYTES, 1_234_567],
  ['15m', SECONDS, 900],
  ['90s', SECONDS, 90],
  ['2h', SECONDS, 7200],
  ['0s', SECONDS, 0],
  ['3s', MILLISECONDS, 3000],
  ['250ms', MILLISECONDS, 250],
  ['1,000,000', COUNT, 1_000_000],
])('written as %s', (text, quantity, value) => {
  expect(quantity.format(value)).toBe(text);
});

test.each([
  ['bytes', BYTES],
  ['seconds', SECONDS],
  ['milliseconds', MILLISECONDS],
  ['counts', COUNT],
])('%s are read as they were written', (_, quantity) => {
  fc.assert(fc.property(fc.nat(2 ** 31), (value) => quantity.parse(quantity.format(value)) === value));
  fc.assert(
    fc.property(fc.nat(5000), fc.integer({ min: 0, max: 4 }), (value, power) => {
      const large = value * 1024 ** power;
      return quantity.parse(quantity.format(large)) === large;
    }),
  );
});
