// Who talks to whom, as DOT on standard output and drawn in graph.svg.
import { writeFile } from 'node:fs/promises';
import { openSources, printDot, readGraph, renderSvg } from 'grafana-vpcflow-datasource';

const [location = 'AWSLogs', file = 'graph.svg'] = process.argv.slice(2);
const opened = await openSources(location);
const { graph } = await readGraph(opened, { filter: 'action = REJECT', top: 4 });
opened.close();

const dot = printDot(graph);
await writeFile(file, await renderSvg(dot));
for (const { source, target, action, sums } of graph.edges) {
  console.log(`${source} > ${target} ${action} ${sums.bytes}`);
}
