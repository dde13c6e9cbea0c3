/**
 * Compiles the digest kernel (`kernel`) and the inflater (`inflater`), which are AssemblyScript, to WebAssembly and writes
 * each, as base64, where it is imported from. Runs before anything that needs them; does nothing where the code is newer
 * than its sources.
 */
import { existsSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';

const ROOT = join(import.meta.dirname, '..');

/** What is compiled from which folder, and the constant that holds its code. */
const MODULES = [
  { folder: 'kernel', target: 'src/digest/kernel-code.generated.ts', constant: 'KERNEL_CODE' },
  { folder: 'inflater', target: 'src/scan/inflater-code.generated.ts', constant: 'INFLATER_CODE' },
];

/** No runtime: the modules lay out their memory themselves. */
const OPTIONS = '-O3 --noAssert --runtime stub --enable simd --converge'.split(' ');

const COMPILER = 'node_modules/assemblyscript/package.json';

for (const { folder, target, constant } of MODULES) {
  if (!isFresh(folder, target)) {
    const code = await compile(folder);
    const text = Buffer.from(code).toString('base64');
    const path = join(ROOT, target);
    // Renamed when whole: what is cut short must not look fresh.
    writeFileSync(`${path}.partial`, `/** Made by tools/build-kernel.ts. */\nexport const ${constant} = '${text}';\n`);
    renameSync(`${path}.partial`, path);
    process.stdout.write(`${target} ${(code.length / 1000).toFixed(1)} kB\n`);
  }
}

function isFresh(folder: string, target: string): boolean {
  const sources = readdirSync(join(ROOT, folder)).map((name) => join(folder, name));
  const files = [...[...sources, COMPILER].map((name) => join(ROOT, name)), import.meta.filename];
  const path = join(ROOT, target);
  return existsSync(path) && files.every((file) => statSync(file).mtimeMs < statSync(path).mtimeMs);
}

async function compile(folder: string): Promise<Uint8Array> {
  let code: Uint8Array | undefined;
  const { error, stderr } = await main(
    [join(folder, 'index.ts'), '--baseDir', ROOT, '--outFile', `${folder}.wasm`, ...OPTIONS],
    {
      readFile: (name, base) => (existsSync(join(base, name)) ? readFileSync(join(base, name), 'utf8') : null),
      writeFile: (_name, data) => void (code = data as Uint8Array),
    },
  );
  if (error || !code) {
    throw new Error(`cannot compile ${folder}: ${stderr.toString() || error?.message}`);
  }
  return code;
}
