/** Reads YAML, for which Node has no parser. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const SCRIPT = `
import { YAML } from 'bun';
process.stdout.write(JSON.stringify(YAML.parse(await Bun.file(process.argv[1]).text())));`;

/** What a file of the checkout says, by its path from the top. Throws if it is no YAML. */
export function readYaml(path: string): unknown {
  const text = execFileSync(join(ROOT, 'node_modules/.bin/bun'), ['-e', SCRIPT, path], { cwd: ROOT, encoding: 'utf8' });
  return JSON.parse(text);
}
