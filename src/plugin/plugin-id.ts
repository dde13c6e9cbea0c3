/** The id in plugin.json; administrators write it in grafana.ini. */
export const PLUGIN_ID = 'vpcflow-flowlogs-datasource';
