import { createRemembered } from '../../../src/logs/remember';

function create(isKept?: (value: number) => boolean) {
  let nowMs = 0;
  let loads = 0;
  const remembered = createRemembered<number>({ maxAgeMs: 1000, clock: () => nowMs, isKept });
  const load = () => Promise.resolve(++loads);
  return { remembered, load, loads: () => loads, pass: (ms: number) => void (nowMs += ms) };
}

test('is asked for once by all who want it at the same time, and known for a while', async () => {
  const { remembered, load, pass } = create();
  await expect(Promise.all([remembered(load, undefined), remembered(load, undefined)])).resolves.toEqual([1, 1]);
  pass(999);
  await expect(remembered(load, undefined)).resolves.toBe(1);
  pass(1);
  await expect(remembered(load, undefined)).resolves.toBe(2);
});

test('what is not worth it is not kept', async () => {
  const { remembered, load } = create((value) => value > 1);
  await expect(remembered(load, undefined)).resolves.toBe(1);
  await expect(remembered(load, undefined)).resolves.toBe(2);
  await expect(remembered(load, undefined)).resolves.toBe(2);
});

test('a failure is told to all and not remembered', async () => {
  const { remembered, load } = create();
  const fail = () => Promise.reject(new Error('no'));
  const both = [remembered(fail, undefined), remembered(load, undefined)];
  await expect(Promise.allSettled(both)).resolves.toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  await expect(remembered(load, undefined)).resolves.toBe(1);
});

test('one who leaves does not end it for the others; the last one does', async () => {
  const { remembered } = create();
  const [first, second] = [new AbortController(), new AbortController()];
  let signal: AbortSignal | undefined;
  const load = (own: AbortSignal) => {
    signal = own;
    return new Promise<number>((_, reject) => own.addEventListener('abort', () => reject(new Error('aborted'))));
  };
  const both = [remembered(load, first.signal), remembered(load, second.signal)];
  first.abort();
  await expect(both[0]).rejects.toMatchObject({ code: 'aborted' });
  expect(signal!.aborted).toBe(false);
  second.abort();
  await expect(both[1]).rejects.toMatchObject({ code: 'aborted' });
  expect(signal!.aborted).toBe(true);
});
