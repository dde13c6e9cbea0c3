import { useState } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { standardRegions } from '@grafana/aws-sdk';
import { Alert, Button, IconButton, MultiSelect, Text, useStyles2 } from '@grafana/ui';
import type { Discovery, DiscoveryProblem } from '../../query/discovery';
import type { SourceConfig } from '../settings';
import type { ConfigResources } from './config-resources';
import { CopyableText } from './CopyableText';
import { groupByPlace, sourceFromProposed } from './found-places';
import { FoundPlaceCard } from './FoundPlaceCard';
import { SaveFirst } from './SaveFirst';
import { useAnswer } from './useAnswer';
import type { SavedSettings } from './useSavedSettings';

export interface FlowLogFinderProps {
  /** As the editor shows them. */
  readonly sources: readonly SourceConfig[];
  /** What signing in depends on: another text, another answer. */
  readonly subject: string;
  readonly saved: SavedSettings;
  readonly resources: ConfigResources;
  readonly isReadOnly: boolean;
  readonly onAdd: (source: SourceConfig) => void;
}

const REGIONS = standardRegions.map((region) => ({ value: region, label: region }));
/** Regions that fail mostly fail alike. */
const MAX_PROBLEMS = 5;
const POLICY = JSON.stringify(
  {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'FindFlowLogs',
        Effect: 'Allow',
        Action: ['ec2:DescribeFlowLogs', 'ec2:DescribeRegions'],
        Resource: '*',
      },
    ],
  },
  undefined,
  2,
);

/** Looks for flow logs in AWS, so that nobody has to know where they lie. */
export function FlowLogFinder({ sources, subject, saved, resources, isReadOnly, onAdd }: FlowLogFinderProps) {
  const styles = useStyles2(getStyles);
  const [regions, setRegions] = useState<readonly string[]>([]);
  const [searchCount, setSearchCount] = useState(0);
  const [closedCount, setClosedCount] = useState(0);
  const [answer, search] = useAnswer(subject, () => resources.discover(regions));
  const isRunning = answer.state === 'running';
  return (
    <>
      <div className={styles.controls}>
        <Button
          variant="secondary"
          icon={isRunning ? 'spinner' : 'search'}
          disabled={!saved.isSaved || isRunning}
          onClick={() => {
            setSearchCount(searchCount + 1);
            search();
          }}
        >
          Find flow logs
        </Button>
        <div className={styles.regions}>
          <MultiSelect<string>
            aria-label="Regions to look in"
            options={REGIONS}
            value={regions.map((region) => ({ value: region, label: region }))}
            placeholder="In all regions of the account"
            allowCustomValue
            isClearable
            menuShouldPortal
            onChange={(chosen) => setRegions(chosen.flatMap(({ value }) => value?.trim() || []))}
          />
        </div>
        {!saved.isSaved && <SaveFirst subject="the search uses" />}
      </div>
      <div aria-live="polite">
        {isRunning && <Text color="secondary">Looking…</Text>}
        {answer.state === 'failed' && (
          <Alert severity="error" title="Flow logs cannot be looked for" topSpacing={1} bottomSpacing={0}>
            {answer.message}
          </Alert>
        )}
        {answer.state === 'done' && closedCount < searchCount && (
          <Found
            discovery={answer.value}
            sources={sources}
            onAdd={isReadOnly ? undefined : onAdd}
            onClose={() => setClosedCount(searchCount)}
          />
        )}
      </div>
    </>
  );
}

interface FoundProps {
  readonly discovery: Discovery;
  readonly sources: readonly SourceConfig[];
  readonly onAdd?: (source: SourceConfig) => void;
  readonly onClose: () => void;
}

function Found({ discovery, sources, onAdd, onClose }: FoundProps) {
  const styles = useStyles2(getStyles);
  const { problems, regions } = discovery;
  const { places, unreadable } = groupByPlace(discovery, sources);
  const isNothing =
    regions.length > 0 && problems.filter(({ region }) => region !== undefined).length === regions.length;
  return (
    <div role="region" aria-label="Flow logs found" className={styles.found}>
      <div className={styles.summary}>
        <Text>{isNothing ? 'No region could be looked at.' : describeFound(discovery)}</Text>
        <IconButton name="times" tooltip="Close the list" onClick={onClose} />
      </div>
      {places.map(({ proposed, flowLogs, isConfigured }) => (
        <FoundPlaceCard
          key={proposed.location}
          title={proposed.location}
          flowLogs={flowLogs}
          isConfigured={isConfigured}
          onAdd={onAdd && (() => onAdd(sourceFromProposed(proposed, sources)))}
        />
      ))}
      {unreadable.length > 0 && <FoundPlaceCard title="To places that cannot be read" flowLogs={unreadable} />}
      {problems.length > 0 && <Problems problems={problems} isNothing={isNothing} />}
    </div>
  );
}

function Problems({
  problems,
  isNothing,
}: {
  readonly problems: readonly DiscoveryProblem[];
  readonly isNothing: boolean;
}) {
  const styles = useStyles2(getStyles);
  const more = problems.length - MAX_PROBLEMS;
  const isMissingRight = problems.some(({ missingAction }) => missingAction?.startsWith('ec2:'));
  return (
    <Alert
      severity={isNothing ? 'error' : 'warning'}
      title={isNothing ? 'Flow logs cannot be listed' : 'Not everything could be looked at'}
      bottomSpacing={0}
    >
      <ul className={styles.problems}>
        {problems.slice(0, MAX_PROBLEMS).map(({ region = '', message }) => (
          <li key={region}>{message}</li>
        ))}
        {more > 0 && <li>and {more} more regions</li>}
      </ul>
      {isMissingRight && (
        <>
          The credentials above need these rights:
          <CopyableText label="Copy IAM policy" text={POLICY} />
        </>
      )}
    </Alert>
  );
}

function describeFound({ accountId, regions, flowLogs }: Discovery): string {
  const where = regions.length === 1 ? regions[0] : `${regions.length} regions`;
  const whose = accountId === undefined ? '' : ` of account ${accountId}`;
  if (flowLogs.length === 0) {
    return `No flow log in ${where}${whose}. Those of other accounts are found with a role of theirs.`;
  }
  return `${flowLogs.length} flow ${flowLogs.length === 1 ? 'log' : 'logs'} in ${where}${whose}.`;
}

function getStyles(theme: GrafanaTheme2) {
  return {
    controls: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
    regions: css({ flex: '0 1 320px', minWidth: 200 }),
    found: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1), marginTop: theme.spacing(1) }),
    summary: css({ display: 'flex', justifyContent: 'space-between', alignItems: 'center', gap: theme.spacing(1) }),
    problems: css({ margin: 0, paddingLeft: theme.spacing(2), overflowWrap: 'anywhere' }),
  };
}
