/** Reads every import in `src` and holds it against the table of ARCHITECTURE.md: nothing imports upward. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

const SRC = resolve(__dirname, '../../../src');

/** What a zone may import besides its own folder and `errors.ts`. */
interface Rule {
  /** Zones, or single modules without extension. */
  readonly zones: readonly string[];
  /** Node's modules too. */
  readonly node: boolean;
  /** Packages; all if not given. */
  readonly packages?: readonly string[];
}

const ALL_BUT_FRONTEND = [
  'flow',
  'query',
  'digest',
  'parquet',
  'view',
  'frame',
  'store',
  'scan',
  'logs',
  'discover',
  'plugin',
  'cli',
];
const RULES: Readonly<Record<string, Rule>> = {
  errors: { zones: [], node: false, packages: [] },
  flow: { zones: [], node: false },
  query: { zones: ['flow'], node: false },
  digest: { zones: ['flow', 'query'], node: false, packages: [] },
  view: { zones: ['flow', 'query', 'digest'], node: false },
  frame: { zones: ['flow', 'query', 'digest', 'view'], node: false },
  store: { zones: ['flow'], node: true },
  parquet: { zones: ['flow', 'query', 'digest'], node: true, packages: ['hyparquet', 'hyparquet-compressors'] },
  scan: { zones: ['flow', 'query', 'digest', 'parquet', 'store'], node: true, packages: [] },
  logs: { zones: ['flow', 'query', 'store', 'scan'], node: true },
  discover: { zones: ['flow', 'query', 'store', 'scan', 'logs'], node: true },
  library: {
    zones: ['flow', 'query', 'digest', 'view', 'store', 'scan', 'logs', '../package.json'],
    node: true,
    packages: [],
  },
  plugin: { zones: ALL_BUT_FRONTEND, node: true },
  service: { zones: [...ALL_BUT_FRONTEND, 'library'], node: true },
  cli: { zones: [...ALL_BUT_FRONTEND, 'library', 'service'], node: true },
  frontend: { zones: ['flow', 'query'], node: false },
  // Entries.
  main: {
    zones: ['cli', 'plugin', 'scan/worker', 'scan/thread-data', 'scan/delay-compiling', '../package.json'],
    node: true,
    packages: [],
  },
  command: { zones: ['cli', 'scan/thread-data', '../package.json'], node: true, packages: [] },
  module: { zones: ['frontend'], node: false },
};

interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** Everything a module names as another: imports and re-exports, of types too, `import()`, `import x = require()`, types. */
function importsOf(fileName: string, text: string): Import[] {
  const source = ts.createSourceFile(
    fileName,
    text,
    ts.ScriptTarget.Latest,
    true,
    fileName.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
  );
  const found: Import[] = [];
  const add = (node: ts.Node | undefined): void => {
    if (node && ts.isStringLiteralLike(node)) {
      found.push({ specifier: node.text, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1 });
    } else if (node) {
      throw new Error(`${fileName}: an import whose module is computed cannot be checked`);
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier);
    } else if (ts.isExternalModuleReference(node)) {
      add(node.expression);
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument);
    } else if (ts.isCallExpression(node)) {
      const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword || isRequire) {
        add(node.arguments[0]);
      }
    } else if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'URL') {
      // `new URL('./worker.ts', import.meta.url)` names a module too.
      const [path, base] = node.arguments ?? [];
      if (path && base?.getText() === 'import.meta.url') {
        add(path);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** `src/scan/worker.ts` → `scan`; `src/main.ts` → `main`. */
function zoneOf(path: string): string {
  return path.split('/')[0]!.replace(/\.tsx?$/, '');
}

/** Why a module may not import another, or `undefined` if it may. `path` is relative to `src`, with `/`. */
function objectionTo(path: string, specifier: string): string | undefined {
  const zone = zoneOf(path);
  const rule = RULES[zone];
  if (!rule) {
    return `no rule says what ${zone} may import`;
  }
  if (!specifier.startsWith('.')) {
    const name = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0]!;
    if (specifier.startsWith('node:')) {
      return rule.node ? undefined : `${zone} runs anywhere, so it may not import ${specifier}`;
    }
    if (builtinModules.includes(name)) {
      return `write node:${specifier}`;
    }
    return rule.packages && !rule.packages.includes(name) ? `${zone} uses no package, not ${name}` : undefined;
  }
  const target = relative(SRC, resolve(SRC, dirname(path), specifier))
    .split(sep)
    .join('/');
  const module = target.replace(/\.tsx?$/, '');
  const targetZone = zoneOf(target);
  const isAllowed =
    module === 'errors' ||
    (path.includes('/') && targetZone === zone) ||
    rule.zones.includes(targetZone) ||
    rule.zones.includes(module);
  return isAllowed ? undefined : `${zone} may not import ${target}`;
}

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => /\.tsx?$/.test(path))
    .sort();
}

