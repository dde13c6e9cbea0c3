import fc from 'fast-check';

import { FlowError } from '../../../src/errors';
import { createInstance } from '../../../src/plugin/instance';
import { selectSources } from '../../../src/plugin/select-sources';
import { makeInput } from './data-source-input';

const instance = createInstance(
  makeInput(
    {
      sources: [
        { name: 'prod', location: 's3://logs/prod/' },
        { name: 'dev', location: 'arn:aws:s3:::logs/dev/' },
        { location: 's3://archive' },
        { name: 'point', location: 'arn:aws:s3:eu-west-1:123456789012:accesspoint/flows/AWSLogs/' },
        { name: 'demo', location: '/data/demo' },
      ],
    },
    { environment: { GF_PLUGIN_LOCAL_ROOT: '/data' } },
  ),
  { version: '1' },
);
afterAll(() => instance.close());
const [prod, dev, archive, point, demo] = instance.sources;
const select = (...asked: string[]) => selectSources(instance.sources, asked);

test('no name means all', () => {
  expect(select()).toEqual(instance.sources);
});

test.each([
  ['prod', prod],
  [' prod ', prod],
  ['s3://logs/prod/', prod],
  ['arn:aws:s3:::logs/prod/', prod],
  ['s3://logs/dev/', dev],
  ['s3://archive', archive],
  ['s3://archive/', archive],
  ['arn:aws:s3:eu-west-1:123456789012:accesspoint/flows/object/AWSLogs/', point],
  ['/data/demo', demo],
])('%s is found', (text, source) => {
  expect(select(text)).toEqual([source]);
});

test('each is given once, in the order of the settings', () => {
  expect(select('s3://archive', 'dev', 'prod', 's3://logs/prod/')).toEqual([prod, dev, archive]);
});

test.each([
  's3://logs',
  's3://logs/',
  's3://logs/prod',
  's3://logs/prod/AWSLogs/',
  's3://logs/prod/../dev/',
  's3://Logs/prod/',
  's3://other',
  'PROD',
  '',
  '/data',
  '/data/demo/',
  '/data/demo/x',
  'file:///data/demo',
  '/etc',
  '..',
  '*',
  '__proto__',
  'constructor',
])('"%s" is none of them', (text) => {
  expect(() => select(text)).toThrow(FlowError);
  expect(() => select('prod', text)).toThrow(
    /^cannot read the source ".*": the data source has prod, dev, s3:\/\/archive, point, demo/,
  );
});

test('the error is the query’s, and suggests what may have been meant', () => {
  const refusal = (() => {
    try {
      return select('prdo');
    } catch (thrown) {
      return thrown as FlowError;
    }
  })();
  expect(refusal).toMatchObject({ code: 'bad-query', fields: { member: 'sources', value: 'prdo' } });
  expect((refusal as FlowError).message).toMatch(/\(did you mean prod\?\)$/);
});

test('a data source without sources says so', () => {
  expect(() => selectSources([], [])).toThrow(/has no source; add a bucket/);
  expect(() => selectSources([], ['prod'])).toThrow(/has no source/);
});

test('many names are not all listed', () => {
  const many = Array.from({ length: 30 }, (_, i) => ({ ...prod!, settings: { ...prod!.settings, name: `n${i}` } }));
  expect(() => selectSources(many, ['nowhere'])).toThrow(/n19 and 10 more/);
});

test('whatever texts are asked for, nothing but a configured source comes out, and only for its own name or place', () => {
  const pieces = fc.constantFrom(
    's3://',
    'logs',
    'prod',
    '/',
    'arn:aws:s3:::',
    'archive',
    '/data',
    'demo',
    '..',
    '%2f',
    ' ',
  );
  const name = fc.constantFrom(...instance.sources.flatMap(({ settings }) => [settings.name, settings.location]));
  const asked = fc.oneof(
    name,
    // Near misses: cut short, and with something put on.
    fc.tuple(name, fc.nat({ max: 12 })).map(([text, cut]) => text.slice(0, text.length - cut)),
    fc.tuple(name, pieces, fc.string()).map((parts) => parts.join('')),
    fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  );
  // Every text by which a source may be called, written out: the code under test has no part in it.
  const callable = new Map([
    [prod, /^(prod|s3:\/\/logs\/prod\/|(s3:\/\/)?arn:aws[a-z-]*:s3:::logs\/prod\/)$/i],
    [dev, /^(dev|s3:\/\/logs\/dev\/|(s3:\/\/)?arn:aws[a-z-]*:s3:::logs\/dev\/)$/i],
    [archive, /^(s3:\/\/archive\/?|(s3:\/\/)?arn:aws[a-z-]*:s3:::archive\/?)$/i],
    [point, /^(point|arn:aws:s3:eu-west-1:123456789012:accesspoint\/flows\/(object\/)?AWSLogs\/)$/],
    [demo, /^(demo|\/data\/demo)$/],
  ]);
  let hits = 0;
  fc.assert(
    fc.property(fc.array(asked, { minLength: 1, maxLength: 3 }), (texts) => {
      let selected;
      try {
        selected = select(...texts);
      } catch (thrown) {
        expect(thrown).toMatchObject({ name: 'FlowError', code: 'bad-query' });
        return;
      }
      hits++;
      expect(selected.length).toBeGreaterThan(0);
      for (const source of selected) {
        expect(instance.sources).toContain(source);
        expect(texts.some((text) => callable.get(source)!.test(text.trim()))).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
  expect(hits).toBeGreaterThan(50);
});
