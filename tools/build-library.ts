/**
 * `npm run build:library`: the library as Node loads it, in `lib`: modules that need no package beside them, the entries
 * of the worker and the command, and the declarations that the entry reaches.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'lib');
/** Where the compiler puts declarations before those that are needed are chosen. */
const DECLARED = join(OUT, 'declared');

rmSync(OUT, { recursive: true, force: true });
run(process.execPath, [
  ...[
    'build',
    'src/library/index.ts',
    'src/command.ts',
    'src/scan/worker.ts',
    '--target',
    'node',
    '--format',
    'esm',
    '--splitting',
  ],
  // All beside each other, so that the worker is found from any of them.
  ...['--entry-naming', '[name].mjs', '--chunk-naming', 'chunk-[hash].mjs', '--define', 'WORKER_FILE="worker.mjs"'],
  ...['--outdir', 'lib'],
]);
run(process.execPath, ['x', '--no-install', 'tsc', '-p', 'tsconfig.library.json']);
const reached = copyDeclarations(join(DECLARED, 'src/library/index.d.ts'));
rmSync(DECLARED, { recursive: true });
process.stdout.write(`lib: library with ${reached} declarations\n`);

function run(command: string, args: readonly string[]): void {
  const { status, stdout } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) {
    // The compiler says what it objects to on standard output.
    process.stderr.write(stdout);
    process.exit(status ?? 1);
  }
}

/**
 * Copies a declaration and all that it imports, as `.d.mts` whose imports name files: Node's own resolution, which
 * consumers may have chosen, guesses no endings. Returns how many there are.
 */
function copyDeclarations(entry: string): number {
  const files = new Set([entry]);
  for (const file of files) {
    const text = readFileSync(file, 'utf8').replace(
      /(from |import\()'(\.[^']*)'/g,
      (_, before: string, specifier: string) => {
        const target = `${resolve(dirname(file), specifier)}.d.ts`;
        if (!existsSync(target)) {
          throw new Error(`cannot declare ${relative(DECLARED, file)}: there is no ${specifier}`);
        }
        files.add(target);
        return `${before}'${specifier}.mjs'`;
      },
    );
    const outside = /(?:from |import\()'([^.'][^']*)'/.exec(text)?.[1];
    if (outside !== undefined) {
      // The packages are inside the modules; nobody would find their types.
      throw new Error(`cannot declare ${relative(DECLARED, file)}: it has types of ${outside}`);
    }
    const path = join(OUT, 'types', relative(join(DECLARED, 'src'), file).replace(/\.d\.ts$/, '.d.mts'));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return files.size;
}
