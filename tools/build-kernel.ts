/**
 * Compiles the digest kernel (`kernel`, AssemblyScript) to WebAssembly and writes it, as base64, where the
 * digester imports it from. Runs before anything that needs it; does nothing when the code is newer than its sources.
 */
import { existsSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = 'kernel';
const TARGET = 'src/digest/kernel-code.generated.ts';

/** No runtime: the kernel lays out its memory itself. */
const OPTIONS = '-O3 --noAssert --runtime stub --enable simd --converge'.split(' ');

const COMPILER = 'node_modules/assemblyscript/package.json';
const sources = readdirSync(join(ROOT, SOURCES)).map((name) => join(SOURCES, name));
const files = [...[...sources, COMPILER].map((name) => join(ROOT, name)), import.meta.filename];
const target = join(ROOT, TARGET);
const isFresh = existsSync(target) && files.every((file) => statSync(file).mtimeMs < statSync(target).mtimeMs);
if (!isFresh) {
  let code: Uint8Array | undefined;
  const { error, stderr } = await main(
    [join(SOURCES, 'index.ts'), '--baseDir', ROOT, '--outFile', 'kernel.wasm', ...OPTIONS],
    {
      readFile: (name, base) => (existsSync(join(base, name)) ? readFileSync(join(base, name), 'utf8') : null),
      writeFile: (_name, data) => void (code = data as Uint8Array),
    },
  );
  if (error || !code) {
    throw new Error(`cannot compile ${SOURCES}: ${stderr.toString() || error?.message}`);
  }
  const text = Buffer.from(code).toString('base64');
  // Renamed when whole: what is cut short must not look fresh.
  writeFileSync(`${target}.partial`, `/** Made by tools/build-kernel.ts. */\nexport const KERNEL_CODE = '${text}';\n`);
  renameSync(`${target}.partial`, target);
  process.stdout.write(`${TARGET} ${(code.length / 1000).toFixed(1)} kB\n`);
}
