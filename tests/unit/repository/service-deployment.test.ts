/**
 * The examples of running the service: what they set is what the program takes, and it would start with it. Whether the
 * images build and the clusters take the manifests is for those who have them.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../../package.json';
import { readSettings, type ServiceSettings } from '../../../src/service/settings';
import { VARIABLES } from '../../../src/service/variables';
import { readYaml } from '../../helpers/read-yaml';

const ROOT = join(__dirname, '../../..');
const KNOWN: readonly string[] = VARIABLES.map(({ name }) => name);
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const unit = readFileSync(join(ROOT, 'deploy/vpcflow.service'), 'utf8');

type Environment = Readonly<Record<string, string>>;
interface Manifest {
  readonly kind: string;
  readonly spec?: {
    readonly ports?: readonly { readonly targetPort: string }[];
    readonly selector?: Environment;
    readonly template?: {
      readonly metadata: { readonly labels: Environment };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly Container[];
        readonly volumes?: readonly {
          readonly name: string;
          readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string };
        }[];
      };
    };
  };
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface Container {
  readonly image: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly resources: { readonly requests: Environment };
  readonly securityContext: { readonly readOnlyRootFilesystem?: boolean };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

const manifests = readYaml('deploy/kubernetes.yaml') as readonly Manifest[];
const { metadata, spec: pod } = manifests.find(({ kind }) => kind === 'Deployment')!.spec!.template!;
const container = pod.containers[0]!;
const compose = readYaml('docker-compose.yaml') as {
  services: Readonly<
    Record<
      string,
      { build?: string; profiles?: string[]; environment: Environment; ports: string[]; read_only?: boolean }
    >
  >;
};
const composed = compose.services['service']!;

const inImage = Object.fromEntries(
  [...dockerfile.matchAll(/^ENV (.*)$/gm)].flatMap(([, line]) => line!.split(' ').map((pair) => pair.split('='))),
) as Environment;
const inUnit = Object.fromEntries(
  [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]),
);
const told = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)![1]!;
const inPod = Object.fromEntries(container.env.map(({ name, value }) => [name, value ?? 'secret']));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpcflow-deployment-'));
  writeFileSync(join(folder, 'token'), 'secret');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The settings that the program would start with; throws what it would say. */
function start(environment: Environment): ServiceSettings {
  const named = {
    ...environment,
    ...('VPCFLOW_TOKEN_FILE' in environment && { VPCFLOW_TOKEN_FILE: join(folder, 'token') }),
  };
  return readSettings({ locations: [], flags: {}, environment: named });
}

test.each([
  ['the image', inImage, 2],
  ['the unit', inUnit, 8],
  ['the pods', inPod, 12],
  ['the compose profile', composed.environment, 10],
] as const)('%s sets variables that there are', (_, environment, atLeast) => {
  expect(Object.keys(environment).filter((name) => ![...KNOWN, 'TMPDIR'].includes(name))).toEqual([]);
  expect(Object.keys(environment).length).toBeGreaterThanOrEqual(atLeast);
});

test('the image starts with a token and not without, and has the folder it writes to', () => {
  const bucket = { ...inImage, VPC_FLOW_LOGS_BUCKET: 'my-flow-logs' };
  expect(() => start(bucket)).toThrow('VPCFLOW_TOKEN is missing');
  const settings = start({ ...bucket, VPCFLOW_TOKEN: 'secret' });
  expect(dockerfile).toContain(`EXPOSE ${settings.port}\n`);
  expect(dockerfile).toContain(`VOLUME ${settings.dataFolder}\n`);
  expect(dockerfile).toMatch(/^ENTRYPOINT \["\/usr\/local\/bin\/vpcflow", "serve"\]$/m);
  const [, script] = /npm run ([\w:]+)/.exec(dockerfile)!;
  expect(Object.keys(packageJson.scripts)).toContain(script);
});

test('the unit starts, keeps its data where it may write, and is given the time to stop', () => {
  const settings = start(inUnit);
  expect(settings).toMatchObject({ token: 'secret', withPacks: true, schedule: { everyMs: 3_600_000 } });
  expect(settings.dataFolder).toBe(`/var/lib/${told('StateDirectory')}`);
  expect(Number(told('TimeoutStopSec')) * 1000).toBeGreaterThan(settings.graceMs + 5000);
  expect(told('ExecStart')).toBe('/usr/local/bin/vpcflow serve');
  expect(told('ExecStartPre')).toBe(`${told('ExecStart')} --check`);
});

