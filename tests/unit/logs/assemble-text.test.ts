import { DEFAULT_FORMAT, FIELDS } from '../../../src/flow/fields';
import { createTextAssembler } from '../../../src/logs/assemble-text';

const V5 = FIELDS.filter((field) => field.version <= 5 && field.scope !== 'tgw').map(({ name }) => name);
const CUSTOM = ['srcaddr', 'dstaddr', 'bytes', 'start'];
/** As many columns as the default format has. */
const CUSTOM_14 = [...DEFAULT_FORMAT].reverse();

const v2 = (i = 0) => `2 123456789012 eni-0a 10.0.0.${i} 10.0.0.2 50000 443 6 1 100 1768471200 1768471259 ACCEPT OK`;
const v5 = (i = 0) => `${v2(i)} vpc-0a subnet-0a - 3 IPv4 10.0.0.1 10.0.0.2 eu-west-1 euw1-az1 - - - - ingress -`;
const reversed = (i = 0) => v2(i).split(' ').reverse().join(' ');
const H2 = DEFAULT_FORMAT.join(' ');
const H5 = V5.join(' ');

function linesOf(formats: Parameters<typeof createTextAssembler>[0], ...pages: readonly (readonly string[])[]) {
  const assembler = createTextAssembler(formats);
  return pages.map((page) => assembler.assemble(page).split('\n').slice(0, -1));
}

test('lines of one format have one header, at the beginning', () => {
  const formats = { columns: [DEFAULT_FORMAT], isGiven: false };
  expect(linesOf(formats, [v2(1), v2(2)], [], [v2(3)])).toEqual([[H2, v2(1), v2(2)], [], [v2(3)]]);
});

test('lines of a given format have none, and are not looked at', () => {
  expect(linesOf({ columns: [CUSTOM], isGiven: true }, ['a b', v2(), '{"x": 1}'])).toEqual([['a b', v2(), '{"x": 1}']]);
});

test('of two formats, all lines of each stand together below its header', () => {
  const formats = { columns: [DEFAULT_FORMAT, V5], isGiven: false };
  expect(linesOf(formats, [v2(1), v5(1), v2(2), v5(2)], [v5(3), v2(3)])).toEqual([
    [H2, v2(1), v2(2), H5, v5(1), v5(2)],
    [v5(3), H2, v2(3)],
  ]);
});

test('a format that nobody expected is recognised as it comes', () => {
  expect(linesOf({ columns: [DEFAULT_FORMAT], isGiven: false }, [v2(1), v5(1)])).toEqual([[H2, v2(1), H5, v5(1)]]);
  expect(linesOf({ columns: [], isGiven: false }, [v5(1)])).toEqual([[H5, v5(1)]]);
});

test('two formats of equally many columns are told apart line by line', () => {
  const formats = { columns: [DEFAULT_FORMAT, CUSTOM_14], isGiven: false };
  expect(linesOf(formats, [v2(1), reversed(1), v2(2)])).toEqual([[H2, v2(1), v2(2), CUSTOM_14.join(' '), reversed(1)]]);
});

test('however rare one is among many lines of the other', () => {
  const formats = { columns: [DEFAULT_FORMAT, CUSTOM_14], isGiven: false };
  const many = Array.from({ length: 1000 }, (_, i) => (i === 777 ? reversed(7) : v2(i % 250)));
  const [lines] = linesOf(formats, many);
  expect(lines!.slice(-2)).toEqual([CUSTOM_14.join(' '), reversed(7)]);
  expect(lines!.length).toBe(1002);
});

test('a header among the messages is a header for the lines that fit it', () => {
  const custom = '10.0.0.1 10.0.0.2 100 1768471200';
  const formats = { columns: [DEFAULT_FORMAT], isGiven: false };
  expect(linesOf(formats, [v2(1), custom, CUSTOM.join(' '), v2(2)])).toEqual([
    [CUSTOM.join(' '), H2, v2(1), v2(2), CUSTOM.join(' '), custom],
  ]);
  // That of the format itself changes nothing.
  expect(linesOf(formats, [H2, v2(1)])).toEqual([[H2, v2(1)]]);
  // After one of another format, the given one is named again.
  expect(linesOf({ columns: [DEFAULT_FORMAT], isGiven: true }, [v2(1), H5, v2(2)])).toEqual([[H5, H2, v2(1), v2(2)]]);
});

test('what is no record stands below the first format, to be counted as malformed', () => {
  const formats = { columns: [DEFAULT_FORMAT, V5], isGiven: false };
  expect(linesOf(formats, ['hello world', v5(1), 'start'])).toEqual([[H2, 'hello world', H5, v5(1), H2, 'start']]);
});

test('messages keep their line feeds: each line is counted', () => {
  expect(linesOf({ columns: [DEFAULT_FORMAT], isGiven: false }, ['a\nb', v2(1)])).toEqual([[H2, 'a', 'b', v2(1)]]);
});
