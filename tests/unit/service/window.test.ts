import { createJob, parseJob, printJob } from '../../../src/service/job';
import { parseWindow, printTime, windowId } from '../../../src/service/window';

const HOUR = { startMs: Date.parse('2026-01-15T10:00:00Z'), stopMs: Date.parse('2026-01-15T11:00:00Z') };

describe('parseWindow', () => {
  test.each([
    ['2026-01-15T10:00:00Z', '2026-01-15T11:00:00Z'],
    ['2026-01-15T10:00:59.999999999Z', '2026-01-15T11:00:01.5Z'],
    ['2026-01-15T12:00:00+02:00', '2026-01-15T05:30:00-05:30'],
  ])('%s to %s is that hour', (start, stop) => {
    expect(parseWindow(start, stop)).toEqual(HOUR);
  });

  test.each([
    [undefined, '2026-01-15T11:00:00Z', 'start is missing'],
    ['2026-01-15T11:00:00Z', '', 'stop is missing'],
    ['invalid ts', '2026-01-15T11:00:00Z', 'start is "invalid ts", expected RFC 3339'],
    ['2026-01-15', '2026-01-15T11:00:00Z', 'start is "2026-01-15"'],
    ['2026-01-15 10:00:00Z', '2026-01-15T11:00:00Z', 'start is'],
    ['2026-01-15T10:00:00', '2026-01-15T11:00:00Z', 'start is'],
    ['2026-02-30T10:00:00Z', '2026-03-15T11:00:00Z', 'start is'],
    ['2026-01-15T10:00:00.1234567890Z', '2026-01-15T11:00:00Z', 'start is'],
    [['2026-01-15T10:00:00Z', 'x'], '2026-01-15T11:00:00Z', 'start is'],
    ['2026-01-15T10:00:00Z', 'now', 'stop is "now"'],
    ['2026-01-15T11:00:00Z', '2026-01-15T10:00:00Z', 'start should be before stop'],
    // Between them lies no minute, so no worker could do anything with it.
    ['2026-01-15T10:00:01Z', '2026-01-15T10:00:59Z', 'start should be before stop'],
  ])('%j to %j: %s', (start, stop, why) => {
    expect(() => parseWindow(start, stop)).toThrow(why);
  });
});

describe('windowId', () => {
  test('is the id that the Go services gave', () => {
    // uuid.uuid5(uuid.uuid5(NIL, kind), Go's text of both times), by Python's own implementation.
    expect(windowId('digest', HOUR)).toBe('23047cde-2040-5511-85a2-d7add00e7b18');
    expect(windowId('graph', HOUR)).toBe('6c637ee5-d08b-5ec7-a601-53ffb726a259');
  });

  test('differs with each end', () => {
    const minute = 60_000;
    const ids = [HOUR, { ...HOUR, startMs: HOUR.startMs - minute }, { ...HOUR, stopMs: HOUR.stopMs + minute }];
    expect(new Set(ids.map((window) => windowId('digest', window))).size).toBe(3);
  });
});

describe('jobs', () => {
  const job = createJob('digest', HOUR);

  test('are what the Go services put on their queues', () => {
    expect(JSON.parse(printJob(job))).toEqual({
      id: '23047cde-2040-5511-85a2-d7add00e7b18',
      start: '2026-01-15T10:00:00Z',
      stop: '2026-01-15T11:00:00Z',
    });
    expect(parseJob('digest', printJob(job))).toEqual(job);
    expect(printTime(HOUR.startMs)).toBe('2026-01-15T10:00:00Z');
  });

  test.each([
    ['{', 'it is not JSON'],
    ['[]', 'it is not a JSON object'],
    ['{}', 'missing ID field'],
    [{ ...job.window, id: job.id }, 'start is missing'],
    [JSON.stringify({ id: '../../etc/passwd', start: '2026-01-15T10:00:00Z', stop: '2026-01-15T11:00:00Z' }), 'its id'],
    [printJob(createJob('graph', HOUR)), 'its id is not that of its window'],
  ])('%j: %s', (payload, why) => {
    expect(() => parseJob('digest', payload)).toThrow(why);
  });
});
