/** The yardstick: `gzip -dc` of all objects, output thrown away. Whoever reads these files has to do at least that. */
import type { Contestant } from './contestant';

export const gzip: Contestant = {
  name: 'gzip -dc',
  threads: [1],
  prepare: () => undefined,
  command: ({ files }) => ['gzip', '-dc', ...files],
};
