import { DEFAULT_FORMAT } from '../../../src/flow/fields';
import { parseLogFormat } from '../../../src/query/log-format';

test.each([
  ['version account-id  interface-id', ['version', 'account-id', 'interface-id']],
  ['srcaddr,dstaddr, bytes', ['srcaddr', 'dstaddr', 'bytes']],
  ['${version} ${account-id} ${interface-id}', ['version', 'account-id', 'interface-id']],
  ['${srcaddr}${dstaddr}', ['srcaddr', 'dstaddr']],
  ['"${srcaddr} ${dstaddr}"', ['srcaddr', 'dstaddr']],
  [DEFAULT_FORMAT.map((name) => `\${${name}}`).join(' '), DEFAULT_FORMAT],
  // A field that AWS may add next year.
  ['srcaddr quantum-entanglement', ['srcaddr', 'quantum-entanglement']],
  ['srcaddr instance-tag-3', ['srcaddr', 'instance-tag-3']],
])('%s', (text, columns) => {
  expect(parseLogFormat(text)).toEqual(columns);
});

test.each([
  ['srcadr dstaddr', /"srcadr" is not the name of a field \(did you mean srcaddr\?\)/],
  ['${version} ${acount-id}', /"acount-id" is not the name of a field \(did you mean account-id\?\)/],
  ['srcaddr DstAddr', /"DstAddr" is not the name of a field \(did you mean dstaddr\?\)/],
  ['src_addr dstaddr', /"src_addr" is not the name of a field \(did you mean srcaddr\?\)/],
  ['{version} srcaddr', /"\{version\}" is not the name of a field/],
  ['foo bar', /"foo bar" names no documented field/],
  ['', /names no documented field/],
])('%j is refused', (text, why) => {
  expect(() => parseLogFormat(text)).toThrow(why);
});
