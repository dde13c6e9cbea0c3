// Which objects may hold records of ten minutes in one region, less those that a condition of one's own leaves out.
import { listObjects, openSources } from 'grafana-vpcflow-datasource';

const [location = 'AWSLogs', from = '2026-01-15T10:30:00Z', to = '2026-01-15T10:31:00Z'] = process.argv.slice(2);
const opened = await openSources(location);
const objects = listObjects(
  opened,
  { range: { from, to }, regions: ['us-east-1'] },
  { where: ({ parsed }) => parsed?.format === 'text' },
);
for await (const { parsed } of objects) {
  const stamp = new Date(parsed.stampSec * 1000).toISOString();
  console.log(parsed.accountId, parsed.region, parsed.flowLogId, stamp);
}
const { listedObjects, selectedObjects } = objects.selection();
console.log(`${selectedObjects} of ${listedObjects} listed objects`);
opened.close();