test('the pods start, share all parts, are asked where there are answers, and are given the time to stop', () => {
  const settings = start({ ...inImage, ...inPod });
  for (const shelf of Object.values(settings.shelves)) {
    expect(shelf).toMatchObject({
      storage: expect.anything(),
      progress: expect.anything(),
      queueUrl: expect.anything(),
    });
  }
  expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(settings.graceMs + 5000);
  expect(container.ports).toEqual([{ name: 'http', containerPort: settings.port }]);
  expect([container.livenessProbe, container.readinessProbe].map(({ httpGet }) => httpGet)).toEqual([
    { path: '/healthz', port: 'http' },
    { path: '/readyz', port: 'http' },
  ]);
  expect(container.image).toBe(`vpcflow:${packageJson.version}`);
  const { spec } = manifests.find(({ kind }) => kind === 'Service')!;
  expect(spec).toMatchObject({ selector: metadata.labels, ports: [{ targetPort: 'http' }] });
});

test('there is room on a disk for the temporary file of a large digest', () => {
  // The unit: /tmp may be in memory, and no folder may be written but those it is given.
  expect(inUnit['TMPDIR']).toBe(`/var/cache/${told('CacheDirectory')}`);
  // The pods: nothing of the image may be written.
  expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
  const mount = container.volumeMounts?.find(({ mountPath }) => mountPath === (inPod['TMPDIR'] ?? '/tmp'));
  expect(mount).toBeDefined();
  expect(mount).not.toHaveProperty('readOnly');
  const { emptyDir } = pod.volumes!.find(({ name }) => name === mount!.name)!;
  expect(emptyDir).not.toHaveProperty('medium');
  expect(emptyDir).toMatchObject({ sizeLimit: container.resources.requests['ephemeral-storage'] });
  expect(Number(/^(\d+)Gi$/.exec(emptyDir!.sizeLimit!)![1])).toBeGreaterThanOrEqual(4);
  // The image and the compose profile: /tmp is in the container, which may be written.
  expect(inImage).not.toHaveProperty('TMPDIR');
  expect(composed).not.toHaveProperty('read_only');
});

test('the compose profile starts with the demo’s bucket, for this machine only', () => {
  const settings = start({ ...inImage, ...composed.environment });
  expect(settings).toMatchObject({ locations: ['s3://flow-logs'], host: '0.0.0.0', withPacks: true });
  expect(composed).toMatchObject({ profiles: ['service'], build: '.', ports: [`127.0.0.1:8080:${settings.port}`] });
  expect(composed.environment).toMatchObject(
    Object.fromEntries(
      Object.entries(compose.services['feed']!.environment).filter(([name]) => name.startsWith('AWS_')),
    ),
  );
});

test('docs/service.md says where each variable of the two Go services went, and names none that there is not', () => {
  const text = readFileSync(join(ROOT, 'docs/service.md'), 'utf8');
  const named = [...text.matchAll(/`((?:VPCFLOW|VPC|DIGEST|GRAPH|DIGESTER|STREAM)_[A-Z_]+)`/g)].map(
    ([, name]) => name!,
  );
  expect(named.filter((name) => !KNOWN.includes(name))).toEqual([]);
  const flags = [...text.matchAll(/(?<=[\s`])--([a-z][a-z-]+)/g)].map(([, flag]) => flag!);
  const known = [
    ...KNOWN.map((name) =>
      name
        .replace(/^VPCFLOW_/, '')
        .toLowerCase()
        .replaceAll('_', '-'),
    ),
  ];
  expect(flags.filter((flag) => ![...known, 'help', 'check', 'backfill', 'profile'].includes(flag))).toEqual([]);
  // Ours are named VPCFLOW_ or belong to what they did not have.
  const ours = ['GRAPH_PORT', 'DIGESTER_TOKEN', 'DIGEST_QUEUE_URL', 'GRAPH_QUEUE_URL'];
  const theirs = KNOWN.filter((name) => !name.startsWith('VPCFLOW_') && !ours.includes(name));
  expect(theirs).toHaveLength(32);
  expect(theirs.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});
