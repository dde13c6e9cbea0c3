import { createRateGate, createRateGates, quotaOf, type RateGate } from '../../../src/logs/rate-gate';

/** Time that passes only while the gate sleeps. */
function createFakeTime() {
  let nowMs = 1000;
  return {
    clock: () => nowMs,
    sleep: async (delayMs: number) => {
      // Whoever got a turn goes first.
      await new Promise(setImmediate);
      nowMs += delayMs;
    },
    pass: (ms: number) => void (nowMs += ms),
  };
}

/** When each of some turns was given. */
async function turnsOf(gate: RateGate, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  await Promise.all(Array.from({ length: count }, () => gate.enter().then(() => times.push(gate.now()))));
  return times;
}

/** The most turns within any second. */
function mostInASecond(times: readonly number[]): number {
  return Math.max(...times.map((start) => times.filter((time) => time >= start && time < start + 1000).length));
}

test.each([5, 10, 25])('%d requests a second, and never more in any second', async (maxPerSec) => {
  const time = createFakeTime();
  const times = await turnsOf(createRateGate({ maxPerSec, ...time }), 10 * maxPerSec);
  expect(mostInASecond(times)).toBe(maxPerSec);
  // Nothing is wasted either.
  expect(times.at(-1)! - times[0]!).toBeLessThan(9.5 * 1000);
});

test('a refusal halves the rate after a pause; refusals of requests under way count once', async () => {
  const time = createFakeTime();
  const gate = createRateGate({ maxPerSec: 10, ...time });
  await turnsOf(gate, 10);
  const startedMs = gate.now();
  time.pass(50);
  for (let i = 0; i < 10; i++) {
    gate.refused(startedMs);
  }
  expect(gate.ratePerSec()).toBe(5);
  const refusedMs = gate.now();
  const times = await turnsOf(gate, 20);
  expect(times[0]! - refusedMs).toBe(1000);
  expect(mostInASecond(times)).toBe(5);
  gate.refused(gate.now());
  expect(gate.ratePerSec()).toBe(2.5);
});

test('answers let the rate grow back to the quota, and not beyond', async () => {
  const time = createFakeTime();
  const gate = createRateGate({ maxPerSec: 10, ...time });
  gate.refused(gate.now());
  const before = gate.ratePerSec();
  gate.answered();
  expect(gate.ratePerSec()).toBeGreaterThan(before);
  expect(gate.ratePerSec()).toBeLessThan(before + 1);
  for (let i = 0; i < 1000; i++) {
    gate.answered();
  }
  expect(gate.ratePerSec()).toBe(10);
});

test('the rate never falls so far that nothing goes on', async () => {
  const time = createFakeTime();
  const gate = createRateGate({ maxPerSec: 5, minPerSec: 0.5, ...time });
  for (let i = 0; i < 50; i++) {
    time.pass(10);
    gate.refused(gate.now());
  }
  expect(gate.ratePerSec()).toBe(0.5);
  const times = await turnsOf(gate, 3);
  expect(times[2]! - times[0]!).toBe(4000);
});

test('turns are given in order; who has gone takes none', async () => {
  let wake: (() => void) | undefined;
  const gate = createRateGate({
    maxPerSec: 1,
    clock: () => 0,
    // The second turn comes never, unless somebody wakes the gate.
    sleep: () => new Promise<void>((resolve) => (wake = resolve)),
  });
  const controller = new AbortController();
  await gate.enter();
  const second = gate.enter(controller.signal);
  controller.abort();
  await expect(second).rejects.toMatchObject({ code: 'aborted' });
  await expect(gate.enter(controller.signal)).rejects.toMatchObject({ code: 'aborted' });
  wake?.();
});

test('one gate for an account and region, with the quota of the region', () => {
  const made: number[] = [];
  const gates = createRateGates((maxPerSec) => {
    made.push(maxPerSec);
    return createRateGate({ maxPerSec });
  });
  const first = gates.gateFor('123456789012', 'us-east-1');
  expect(gates.gateFor('123456789012', 'us-east-1')).toBe(first);
  expect(gates.gateFor('123456789012', 'eu-central-1')).not.toBe(first);
  expect(gates.gateFor('999999999999', 'us-east-1')).not.toBe(first);
  expect(made).toEqual([25, 5, 25]);
  expect(quotaOf('eu-west-1')).toBe(10);
  expect(quotaOf('constructor')).toBe(10);
});
