/**
 * What the backend's resources answer with, as JSON: the agreement between `plugin/resources`, which makes it, and
 * `frontend`, which shows it. Times are Unix milliseconds, ages seconds.
 */

import type { Limits, TimeRange } from './model';

/** What went wrong with parts of an answer: the first few, and how many there were. */
export interface ProblemSummary {
  readonly first: readonly { readonly key: string; readonly code: string; readonly message: string }[];
  readonly count: number;
}

/** `sources`: a place that the data source reads. */
export interface SourceSummary {
  /** How queries name it. */
  readonly name: string;
  /** As it was written in the settings. */
  readonly location: string;
  readonly kind: 's3' | 'logs' | 'directory';
}

/** `sources`. */
export interface SourcesAnswer {
  readonly sources: readonly SourceSummary[];
}

/** `accounts`: account ids with the sources that they are in. */
export interface AccountsAnswer {
  readonly accounts: readonly { readonly account: string; readonly sources: readonly string[] }[];
  /** Something that is there may not have been looked at. */
  readonly isCut: boolean;
  readonly problems: ProblemSummary;
}

/** `regions`. */
export interface RegionsAnswer {
  readonly regions: readonly { readonly region: string; readonly sources: readonly string[] }[];
  readonly isCut: boolean;
  readonly problems: ProblemSummary;
}

/** `flow-logs`: a flow log that delivered on the newest day of its account and region. */
export interface FlowLogSummary {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly source: string;
  /** The UTC day, `YYYY-MM-DD`. */
  readonly day: string;
}

/** `flow-logs`. */
export interface FlowLogsAnswer {
  readonly flowLogs: readonly FlowLogSummary[];
  readonly isCut: boolean;
  readonly problems: ProblemSummary;
}

/** `fields`: a field as an editor shows it. */
export interface FieldSummary {
  readonly name: string;
  readonly type: string;
  readonly role: string;
  readonly meaning: string;
  /** The version that introduced it; 0 for what the dictionary does not know. */
  readonly version: number;
  readonly isDocumented: boolean;
  /** An object that was looked at has this column. */
  readonly isFound: boolean;
  /** Where a query may use a name that is no column. */
  readonly derived?: readonly ('key' | 'filter')[];
}

/** `fields`. */
export interface FieldsAnswer {
  readonly fields: readonly FieldSummary[];
  /** Of the newest object of each source that has one. */
  readonly formats: readonly {
    readonly source: string;
    readonly key: string;
    /** What told the columns. */
    readonly columnsFrom: string;
    readonly columns: readonly string[];
  }[];
  /** There are more sources than were looked into. */
  readonly isCut: boolean;
  readonly problems: readonly { readonly source: string; readonly code: string; readonly message: string }[];
}

/** `values`: a value of a field. */
export interface FieldValue {
  /** As a filter has it. */
  readonly value: string;
  /** For people: the name of a protocol, else the value. */
  readonly text: string;
  readonly flows: number;
  readonly bytes: number;
}

/** `values`: those with the most flows first. */
export interface ValuesAnswer {
  readonly field: string;
  readonly values: readonly FieldValue[];
  /** How many there are. */
  readonly valueCount: number;
  /** Records in which it is `-`, or whose format lacks it. */
  readonly missingFlows: number;
  readonly isPartial: boolean;
  readonly notices: readonly string[];
  /** What was read. */
  readonly range: TimeRange | undefined;
}

/** `estimate`: what a query would read, found by listing. */
export interface EstimateAnswer {
  readonly objects: number;
  /** Stored (compressed). */
  readonly bytes: number;
  /** Of the objects, those whose size is known only when they are read, which are pieces of log groups. */
  readonly unsizedObjects: number;
  /** Of the objects, those whose digests are kept from before. */
  readonly cachedObjects: number;
  /** Of the others, those that the service's stored digests save from being read. */
  readonly storedObjects: number;
  /** Why some stored digests could not be looked at. */
  readonly storedProblem: string | null;
  /** About how long it would take, by what scans took before. */
  readonly seconds: number;
  readonly accountCount: number;
  readonly regionCount: number;
  readonly range: TimeRange | null;
  readonly oldestStampMs: number | null;
  readonly newestStampMs: number | null;
  /** The largest. */
  readonly prefixes: readonly {
    readonly source: string;
    readonly prefix: string;
    readonly objects: number;
    readonly bytes: number;
  }[];
  readonly prefixCount: number;
  readonly leftOut: {
    readonly archivedObjects: number;
    readonly emptyObjects: number;
    readonly foreignObjects: number;
  };
  readonly limits: Pick<Limits, 'maxObjects' | 'maxBytes' | 'onLimit'>;
  readonly overLimits: readonly {
    readonly limit: string;
    readonly allowed: number;
    readonly found: number;
    readonly excess: number;
  }[];
  /** The query would be refused for being over a limit. */
  readonly wouldFail: boolean;
  readonly cost: { readonly text: string };
  readonly problems: ProblemSummary;
}

/** What was found out about a place. */
interface PlaceHealthAnswer {
  /** As it was written in the settings. */
  readonly location: string;
  /** `error`: it cannot be read; `warning`: it can be, but something looks wrong. */
  readonly status: 'ok' | 'warning' | 'error';
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
  readonly missingAction?: string;
  readonly identity?: { readonly arn: string };
}

/** `health`, and one of `details.sources` of a health check: what was found out about a source. */
export interface SourceHealthAnswer extends PlaceHealthAnswer {
  readonly name: string;
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
  readonly newest?: {
    readonly key: string;
    readonly timeMs: number;
    readonly ageSec: number;
    readonly format?: { readonly columns: readonly string[] };
  };
  /** Where the prefix leads nowhere: what there is instead. */
  readonly prefixesFound?: readonly string[];
}

/**
 * `stored-digests`, and `details.digests` of a health check: what was found out about the place of stored digests. With an
 * error, and with a warning that they are of no use, queries read the logs.
 */
export interface DigestsHealthAnswer extends PlaceHealthAnswer {
  readonly newest?: {
    /** The window that ends last. */
    readonly fromMs: number;
    readonly toMs: number;
    /** Since it ended. */
    readonly ageSec: number;
    readonly sizeBytes: number;
    /** Of how many objects it has digests, and how many of those lie in a source; only if the file was read. */
    readonly objects?: number;
    readonly usableObjects?: number;
  };
}

/** `details` of a health check. */
export interface HealthDetailsAnswer {
  readonly verboseMessage: string;
  readonly sources: readonly SourceHealthAnswer[];
  /** Set if the data source uses stored digests. */
  readonly digests?: DigestsHealthAnswer;
  /** What Grafana tells this plugin of `[aws]`, and lines for grafana.ini by which it would tell all. */
  readonly grafana: { readonly message?: string; readonly iniLines: readonly string[] };
}

/** `iam-policy`: the policies of the identities that the data source uses. */
export interface IamPolicyAnswer {
  readonly policies: readonly {
    /** The role to attach it to; without it, the identity of the data source's own credentials. */
    readonly roleArn?: string;
    readonly document: object;
    readonly ifEncrypted?: object;
    readonly notes: readonly string[];
  }[];
}