test('every import keeps to the table', () => {
  const files = sourceFiles();
  const seen: string[] = [];
  const objections: string[] = [];
  for (const path of files) {
    for (const { specifier, line } of importsOf(path, readFileSync(join(SRC, path), 'utf8'))) {
      seen.push(`${zoneOf(path)} ${specifier}`);
      const objection = objectionTo(path, specifier);
      if (objection !== undefined) {
        objections.push(`src/${path}:${line}: ${objection}`);
      }
      const target = resolve(SRC, dirname(path), specifier);
      if (specifier.startsWith('.') && !['', '.ts', '.tsx', '.json'].some((end) => existsSync(target + end))) {
        objections.push(`src/${path}:${line}: there is no ${specifier}`);
      }
    }
  }
  expect(objections).toEqual([]);
  // That nothing was found must not be because nothing was read.
  expect(files.length).toBeGreaterThan(80);
  expect(seen.length).toBeGreaterThan(250);
  for (const zone of ['flow', 'query', 'digest', 'view', 'store', 'scan', 'service', 'cli', 'main']) {
    expect(seen.filter((entry) => entry.startsWith(`${zone} `)).length).toBeGreaterThan(1);
  }
  expect(new Set(seen).has('scan node:zlib')).toBe(true);
});

describe('the check itself', () => {
  const bad: [path: string, code: string, objection: string][] = [
    ['flow/fields.ts', "import { a } from '../query/model';", 'flow may not import query/model'],
    ['query/model.ts', "import type { a } from '../digest/plan';", 'query may not import digest/plan'],
    ['digest/plan.ts', "export { a } from '../view/table';", 'digest may not import view/table'],
    ['digest/plan.ts', "export * from '../scan/run-scan';", 'digest may not import scan/run-scan'],
    ['view/table.ts', "const a = await import('../store/store');", 'view may not import store/store'],
    ['store/store.ts', "let a: import('../query/model').FlowQuery;", 'store may not import query/model'],
    ['scan/run-scan.ts', "import '../cli/program';", 'scan may not import cli/program'],
    ['cli/program.ts', "import { a } from '../frontend/editor';", 'cli may not import frontend/editor'],
    ['cli/program.ts', "import { a } from '../main';", 'cli may not import main'],
    ['service/serve.ts', "import { a } from '../frontend/editor';", 'service may not import frontend/editor'],
    ['plugin/metrics.ts', "import { a } from '../service/shelf';", 'plugin may not import service/shelf'],
    ['scan/run-scan.ts', "import { a } from '../service/shelf';", 'scan may not import service/shelf'],
    ['main.ts', "import { a } from './scan/run-scan';", 'main may not import scan/run-scan'],
    [
      'main.ts',
      "new Worker(new URL('./digest/digester.ts', import.meta.url));",
      'main may not import digest/digester.ts',
    ],
    ['flow/fields.ts', "import { readFileSync } from 'node:fs';", 'flow runs anywhere, so it may not import node:fs'],
    ['store/store.ts', "import { readFileSync } from 'fs';", 'write node:fs'],
    ['digest/plan.ts', "import { z } from 'zod';", 'digest uses no package, not zod'],
    ['errors.ts', "import { a } from './flow/fields';", 'errors may not import flow/fields'],
    ['jobs/run.ts', "import { a } from '../errors';", 'no rule says what jobs may import'],
    ['flow/a.ts', "import a = require('../scan/a');", 'flow may not import scan/a'],
  ];
  test.each(bad)('%s: %s', (path, code, objection) => {
    const imports = importsOf(path, `// '../errors'\n${code}\n`);
    expect(imports).toHaveLength(1);
    expect(imports[0]!.line).toBe(2);
    expect(objectionTo(path, imports[0]!.specifier)).toBe(objection);
  });

  test.each([
    ['scan/run-scan.ts', '../digest/plan'],
    ['scan/run-scan.ts', '../errors'],
    ['scan/run-scan.ts', './selection'],
    ['scan/inflate.ts', 'node:zlib'],
    ['store/s3-store.ts', '@aws-sdk/client-s3'],
    ['main.ts', './scan/worker.ts'],
    ['main.ts', './cli/program'],
  ])('%s may import %s', (path, specifier) => {
    expect(objectionTo(path, specifier)).toBeUndefined();
  });

  test('an import that is computed is refused', () => {
    expect(() => importsOf('a.ts', 'await import(name);')).toThrow('computed');
  });
});

/** What a module brings with it when it is loaded: modules, by their paths, and packages. */
function loadedWith(entry: string): ReadonlySet<string> {
  const loaded = new Set([entry]);
  for (const path of loaded) {
    if (!path.startsWith(SRC)) {
      continue;
    }
    const text = readFileSync(path, 'utf8');
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    for (const statement of source.statements) {
      const isImport = ts.isImportDeclaration(statement) && !statement.importClause?.isTypeOnly;
      const isExport = ts.isExportDeclaration(statement) && !statement.isTypeOnly && statement.moduleSpecifier;
      if (isImport || isExport) {
        const specifier = (statement.moduleSpecifier as ts.StringLiteral).text;
        const target = resolve(dirname(path), specifier);
        loaded.add(specifier.startsWith('.') ? (existsSync(`${target}.ts`) ? `${target}.ts` : target) : specifier);
      }
    }
  }
  return loaded;
}

test.each([
  ['cli/run-command', ['hyparquet-compressors', '@aws-sdk/client-s3', '@hpcc-js/wasm-graphviz', 'fastify']],
  ['plugin/plugin-handlers', ['hyparquet-compressors', 'commander', 'fastify']],
  ['scan/worker', ['hyparquet-compressors', '@aws-sdk/client-s3', 'zod']],
])('starting %s does not load what takes long and few need', (entry, packages) => {
  const loaded = loadedWith(join(SRC, `${entry}.ts`));
  expect(loaded).toContain(join(SRC, 'scan/digest-session.ts'));
  expect(packages.filter((name) => loaded.has(name))).toEqual([]);
});
