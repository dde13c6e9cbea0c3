/**
 * "Save & test": tries every source as a query would, and the place of stored digests, within a fixed time, and says for
 * each what was found or what is missing. The answer is for Grafana's alert box (`message`), its expandable part (`verboseMessage`) and the config editor
 * (`details`).
 */

import { FlowError } from '../errors';
import type { DigestsHealth } from './check-digests';
import { checkPlaces, isAdmin, type CheckPlacesOptions, type PlacesHealth } from './check-places';
import type { SourceHealth } from './check-source';
import { describeForwarding, type Forwarding } from './forwarding';
import type { Instance } from './instance';
import { withoutIdentities } from './reduce-health';
import type { DataSourceInput } from './settings';

export interface HealthResult {
  readonly status: 'ok' | 'error';
  /** A short paragraph. */
  readonly message: string;
  /** A JSON object. */
  readonly details: HealthDetails;
}

export interface HealthDetails {
  /** All of it as text, line by line. */
  readonly verboseMessage: string;
  readonly sources: readonly SourceHealth[];
  /** Set if the data source uses stored digests. */
  readonly digests?: DigestsHealth;
  /** What Grafana tells this plugin. */
  readonly grafana: Forwarding;
}

export interface CheckHealthOptions extends Omit<CheckPlacesOptions, 'forwarding' | 'nowMs'> {
  /** Runs with the opened data source, or throws why it cannot be opened. */
  readonly withInstance: (run: (instance: Instance) => Promise<HealthResult>) => Promise<HealthResult>;
  /** What is wrong with the folder in which digests are kept; never rejects. */
  readonly checkFolder?: () => Promise<readonly string[]>;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/** Checks the data source; never throws but when the call's own signal aborts. */
export async function checkHealth(input: DataSourceInput, options: CheckHealthOptions): Promise<HealthResult> {
  const forwarding = describeForwarding(input);
  try {
    return await options.withInstance((instance) => checkInstance(instance, forwarding, options));
  } catch (thrown) {
    const { code, message, fields } = FlowError.from(thrown);
    if (code === 'aborted' || code === 'internal') {
      throw thrown;
    }
    const whole = typeof fields['fix'] === 'string' ? `${message}: ${fields['fix']}` : message;
    const text = isAdmin(options.role) ? whole : withoutIdentities(whole);
    return { status: 'error', message: text, details: detailsFrom(text, { sources: [] }, forwarding) };
  }
}

async function checkInstance(
  instance: Instance,
  forwarding: Forwarding,
  { clock = Date.now, checkFolder, ...options }: CheckHealthOptions,
): Promise<HealthResult> {
  const { sources } = instance;
  if (sources.length === 0) {
    throw new FlowError('bad-settings', 'The data source has no source yet', {
      fields: {
        setting: 'sources',
        fix: 'add a bucket (s3://bucket/prefix) or a log group (logs://region/name) under Sources',
      },
    });
  }
  const [health, problems = []] = await Promise.all([
    checkPlaces({ sources, digestsOf: instance }, { ...options, forwarding, nowMs: clock() }),
    checkFolder?.(),
  ]);
  // Whose folder it is knows what to do; the others learn why answers take longer.
  const told = isAdmin(options.role) ? problems : problems.slice(0, 1).map(() => 'digests are not kept on disk');
  const notes = told.map((problem) => capitalised(sentence(problem)));
  const message = [summarise(health.sources), ...summariseDigests(health.digests), ...notes].join(' ');
  const places = [...health.sources, ...(health.digests ? [health.digests] : [])];
  const details = detailsFrom(message, health, forwarding);
  return {
    status: places.some(({ status }) => status === 'error') ? 'error' : 'ok',
    message,
    details: { ...details, verboseMessage: [details.verboseMessage, ...notes].join('\n') },
  };
}

/** Nothing where all is well: the message is about the logs. */
function summariseDigests(digests: DigestsHealth | undefined): readonly string[] {
  if (digests === undefined || digests.status === 'ok') {
    return [];
  }
  const { status, message, fix } = digests;
  const said = `Stored digests: ${sentence(message)}${fix === undefined ? '' : ` ${fix}`}`;
  return [status === 'error' ? `${said} Until then queries read the logs.` : said];
}

function summarise(results: readonly SourceHealth[]): string {
  const failed = results.filter(({ status }) => status === 'error');
  const warned = results.filter(({ status }) => status === 'warning');
  const total = results.length === 1 ? 'The source' : `All ${results.length} sources`;
  const [first = results[0]!] = [...failed, ...warned];
  const said =
    results.length === 1 ? capitalised(sentence(first.message)) : `${first.name}: ${sentence(first.message)}`;
  if (failed.length > 0) {
    const count =
      results.length === 1
        ? 'The source cannot be read.'
        : `${failed.length} of ${results.length} sources cannot be read.`;
    return `${count} ${said}${first.fix === undefined ? '' : ` ${first.fix}`}`;
  }
  return `${total} can be read. ${said}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function detailsFrom(message: string, { sources, digests }: PlacesHealth, grafana: Forwarding): HealthDetails {
  const lines = [
    ...sources.flatMap((health) => [
      `${health.name}${health.name === health.location ? '' : ` (${health.location})`}: ${health.status}`,
      ...describe(health),
    ]),
    ...(digests ? [`Stored digests (${digests.location}): ${digests.status}`, ...describe(digests)] : []),
  ];
  const ofAws = [...sources, ...(digests ? [digests] : [])];
  const needsAws = ofAws.length === 0 || ofAws.some(({ identity, identityNote }) => identity ?? identityNote);
  const forwarded = grafana.message !== undefined && needsAws ? [sentence(grafana.message)] : [];
  return {
    verboseMessage: [...(lines.length > 0 ? lines : [message]), ...forwarded].join('\n'),
    ...{ sources, ...(digests && { digests }), grafana },
  };
}

function describe({
  message,
  fix,
  identity,
  identityNote,
}: Pick<SourceHealth, 'message' | 'fix' | 'identity' | 'identityNote'>): readonly string[] {
  return [
    `  ${sentence(message)}`,
    ...(fix === undefined ? [] : [`  ${fix}`]),
    ...(identity === undefined ? [] : [`  Signed in as ${identity.arn}.`]),
    ...(identityNote === undefined ? [] : [`  Identity: ${sentence(identityNote)}`]),
  ];
}
