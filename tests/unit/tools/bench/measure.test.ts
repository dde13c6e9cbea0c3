import { parseCoreList } from '../../../../bench/cores';
import { measureCommand } from '../../../../bench/measure';

describe('measuring a process', () => {
  const node = (script: string) => [process.execPath, '-e', script];

  test('gives its output, its time and its memory', () => {
    const script = `
      const block = Buffer.alloc(150e6, 1);
      while (process.cpuUsage().user < 300_000);
      process.stdout.write(String(block.length));`;
    const { stdout, wallSec, cpuSec, peakBytes } = measureCommand(node(script), { keepOutput: true });
    expect(stdout).toBe('150000000');
    // What takes 0.3 s of a processor takes as long on the wall, on however busy a machine.
    expect(cpuSec).toBeGreaterThanOrEqual(0.29);
    expect(wallSec).toBeGreaterThanOrEqual(0.29);
    expect(peakBytes).toBeGreaterThan(150e6);
    expect(peakBytes).toBeLessThan(400e6);
  });

  test('does not take a waiting process for a busy one', () => {
    const { wallSec, cpuSec, stdout } = measureCommand(node('console.log(1); setTimeout(() => {}, 700)'), {
      keepOutput: false,
    });
    expect(wallSec).toBeGreaterThan(0.7);
    expect(cpuSec).toBeLessThan(0.5);
    expect(stdout).toBe('');
  });

  test('a failure is thrown, with what the process said', () => {
    expect(() => measureCommand(node('console.error("no such file"); process.exit(3)'), { keepOutput: true })).toThrow(
      /status 3\n.*no such file/s,
    );
    expect(() => measureCommand(['/no/such/program'], { keepOutput: true })).toThrow(/cannot run \/no\/such\/program/);
  });

  test('variables reach the process beside those that are there', () => {
    const { stdout } = measureCommand(node('process.stdout.write(process.env.BENCH_TEST + !!process.env.PATH)'), {
      keepOutput: true,
      environment: { BENCH_TEST: 'given' },
    });
    expect(stdout).toBe('giventrue');
  });
});

test.each([
  ['0', [0]],
  ['0-1', [0, 1]],
  ['0-2,5,8-9', [0, 1, 2, 5, 8, 9]],
])('the cores of %j', (list, cores) => {
  expect(parseCoreList(list)).toEqual(cores);
});
