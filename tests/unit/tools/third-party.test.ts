import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BillOfMaterials,
  describeLicences,
  packageFolders,
  readPackage,
  selectMaterials,
} from '../../../tools/third-party';

describe('the folders of bundled packages', () => {
  test('are each named once; the project is none of them', () => {
    expect(
      packageFolders([
        'src/main.ts',
        'node_modules/zod/index.js',
        'node_modules/@scope/part/dist/a.js',
        'node_modules/@scope/part/dist/b.js',
        'node_modules/zod/lib/node_modules/deep/c.js',
        '../node_modules/hoisted/d.js',
        'package.json',
      ]),
    ).toEqual([
      '../node_modules/hoisted',
      'node_modules/@scope/part',
      'node_modules/zod',
      'node_modules/zod/lib/node_modules/deep',
    ]);
  });
});

describe('licences', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'vpcflow-licences-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function addPackage(name: string, files: Readonly<Record<string, string>>): string {
    const path = join(folder, name);
    mkdirSync(path);
    writeFileSync(join(path, 'package.json'), JSON.stringify({ name, version: '1.0.0', license: 'MIT' }));
    for (const [file, text] of Object.entries(files)) {
      writeFileSync(join(path, file), text);
    }
    return path;
  }

  test('are found under the names in use, notices too', () => {
    const path = addPackage('many', {
      LICENSE: 'first\r\n',
      'LICENSE-MIT.txt': 'second',
      NOTICE: 'third',
      licence: 'fourth',
      'README.md': 'no licence',
    });
    expect([...readPackage(path).texts].sort()).toEqual(['first', 'fourth', 'second', 'third']);
  });

  test('name every package, each different text once, and a package without any', () => {
    const packages = [
      addPackage('one', { LICENSE: 'shared text' }),
      addPackage('two', { license: 'shared text\n' }),
      addPackage('three', { LICENSE: 'its own text' }),
      addPackage('four', {}),
    ].map(readPackage);
    const text = describeLicences(packages, ['a remark']);
    expect(text.split('shared text')).toHaveLength(2);
    expect(text).toContain('one 1.0.0 (MIT)\ntwo 1.0.0 (MIT)\n\nshared text\n');
    expect(text).toContain('three 1.0.0 (MIT)\n\nits own text\n');
    expect(text).toContain('four 1.0.0 (MIT)\n\nThe package has no licence file');
    expect(text.indexOf('a remark')).toBeLessThan(text.indexOf('shared text'));
  });
});

describe('the bill of materials', () => {
  const component = (name: string) => ({
    'bom-ref': `${name}@1.0.0`,
    name,
    version: '1.0.0',
    scope: 'optional',
    properties: [{ name: 'cdx:npm:package:development', value: 'true' }],
  });
  const bill = {
    bomFormat: 'CycloneDX',
    serialNumber: 'urn:uuid:64c8f32e-74d8-4fe9-b7b6-1c9ecc33d364',
    metadata: {
      timestamp: '2026-01-01T00:00:00.000Z',
      component: { 'bom-ref': 'app@2.0.0', name: 'folder', version: '2.0.0' },
    },
    components: ['kept', 'tool', 'shared'].map(component),
    dependencies: [
      { ref: 'app@2.0.0', dependsOn: ['kept@1.0.0', 'tool@1.0.0'] },
      { ref: 'kept@1.0.0', dependsOn: ['shared@1.0.0'] },
      { ref: 'tool@1.0.0', dependsOn: ['shared@1.0.0'] },
      { ref: 'shared@1.0.0' },
    ],
  } satisfies BillOfMaterials & { metadata: object; bomFormat: string; serialNumber: string };
  const time = new Date('2026-03-29T22:30:00Z');
  const select = (...names: string[]) =>
    selectMaterials(
      bill,
      names.map((name) => ({ name, version: '1.0.0' })),
      { name: 'app', time },
    );

  test('has what was compiled in, also where tools need it too, and no tool', () => {
    const { components, dependencies } = select('shared', 'kept');
    expect(components.map(({ name }) => name)).toEqual(['kept', 'shared']);
    expect(components.map((entry) => (entry as { scope?: string }).scope)).toEqual(['required', 'required']);
    expect(dependencies).toEqual([
      { ref: 'app@2.0.0', dependsOn: ['kept@1.0.0'] },
      { ref: 'kept@1.0.0', dependsOn: ['shared@1.0.0'] },
      { ref: 'shared@1.0.0', dependsOn: [] },
    ]);
  });

  test('carries nothing that differs from build to build', () => {
    const text = JSON.parse(JSON.stringify(select('kept'))) as Record<string, unknown>;
    expect(text).not.toHaveProperty('serialNumber');
    expect(text['metadata']).toEqual({
      timestamp: '2026-03-29T22:30:00.000Z',
      component: { 'bom-ref': 'app@2.0.0', type: 'application', name: 'app', version: '2.0.0' },
    });
  });

  test('is not made while a package is unknown', () => {
    expect(() => select('kept', 'lost')).toThrow('cannot list the materials: npm does not know lost@1.0.0');
  });
});
