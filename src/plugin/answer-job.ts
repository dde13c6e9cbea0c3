/**
 * What the main thread asks of the thread that makes answers, and what comes back: plain data in both directions.
 */
import type { Digest } from '../digest/digest';
import type { FlowErrorData } from '../errors';
import type { GraphQuery, ScanQuery } from '../query/model';
import type { CompletenessResult } from '../scan/measure-completeness';
import type { ScanResult } from '../scan/run-scan';
import type { Position } from '../view/layout';
import type { Asker } from './read-query';

/** The formats of a graph as text. */
export type GraphFormat = 'dot' | 'svg' | 'json';

/** A job of each kind. */
export interface AnswerJobs {
  /** The frames of a query that was answered by a scan. */
  readonly frames: {
    readonly kind: 'frames';
    readonly refId: string;
    readonly asker: Asker;
    readonly query: ScanQuery;
    readonly result: ScanResult;
    /** How long it took to get there, in milliseconds. */
    readonly elapsedMs: number;
    /** Of a rule's table: what it was about before its range, or why that is not known. */
    readonly before?: Digest | { readonly failure: string };
    /** Where nothing was found in the range: of when the newest object is that was found with a few listings. */
    readonly newestMs?: number;
    /** The data source, for links that lead to it. */
    readonly datasourceUid: string;
    readonly datasourceName: string;
    /** Of a graph: where its nodes stood. */
    readonly positions?: ReadonlyMap<string, Position>;
  };
  readonly completeness: {
    readonly kind: 'completeness';
    readonly refId: string;
    readonly asker: Asker;
    readonly result: CompletenessResult;
  };
  readonly graph: {
    readonly kind: 'graph';
    readonly query: GraphQuery;
    readonly result: ScanResult;
    readonly format: GraphFormat;
    readonly title: string;
  };
}

/** Frames as Grafana decodes them. */
export interface BuiltFrames {
  readonly frames: readonly Uint8Array[];
  /** Of a graph: where its nodes stand, for the next one. */
  readonly positions?: ReadonlyMap<string, Position>;
}

/** What comes of a job of each kind. */
export interface BuiltAnswers {
  readonly frames: BuiltFrames;
  readonly completeness: BuiltFrames;
  readonly graph: string;
}

export type AnswerKind = keyof AnswerJobs;

/** One job at a time is sent; its reply repeats its number. */
export interface AnswerRequest {
  readonly id: number;
  readonly job: AnswerJobs[AnswerKind];
}

export type AnswerReply =
  | { readonly id: number; readonly answer: BuiltAnswers[AnswerKind] }
  /** `stack` is that of a defect. */
  | { readonly id: number; readonly error: FlowErrorData; readonly stack?: string };
