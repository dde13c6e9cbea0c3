import { FlowError } from '../../../src/errors';
import { createInstances, type InstancesOptions } from '../../../src/plugin/instances';
import type { DataSourceInput } from '../../../src/plugin/settings';
import { makeInput } from './data-source-input';

/** What stands for an opened data source. */
class Opened {
  isClosed = false;
  constructor(readonly input: DataSourceInput) {}
  close(): void {
    this.isClosed = true;
  }
}

/** Timers that run when the test says so. */
function createTimers() {
  const waiting = new Set<{ run: () => void; delayMs: number }>();
  return {
    schedule: (run: () => void, delayMs: number) => {
      const timer = { run, delayMs };
      waiting.add(timer);
      return () => void waiting.delete(timer);
    },
    delays: () => [...waiting].map(({ delayMs }) => delayMs),
    fire(delayMs: number) {
      for (const timer of waiting) {
        if (timer.delayMs === delayMs) {
          waiting.delete(timer);
          timer.run();
        }
      }
    },
  };
}

const GRACE = 111;
const IDLE = 999;

function setUp(options: Partial<InstancesOptions<Opened>> = {}) {
  const opened: Opened[] = [];
  const timers = createTimers();
  const instances = createInstances<Opened>({
    create: (input) => {
      const instance = new Opened(input);
      opened.push(instance);
      return instance;
    },
    graceMs: GRACE,
    idleMs: IDLE,
    schedule: timers.schedule,
    ...options,
  });
  const get = (input: DataSourceInput) => instances.use(input, (instance) => instance);
  return { instances, opened, timers, get };
}

