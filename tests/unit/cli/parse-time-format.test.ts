import { DEFAULT_TIME_FORMAT, parseTimeByFormat } from '../../../src/cli/parse-time-format';

test.each<[text: string, format: string, iso: string]>([
  ['2015-08-13 01:02:03', DEFAULT_TIME_FORMAT, '2015-08-13T01:02:03.000Z'],
  ['2015-8-3 1:2:3', DEFAULT_TIME_FORMAT, '2015-08-03T01:02:03.000Z'],
  ['2015-08-13', '%Y-%m-%d', '2015-08-13T00:00:00.000Z'],
  ['13/Aug/15 12AM', '%d/%b/%y %I%p', '2015-08-13T00:00:00.000Z'],
  ['13 august 2015, 12:30 pm', '%d %B %Y, %I:%M %p', '2015-08-13T12:30:00.000Z'],
  ['Thu Aug 13 2015', '%a %b %d %Y', '2015-08-13T00:00:00.000Z'],
  ['2015-08-13T10:00:00.25', '%Y-%m-%dT%H:%M:%S.%f', '2015-08-13T10:00:00.250Z'],
  ['2015-08-13T10:00:00+0530', '%Y-%m-%dT%H:%M:%S%z', '2015-08-13T04:30:00.000Z'],
  ['2015-08-13 10:00 UTC', '%Y-%m-%d %H:%M %Z', '2015-08-13T10:00:00.000Z'],
  ['2016.366', '%Y.%j', '2016-12-31T00:00:00.000Z'],
  ['100% 2015', '100%% %Y', '2015-01-01T00:00:00.000Z'],
  ['2015   01', '%Y %m', '2015-01-01T00:00:00.000Z'],
  ['20150813', '%Y%m%d', '2015-08-13T00:00:00.000Z'],
])('%s by %s', (text, format, iso) => {
  expect(new Date(parseTimeByFormat(text, format)).toISOString()).toBe(iso);
});

test.each<[text: string, format: string, why: string]>([
  ['2015-02-30', '%Y-%m-%d', 'cannot read time "2015-02-30": it is not of the format %Y-%m-%d'],
  // 1969
  ['69', '%y', 'it is not of the format'],
  ['2015.366', '%Y.%j', 'it is not of the format'],
  ['2015-08-13', DEFAULT_TIME_FORMAT, 'it is not of the format'],
  ['2015-08-13x', '%Y-%m-%d', 'it is not of the format'],
  ['2015x08', '%Y.%m', 'it is not of the format'],
  ['10:00', '%H:%M', 'cannot use the time format "%H:%M": it has no year'],
  ['2015 3', '%Y %U', '%U is not supported; use %Y'],
  ['2015 2015', '%Y %Y', '%Y is there twice'],
  ['2015', '%Y%', '% is not supported'],
])('%s by %s is refused', (text, format, why) => {
  expect(() => parseTimeByFormat(text, format)).toThrow(why);
});
