/** The feed of the demo: what follows from the clock alone, so that it can be started again at any time. */
import { parseObjectKey } from '../../../src/flow/object-key';
import { CYCLE_HOURS, type DeliveredObject, feedObjects } from '../../../tools/demo-feed';
import { SCANNER } from '../../../tools/estate';

const HOUR_MS = 3_600_000;
/** The start of a cycle. */
const START_MS = Date.UTC(2026, 0, 15, 9);
const FLOW_LOGS = 4;

function take(fromMs: number, hours: number): DeliveredObject[] {
  const objects: DeliveredObject[] = [];
  for (const object of feedObjects(fromMs)) {
    if (object.stampSec * 1000 >= fromMs + hours * HOUR_MS) {
      return objects;
    }
    objects.push(object);
  }
  throw new Error('the feed has ended');
}

const cycle = take(START_MS, CYCLE_HOURS);
/** From within five minutes of the cycle into the next one. */
const crossing = take(START_MS + 2.5 * HOUR_MS + 123_456, 1);
const BORDER_SEC = START_MS / 1000 + CYCLE_HOURS * 3600;

test('has an object per flow log and five minutes, in order, from the five minutes on that hold the start', () => {
  const firstSec = START_MS / 1000 + 2.5 * 3600;
  expect(crossing.map(({ stampSec }) => stampSec)).toEqual(
    Array.from({ length: FLOW_LOGS * 13 }, (_, index) => firstSec + Math.floor(index / FLOW_LOGS) * 300),
  );
  expect(crossing.every(({ key, stampSec }) => parseObjectKey(key)?.stampSec === stampSec)).toBe(true);
});

test('goes on with the same objects wherever it starts', () => {
  const shared = crossing.filter(({ stampSec }) => stampSec < BORDER_SEC);
  expect(shared).toEqual(cycle.slice(-FLOW_LOGS * 6));
});

test('is not the same in the next cycle, but of the same flow logs', () => {
  const next = crossing.filter(({ stampSec }) => stampSec >= BORDER_SEC);
  expect(next.slice(0, FLOW_LOGS).map(({ text }) => text.length)).not.toEqual(
    cycle.slice(0, FLOW_LOGS).map(({ text }) => text.length),
  );
  const flowLogsOf = (objects: DeliveredObject[]) => new Set(objects.map(({ key }) => parseObjectKey(key)!.flowLogId));
  expect(flowLogsOf(next)).toEqual(flowLogsOf(cycle));
});

test('delivers after the five minutes have ended, some objects much later', () => {
  const delays = cycle.map(({ dueMs, stampSec }) => dueMs / 1000 - stampSec - 300);
  expect(Math.min(...delays)).toBeGreaterThan(0);
  const late = delays.filter((delaySec) => delaySec > 600);
  expect(late.length).toBeGreaterThan(0);
  expect(late.length).toBeLessThan(delays.length / 10);
});

/** Rejected records by minute of the cycle. */
function countRejects(test: (line: string) => boolean): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { text } of cycle) {
    const [header, ...lines] = text.trimEnd().split('\n');
    const start = header!.split(' ').indexOf('start');
    for (const line of lines.filter((one) => one.includes(' REJECT') || one.startsWith('REJECT'))) {
      if (test(line)) {
        const minute = Math.floor((Number(line.split(' ')[start]) - START_MS / 1000) / 60);
        counts.set(minute, (counts.get(minute) ?? 0) + 1);
      }
    }
  }
  return counts;
}

test('has a port scan and a storm of refused retries, each short beside the cycle', () => {
  const scan = [...countRejects((line) => line.includes(` ${SCANNER} `)).keys()];
  expect(scan).toHaveLength(10);
  const retries = countRejects((line) => line.split(' ').includes('5432'));
  const storm = [...retries].filter(([, count]) => count > 100).map(([minute]) => minute);
  expect(storm).toHaveLength(10);
  expect([...retries].filter(([, count]) => count > 0 && count < 30).length).toBeGreaterThan(100);
  expect(storm.filter((minute) => scan.includes(minute))).toEqual([]);
});