/** A call that goes on until it is told to end. */
function longCall(instances: ReturnType<typeof setUp>['instances'], input: DataSourceInput) {
  let end!: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const call = instances.use(input, async (instance) => {
    await ended;
    return instance.isClosed;
  });
  return {
    /** Ends it; tells whether its instance was closed under it. */
    async finish() {
      end();
      return call;
    },
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('calls with the same settings share one instance, whatever else Grafana sends', async () => {
  const { get, opened } = setUp();
  const first = await get(makeInput({ a: 1 }));
  expect(await get(makeInput({ a: 1 }))).toBe(first);
  // Features may be switched per user; they open nothing.
  const other = { GF_INSTANCE_FEATURE_TOGGLES_ENABLE: 'x', GF_CONCURRENT_QUERY_COUNT: '5' };
  expect(await get(makeInput({ a: 1 }, { grafanaConfig: other }))).toBe(first);
  expect(opened).toHaveLength(1);
});

test.each<[string, Partial<DataSourceInput>, object?]>([
  ['updatedMs', { updatedMs: 2000 }],
  ['jsonData', {}, { a: 2 }],
  ['a secret', { secureJsonData: { secretKey: 'new' } }],
  ['an AWS setting of Grafana', { grafanaConfig: { AWS_AUTH_SESSION_DURATION: '1h' } }],
])('another %s opens it anew and closes the old one', async (_, more, jsonData = { a: 1 }) => {
  const { get, opened } = setUp();
  await get(makeInput({ a: 1 }));
  await get(makeInput(jsonData, more));
  await settle();
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});

test('organisations and uids are kept apart', async () => {
  const { get, opened, instances } = setUp();
  await get(makeInput());
  await get(makeInput({}, { orgId: 2 }));
  await get(makeInput({}, { uid: 'other' }));
  await get(makeInput({}, { orgId: 2 }));
  expect(opened).toHaveLength(3);
  expect(instances.openCount()).toBe(3);
});

test('calls that come while it opens wait for the one opening', async () => {
  let openings = 0;
  let opening!: () => void;
  const isOpen = new Promise<void>((resolve) => (opening = resolve));
  const { get } = setUp({
    create: async (input) => {
      openings++;
      await isOpen;
      return new Opened(input);
    },
  });
  const calls = Promise.all([get(makeInput()), get(makeInput()), get(makeInput())]);
  opening();
  const [a, b, c] = await calls;
  expect(openings).toBe(1);
  expect(a === b && b === c).toBe(true);
});

test('a failure is every waiting call’s, and the next call tries again', async () => {
  let openings = 0;
  const { get, instances } = setUp({
    create: (input) => {
      if (++openings === 1) {
        throw new FlowError('bad-settings', 'cannot open');
      }
      return new Opened(input);
    },
  });
  const outcomes = await Promise.allSettled([get(makeInput()), get(makeInput())]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(instances.openCount()).toBe(0);
  expect((await get(makeInput())).isClosed).toBe(false);
  expect(openings).toBe(2);
});

test('what is allowed is asked on every call, also of an open instance', async () => {
  let isAllowed = true;
  const { get, opened } = setUp({
    assertAllowed: () => {
      if (!isAllowed) {
        throw new FlowError('bad-settings', 'not any more');
      }
    },
  });
  await get(makeInput());
  isAllowed = false;
  await expect(get(makeInput())).rejects.toThrow('not any more');
  expect(opened).toHaveLength(1);
});

describe('when settings change amid a call', () => {
  test('the call ends with the instance it began with, which is closed then', async () => {
    const { instances, get, opened } = setUp();
    const call = longCall(instances, makeInput());
    await settle();
    await get(makeInput({}, { updatedMs: 2000 }));
    expect(opened[0]!.isClosed).toBe(false);
    expect(instances.openCount()).toBe(2);
    expect(await call.finish()).toBe(false);
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    expect(instances.openCount()).toBe(1);
  });

  test('it is closed under a call that goes on longer than the grace period', async () => {
    const { instances, get, opened, timers } = setUp();
    const call = longCall(instances, makeInput());
    await settle();
    await get(makeInput({}, { updatedMs: 2000 }));
    timers.fire(GRACE);
    await settle();
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    expect(await call.finish()).toBe(true);
    expect(instances.openCount()).toBe(1);
  });
});

describe('an instance that nobody uses', () => {
  test('is closed after the idle time, and opened anew for the next call', async () => {
    const { get, opened, timers, instances } = setUp();
    await get(makeInput());
    expect(timers.delays()).toEqual([IDLE]);
    timers.fire(IDLE);
    await settle();
    expect(opened[0]!.isClosed).toBe(true);
    expect(instances.openCount()).toBe(0);
    expect((await get(makeInput())).isClosed).toBe(false);
    expect(opened).toHaveLength(2);
  });

  test('is idle from its last call on, never during one', async () => {
    const { instances, get, timers } = setUp();
    await get(makeInput());
    const call = longCall(instances, makeInput());
    await settle();
    expect(timers.delays()).toEqual([]);
    await get(makeInput());
    expect(timers.delays()).toEqual([]);
    await call.finish();
    expect(timers.delays()).toEqual([IDLE]);
  });

  test('has one timer, also after a call that failed', async () => {
    const { instances, timers } = setUp();
    const fail = () => Promise.reject(new Error('no'));
    await expect(instances.use(makeInput(), fail)).rejects.toThrow('no');
    await expect(instances.use(makeInput(), fail)).rejects.toThrow('no');
    expect(timers.delays()).toEqual([IDLE]);
  });
});

test('shutting down closes all, also what is in use, and refuses later calls', async () => {
  const { instances, get, opened, timers } = setUp();
  const call = longCall(instances, makeInput());
  await get(makeInput({}, { uid: 'idle' }));
  await get(makeInput({}, { updatedMs: 2000 }));
  await instances.close();
  expect(opened).toHaveLength(3);
  expect(opened.every(({ isClosed }) => isClosed)).toBe(true);
  expect(timers.delays()).toEqual([]);
  await expect(get(makeInput())).rejects.toMatchObject({ code: 'aborted' });
  await call.finish();
  expect(timers.delays()).toEqual([]);
});
