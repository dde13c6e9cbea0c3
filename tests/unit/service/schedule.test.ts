import { backfillWindows, dueWindows } from '../../../src/service/schedule';
import { printTime, type Window } from '../../../src/service/window';

const HOUR_MS = 3_600_000;
const at = (text: string): number => Date.parse(`2026-01-15T${text}Z`);
const print = (windows: readonly Window[]): string[] =>
  windows.map(({ startMs, stopMs }) => `${printTime(startMs).slice(11, 16)}-${printTime(stopMs).slice(11, 16)}`);

test('windows are due when they have settled, the newest first', () => {
  const schedule = { everyMs: HOUR_MS, windowMs: HOUR_MS, catchUpMs: 3 * HOUR_MS, settleMs: 15 * 60_000 };
  expect(print(dueWindows(schedule, at('12:14:59')))).toEqual(['10:00-11:00', '09:00-10:00', '08:00-09:00']);
  expect(print(dueWindows(schedule, at('12:15:00')))).toEqual(['11:00-12:00', '10:00-11:00', '09:00-10:00']);
});

test('windows may be longer than the time between them', () => {
  const schedule = { everyMs: HOUR_MS, windowMs: 2 * HOUR_MS, catchUpMs: 2 * HOUR_MS, settleMs: 0 };
  expect(print(dueWindows(schedule, at('12:30:00')))).toEqual(['10:00-12:00', '09:00-11:00']);
});

test('a backfill covers the whole, once', () => {
  const window = { startMs: at('10:00:00'), stopMs: at('12:30:00') };
  expect(print(backfillWindows({ window, windowMs: HOUR_MS }))).toEqual(['10:00-11:00', '11:00-12:00', '12:00-12:30']);
});
