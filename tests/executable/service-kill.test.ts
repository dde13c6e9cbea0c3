import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeKills } from '../contract/service-kill-contract';

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

describeKills('the service over a folder', (root) => {
  const data = join(root, 'data');
  const queue = join(data, 'digests/queue');
  return Promise.resolve({
    flags: { VPCFLOW_DATA_DIR: data },
    environment: {},
    meanwhile: [204],
    stored: () => Promise.resolve(list(join(data, 'digests/stored'))),
    jobs: () => Promise.resolve(list(join(queue, 'ready')).length + list(join(queue, 'taken')).length),
  });
});
