/**
 * Whether Grafana tells this plugin what it knows about AWS. By default it tells only its own plugins: others get neither
 * the section `[aws]` of grafana.ini nor (since 12.4) the variables that credentials come from, and then "AWS SDK Default"
 * finds nothing in a container although it works for CloudWatch.
 */

import { ownValue, type RulesInput } from './auth-rules';
import { PLUGIN_ID } from './plugin-id';

/** What arrives. */
export interface Forwarding {
  /** `GF_VERSION`, if Grafana says. */
  readonly grafanaVersion?: string;
  /** The settings of `[aws]` arrive, with the call or at the process's start. */
  readonly hasAwsSettings: boolean;
  /** Variables that credentials can come from, by name. */
  readonly credentialVariables: readonly string[];
  /** All variables of Grafana arrive (`forward_host_env_vars`, or a Grafana that does not hold them back). */
  readonly hasHostVariables: boolean;
  /** Lines for grafana.ini by which all would arrive that can; none if nothing is missing. */
  readonly iniLines: readonly string[];
  /** One sentence on what does not arrive. */
  readonly message?: string;
}

/** What Grafana hands on from 12.4.2, and those that only `forward_host_env_vars` brings. */
const CREDENTIAL_VARIABLES: readonly string[] = [
  'AWS_ROLE_ARN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_SHARED_CREDENTIALS_FILE',
];
/** No Grafana hands these on alone. */
const HOST_VARIABLES: readonly string[] = ['PATH', 'HOME'];
/** The first version whose `forward_settings_to_plugins` brings variables too (grafana#120209). */
const FORWARDS_VARIABLES: readonly number[] = [12, 4, 2];

/** Sees it by what is there; a variable that Grafana itself does not have cannot be told from one held back. */
export function describeForwarding({ grafanaConfig, environment }: RulesInput): Forwarding {
  const has = (name: string) => Boolean(ownValue(environment, name));
  const grafanaVersion = ownValue(environment, 'GF_VERSION');
  // Sent with every call as long as the list is not empty, and Grafana ships it filled.
  const name = 'AWS_AUTH_AllowedAuthProviders';
  const hasAwsSettings = Boolean(ownValue(grafanaConfig, name)) || has(name);
  const credentialVariables = CREDENTIAL_VARIABLES.filter(has);
  const hasHostVariables = HOST_VARIABLES.some(has);
  const lacksVariables = credentialVariables.length === 0 && !hasHostVariables;
  const iniLines = [
    ...(hasAwsSettings ? [] : ['[aws]', `forward_settings_to_plugins = <those that are there>, ${PLUGIN_ID}`]),
    ...(lacksVariables && !isAtLeast(grafanaVersion, FORWARDS_VARIABLES)
      ? ['[plugins]', `forward_host_env_vars = ${PLUGIN_ID}`]
      : []),
  ];
  return {
    ...(grafanaVersion && { grafanaVersion }),
    hasAwsSettings,
    credentialVariables,
    hasHostVariables,
    iniLines,
    ...(iniLines.length > 0 && { message: messageFrom(hasAwsSettings, lacksVariables, iniLines) }),
  };
}

function messageFrom(hasAwsSettings: boolean, lacksVariables: boolean, iniLines: readonly string[]): string {
  const missing = [
    ...(hasAwsSettings ? [] : ['its [aws] settings']),
    ...(lacksVariables ? ['AWS credentials variables (by which pods and containers get their roles)'] : []),
  ];
  const where = iniLines.join(' ').replace('[plugins]', 'and [plugins]').replace(/^and /, '');
  return `Grafana is not forwarding ${missing.join(' and ')} to this plugin; add to grafana.ini: ${where}`;
}

function isAtLeast(version: string | undefined, least: readonly number[]): boolean {
  const parts = /^(\d+)\.(\d+)\.(\d+)/
    .exec(version ?? '')
    ?.slice(1)
    .map(Number);
  if (parts === undefined) {
    return false;
  }
  const at = parts.findIndex((part, i) => part !== least[i]);
  return at < 0 || parts[at]! > least[at]!;
}
