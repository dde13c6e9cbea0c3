/**
 * The built executable as processes over one place: killed after every step of a job, told to stop amid one, and asked by
 * many at once. Whatever happens, the window is there once and whole, and no job is left.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { STEPS } from '../../src/service/pause-at-step';
import { flagOf, type VariableName } from '../../src/service/variables';
import { startExecutable, type Ended } from '../helpers/executable';
import { logBytes, logKey } from '../unit/scan/flow-logs';
import { ask, HOUR, type Flags } from './service-contract';

/** A place with nothing stored, and how to look at what is left there. */
export interface Place {
  readonly flags: Flags;
  readonly environment: Readonly<Record<string, string>>;
  /** Names of all stored objects. */
  stored(): Promise<readonly string[]>;
  /** Jobs that wait or are held. */
  jobs(): Promise<number>;
  /** What a client may be told until the product is there: 404 where the mark has run out and the queue cannot tell. */
  readonly meanwhile: readonly number[];
}

interface LogLine {
  readonly msg: string;
  readonly outcome?: string;
  readonly step?: string;
  readonly digest?: string;
}

/** A process that serves. */
interface ServiceProcess {
  readonly url: string;
  readonly ended: Promise<Ended>;
  /** Resolves when it has logged that, or rejects if it ends before. */
  logged(is: (line: LogLine) => boolean): Promise<LogLine>;
  kill(signal: NodeJS.Signals): void;
}

const HOUR_ID = '23047cde-2040-5511-85a2-d7add00e7b18';
const WINDOW = '20260115T100000Z_20260115T110000Z';
const FILES = [
  ...[`${HOUR_ID}.json`, `${HOUR_ID}.log.gz`],
  ...['accounts', 'refused', 'rejects', 'services', 'talks'].map((plan) => `hours-${plan}_${WINDOW}.bin`),
  `pack_${WINDOW}.bin`,
];
const LINES =
  '2 123456789012 eni-0a 10.0.0.1 10.0.0.2 0 443 6 2 12 1768471200 1768471259 ACCEPT OK\n' +
  '2 123456789012 eni-0a 10.0.0.9 10.0.0.2 0 443 6 1 100 1768471200 1768471259 REJECT OK\n';

