/** Queries for the questions that operators have. */
import { QUERY_VERSION } from '../../query/model';
import type { SavedQuery } from '../saved-query';

/** A question with its query. */
export interface Example {
  readonly question: string;
  /** What is shown, in a sentence. */
  readonly answer: string;
  readonly query: Omit<SavedQuery, 'refId'>;
}

const version = QUERY_VERSION;
/** By address and not by `flow-direction`, which the default format lacks. */
const PRIVATE = '(10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16)';

export const EXAMPLES: readonly Example[] = [
  {
    question: 'Who are the top talkers?',
    answer: 'The pairs of addresses and services that move the most bytes.',
    query: {
      version,
      view: 'table',
      keys: ['srcaddr', 'dstaddr', 'port', 'protocol'],
      measures: ['bytes', 'flows'],
      top: 20,
    },
  },
  {
    question: 'When was how much traffic, accepted and refused?',
    answer: 'Bytes per second over time, by action.',
    query: { version, view: 'series', keys: ['action'], measures: ['bytes'], unit: 'rate' },
  },
  {
    question: 'When were connections refused, and where to?',
    answer: 'Refused flows over time, by the port they were meant for.',
    query: {
      version,
      view: 'series',
      filter: 'action = REJECT',
      keys: ['dstport'],
      measures: ['flows'],
      unit: 'total',
    },
  },
  {
    question: 'Who scans us?',
    answer: 'The sources with the most refused flows from outside the private address blocks.',
    query: {
      version,
      view: 'table',
      filter: `action = REJECT and srcaddr not in ${PRIVATE}`,
      keys: ['srcaddr'],
      measures: ['flows', 'packets'],
      top: 20,
    },
  },
  {
    question: 'What did one host do?',
    answer: 'The records of one address, newest first. Put in the address you are after.',
    query: { version, view: 'records', filter: 'addr = 10.0.1.10', top: 500 },
  },
  {
    question: 'Who talks to whom?',
    answer: 'A graph of VPCs, subnets, services and the internet; open a group to see its hosts.',
    query: { version, view: 'graph', nodes: 'groups' },
  },
  {
    question: 'Which hosts talk to the internet?',
    answer: 'What private addresses send to public ones, largest first.',
    query: {
      version,
      view: 'table',
      filter: `srcaddr in ${PRIVATE} and dstaddr not in ${PRIVATE}`,
      keys: ['srcaddr', 'interface-id'],
      measures: ['bytes', 'flows'],
      top: 20,
    },
  },
  {
    question: 'What is new or far above normal?',
    answer: 'Marks where refused flows to a service burst; good as an annotation.',
    query: {
      version,
      view: 'events',
      kind: 'bursts',
      filter: 'action = REJECT',
      keys: ['dstaddr', 'port'],
      measures: ['flows'],
    },
  },
  {
    question: 'Have all logs come?',
    answer: 'The newest delivery and the gaps of each account and region.',
    query: { version, view: 'completeness' },
  },
];
