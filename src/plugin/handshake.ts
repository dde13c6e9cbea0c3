/**
 * What Grafana and a backend tell each other before the first call: an environment variable one way, one line on standard
 * output the other way. Imports nothing, so that the command does not pay for the plugin.
 */

/** Where the plugin listens. */
export type ListenAddress =
  { readonly network: 'unix'; readonly path: string } | { readonly network: 'tcp'; readonly port: number };

/** Variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Version of the handshake itself, and of the services behind it. */
const CORE_PROTOCOL = 1;
const APP_PROTOCOL = 2;

/** Whether Grafana has started this process: it sets this cookie for plugins of all types. */
export function isGrafanaHandshake(environment: Environment): boolean {
  return environment.grafana_plugin_type === 'datasource';
}

/** The line, newline included, that tells Grafana where to connect. */
export function printHandshake(address: ListenAddress): string {
  const where = address.network === 'unix' ? address.path : `127.0.0.1:${address.port}`;
  return `${CORE_PROTOCOL}|${APP_PROTOCOL}|${address.network}|${where}|grpc\n`;
}

/** Why this Grafana will refuse the plugin or cannot be served, or `undefined`. */
export function findHandshakeProblem(environment: Environment): string | undefined {
  const versions = environment.PLUGIN_PROTOCOL_VERSIONS;
  if (versions !== undefined && !versions.split(',').includes(String(APP_PROTOCOL))) {
    return `Grafana speaks plugin protocol ${versions}, this plugin ${APP_PROTOCOL}`;
  }
  if (environment.PLUGIN_CLIENT_CERT !== undefined) {
    return 'Grafana asks for TLS between itself and its plugins, which this plugin does not speak';
  }
  return undefined;
}