/** Runs the suite; `place` is asked for before each test, with a folder of its own. */
export function describeKills(name: string, place: (root: string) => Promise<Place>): void {
  describe(name, () => {
    let root: string;
    let where: Place;
    let started: ServiceProcess[];
    beforeEach(async () => {
      started = [];
      root = mkdtempSync(join(tmpdir(), 'vpcflow-kill-'));
      const key = join(root, 'logs', logKey('2026-01-15T10:05:00Z'));
      mkdirSync(dirname(key), { recursive: true });
      writeFileSync(
        key,
        logBytes({ src: '10.0.0.1', bytes: 7 }, { src: '10.0.0.1', bytes: 5 }, { src: '10.0.0.9', action: 'REJECT' }),
      );
      where = await place(root);
    });
    afterEach(async () => {
      started.forEach((one) => one.kill('SIGKILL'));
      await Promise.all(started.map(({ ended }) => ended));
      rmSync(root, { recursive: true, force: true });
    });

    const start = async (
      environment: Readonly<Record<string, string>> = {},
      flags: Flags = {},
    ): Promise<ServiceProcess> => {
      const all: Flags = {
        PORT: '0',
        VPCFLOW_WORKERS: '0',
        VPCFLOW_PACKS: true,
        DIGEST_PROGRESS_TIMEOUT: '2000',
        ...where.flags,
        ...flags,
      };
      const args = Object.entries(all).flatMap(([variable, value]) => {
        const flag = flagOf(variable as VariableName);
        return value === true ? [flag] : [flag, String(value)];
      });
      const { child, ended } = startExecutable(['serve', join(root, 'logs'), ...args], {
        env: { ...where.environment, ...environment },
      });
      const lines: LogLine[] = [];
      const reader = createInterface({ input: child.stdout });
      reader.on('line', (line) => lines.push(JSON.parse(line) as LogLine));
      const logged: ServiceProcess['logged'] = async (is) => {
        for (;;) {
          const line = lines.find(is);
          if (line) {
            return line;
          }
          const end = await Promise.race([once(reader, 'line').then(() => undefined), ended]);
          if (end && !lines.some(is)) {
            throw new Error(`the service ended:\n${end.stdout}${end.stderr}`);
          }
        }
      };
      const own = { url: '', ended, logged, kill: (signal: NodeJS.Signals) => void child.kill(signal) };
      started.push(own);
      const { digest = '' } = await logged(({ msg }) => msg === 'service started');
      own.url = digest;
      return own;
    };
    const expectOnce = async (url: string): Promise<void> => {
      let answer = await ask(url, 'GET', `/?${HOUR}`);
      while (answer.status !== 200) {
        expect(where.meanwhile).toContain(answer.status);
        await new Promise((resolve) => setTimeout(resolve, 50));
        answer = await ask(url, 'GET', `/?${HOUR}`);
      }
      expect(gunzipSync(answer.body).toString()).toBe(LINES);
      const status = JSON.parse((await ask(url, 'GET', `/v1/digests?${HOUR}`)).body.toString()) as object;
      expect(status).toMatchObject({ state: 'ready', complete: true, rowCount: 2, records: 3 });
      // The job leaves the queue after the product is there.
      while ((await where.jobs()) > 0) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect([...(await where.stored())].sort()).toEqual(FILES);
      expect(await ask(url, 'POST', `/?${HOUR}`)).toMatchObject({ status: 409 });
    };

    test.each(STEPS)('killed after "%s": another process takes over', async (step) => {
      const doomed = await start({ VPCFLOW_TEST_PAUSE_AFTER: step });
      let isAccepted = false;
      // The answer may never come.
      const asked = ask(doomed.url, 'POST', `/?${HOUR}`).then(
        ({ status }) => (isAccepted = status === 202),
        () => false,
      );
      await doomed.logged(({ msg }) => msg === 'paused for a test');
      const inTime = STEPS.indexOf(step) < STEPS.indexOf('take') ? undefined : await asked;
      expect(inTime ?? true).toBe(true);
      doomed.kill('SIGKILL');
      expect(await doomed.ended).toMatchObject({ signal: 'SIGKILL' });
      await asked;
      // What is there is whole, whatever the moment.
      expect((await where.stored()).filter((file) => !FILES.includes(file))).toEqual([]);
      const next = await start();
      if (!isAccepted) {
        // A client without an answer asks again: until the reservation of the dead has run out it is in progress.
        while (
          (await ask(next.url, 'POST', `/?${HOUR}`)).status !== 202 &&
          (await ask(next.url, 'GET', `/?${HOUR}`)).status !== 200
        ) {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
      await expectOnce(next.url);
      next.kill('SIGTERM');
      expect(await next.ended).toMatchObject({ exitCode: 0, stderr: '' });
    });

    test('SIGTERM within the grace time: the job in hand is finished', async () => {
      const resume = join(root, 'resume');
      const service = await start(
        { VPCFLOW_TEST_PAUSE_AFTER: 'make', VPCFLOW_TEST_RESUME_FILE: resume },
        { VPCFLOW_GRACE: '10m' },
      );
      expect(await ask(service.url, 'POST', `/?${HOUR}`)).toMatchObject({ status: 202 });
      await service.logged(({ step }) => step === 'make');
      service.kill('SIGTERM');
      await service.logged(({ msg }) => msg === 'service stops');
      writeFileSync(resume, '');
      expect(await service.ended).toMatchObject({ exitCode: 0, stderr: '' });
      expect([...(await where.stored())].sort()).toEqual(FILES);
      expect(await where.jobs()).toBe(0);
    });

    test('SIGTERM and the grace time is over: the job goes back and is free at once', async () => {
      // Nothing but handing back frees it in the time that a test has.
      const flags: Flags = { DIGEST_PROGRESS_TIMEOUT: '3600000', VPCFLOW_GRACE: '1s' };
      const service = await start({ VPCFLOW_TEST_PAUSE_AFTER: 'make' }, flags);
      expect(await ask(service.url, 'POST', `/?${HOUR}`)).toMatchObject({ status: 202 });
      await service.logged(({ step }) => step === 'make');
      service.kill('SIGTERM');
      expect(await service.ended).toMatchObject({ exitCode: 0, stderr: '' });
      await service.logged(({ outcome }) => outcome === 'handed-back');
      expect(await where.stored()).toEqual([]);
      expect(await where.jobs()).toBe(1);
      await expectOnce((await start({}, flags)).url);
    });

    test('a worker that slept through its claim stores nothing after another has taken over', async () => {
      const resume = join(root, 'resume');
      const sleeper = await start({ VPCFLOW_TEST_PAUSE_AFTER: 'make', VPCFLOW_TEST_RESUME_FILE: resume });
      expect(await ask(sleeper.url, 'POST', `/?${HOUR}`)).toMatchObject({ status: 202 });
      await sleeper.logged(({ step }) => step === 'make');
      sleeper.kill('SIGSTOP');
      const next = await start();
      await next.logged(({ outcome }) => outcome === 'made');
      await expectOnce(next.url);
      writeFileSync(resume, '');
      sleeper.kill('SIGCONT');
      const { outcome } = await sleeper.logged((line) => line.outcome !== undefined && line.msg === 'job ended');
      expect(outcome).not.toBe('made');
      await expectOnce(next.url);
    });

    test('of many requests to two processes one gets the job', async () => {
      const both = [await start(), await start()];
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => ask(both[i % 2]!.url, 'POST', `/?${HOUR}`)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array.from({ length: 19 }, () => 409)]);
      await expectOnce(both[0]!.url);
    });
  });
}
