/**
 * The seam between `call-resource.ts` and the resources: a path, the parameters it knows, and what answers.
 */
import type { S3Settings } from '../../store/s3-settings';
import type { AnswerBuilder } from '../answer-builder';
import type { DataSource } from '../data-source';
import type { Forwarding } from '../forwarding';
import type { User } from '../messages';
import type { ResourceParameters } from './parameters';

/** What an answer is made from. */
export interface ResourceContext {
  readonly dataSource: DataSource;
  readonly parameters: ResourceParameters;
  /** Missing when Grafana itself asks. */
  readonly user?: User;
  /** What Grafana tells this plugin, with this very call too. */
  readonly forwarding: () => Forwarding;
  /** Throws `bad-settings` unless the administrator allows this way of signing in; that of the sources has been asked. */
  readonly assertAuthAllowed: (s3: S3Settings) => void;
  /** Makes what takes a while. */
  readonly answers: AnswerBuilder;
  readonly signal: AbortSignal;
  readonly nowMs: number;
}

export interface ResourceAnswer {
  readonly contentType: string;
  readonly body: string;
  /** What a browser calls it when it is saved: ASCII letters, digits, `-`, `.` and `_` only. */
  readonly fileName?: string;
  /** How long whoever asked may use it again; not at all without it. */
  readonly maxAgeSec?: number;
}

export interface Resource {
  /** Below `resources/`. */
  readonly path: string;
  /** Names of parameters; any other is refused, since a misspelt filter would be a wrong answer. */
  readonly parameters: readonly string[];
  /** Parameters may also come as a JSON object in the body of a POST. */
  readonly takesBody: boolean;
  /** Throws a `FlowError`, whose code becomes the status. */
  answer(context: ResourceContext): Promise<ResourceAnswer>;
}

/** How long lists and pictures may be used again: about as long as a person looks at one. */
export const MAX_AGE_SEC = 60;

/** An answer in JSON. */
export function jsonAnswer(value: unknown, more: Pick<ResourceAnswer, 'fileName' | 'maxAgeSec'> = {}): ResourceAnswer {
  return { contentType: 'application/json', body: JSON.stringify(value), ...more };
}
