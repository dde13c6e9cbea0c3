// The largest talkers, and one of them over time.
import { openSources, readSeries, readTable } from 'grafana-vpcflow-datasource';

const [location = 'AWSLogs'] = process.argv.slice(2);
const opened = await openSources(location);
const range = { from: '2026-01-15T10:00:00Z', to: '2026-01-15T11:00:00Z' };
const { table } = await readTable(opened, { range, keys: ['srcaddr'], measures: ['bytes'], top: 3 });
const { series } = await readSeries(opened, { range, keys: [], filter: 'addr = 10.10.20.11', bucketSec: '15m' });
opened.close();

const [addresses, bytes] = table.columns;
for (let row = 0; row < table.rowCount; row++) {
  console.log(addresses.values[row] ?? `${table.foldedGroups} others`, bytes.values[row]);
}
console.log(series.series[0].measures[0].values);
