import fc from 'fast-check';
import { FlowError } from '../../../src/errors';
import { createLog, errorFields } from '../../../src/plugin/log';
import type { Log } from '../../../src/plugin/log';

function createTestLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { log: createLog({ destination, module: 'the-module', clock: () => 1_700_000_000_001 }), lines };
}

test.each(['debug', 'info', 'warn', 'error'] as const)('a line of level %s', (level) => {
  const { log, lines } = createTestLog();
  log[level]('something', { dsUID: 'abc', count: 3, done: true, missing: undefined });
  expect(lines).toHaveLength(1);
  expect(lines[0]!.endsWith('}\n')).toBe(true);
  expect(JSON.parse(lines[0]!)).toEqual({
    '@level': level,
    '@message': 'something',
    '@module': 'the-module',
    // With exactly six decimals, or the host does not read the line.
    '@timestamp': '2023-11-14T22:13:20.001000Z',
    ...{ dsUID: 'abc', count: 3, done: true },
  });
});

test('a log with fields has them on every line, and those of the line win', () => {
  const { log, lines } = createTestLog();
  const inner = log.with({ a: 'outer', b: 1 }).with({ c: 'inner' });
  inner.info('x', { b: 2 });
  log.info('y');
  expect(JSON.parse(lines[0]!)).toMatchObject({ a: 'outer', b: 2, c: 'inner' });
  expect(Object.keys(JSON.parse(lines[1]!) as object)).toEqual(['@level', '@timestamp', '@module', '@message']);
});

test('whatever the fields, what the host relies on is text and the line is one and not too long', () => {
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom('@level', '@message', '@timestamp', '@module', 'timestamp', '__proto__'),
  );
  const value = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant('\u0001'.repeat(20_000)));
  fc.assert(
    fc.property(fc.string(), fc.dictionary(name, value), (message, fields) => {
      const { log, lines } = createTestLog();
      log.warn(message, fields);
      const line = lines.join('');
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(Buffer.byteLength(line)).toBeLessThan(64 * 1024);
      const entry = JSON.parse(line) as Record<string, unknown>;
      expect(entry['@level']).toBe('warn');
      expect(typeof entry['@message']).toBe('string');
      expect(entry['@timestamp']).toBe('2023-11-14T22:13:20.001000Z');
      expect(entry['@module']).toBe('the-module');
      // A name that is there twice would be read twice.
      expect(line.split('"@level"')).toHaveLength(2);
    }),
  );
});

test('an error as fields: the stack of a defect, of nothing else', () => {
  const denied = new FlowError('access-denied', 'cannot read a: no');
  expect(errorFields(denied)).toEqual({ error: 'cannot read a: no', code: 'access-denied', stack: undefined });
  const fields = errorFields(new TypeError('x is not a function'));
  expect(fields).toMatchObject({ error: 'x is not a function', code: 'internal' });
  expect(fields.stack).toContain('log.test');
  expect(errorFields('a text')).toMatchObject({ error: 'a text', code: 'internal' });
});
