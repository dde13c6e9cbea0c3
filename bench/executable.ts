/** The built executable of this machine. */
import { resolve } from 'node:path';

export const EXECUTABLE = resolve(
  import.meta.dirname,
  `../dist/gpx_vpcflow_${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`,
);
