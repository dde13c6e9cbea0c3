import { useId, useState, type ReactElement } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { standardRegions } from '@grafana/aws-sdk';
import { Button, Checkbox, Field, Input, Select, useStyles2 } from '@grafana/ui';
import type { SourceConfig } from '../settings';
import { Fields } from './Fields';
import type { SourceProblems } from './find-source-problems';
import { withSetting } from './settings-form';

export interface SourceFieldsProps {
  readonly source: SourceConfig;
  readonly problems: SourceProblems;
  readonly isReadOnly: boolean;
  readonly onChange: (source: SourceConfig) => void;
}

/** What only some sources need. */
const SPECIAL = ['roleArn', 'externalId', 'region', 'header', 'requesterPays', 'anyKey'] as const;
const REGIONS = standardRegions.map((region) => ({ value: region, label: region }));

/** The fields of one source: the place for everybody, what few need beneath. */
export function SourceFields({ source, problems, isReadOnly, onChange }: SourceFieldsProps) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const [isLocationLeft, setIsLocationLeft] = useState(false);
  const [isSpecial, setIsSpecial] = useState(SPECIAL.some((name) => name in source));
  const set = <K extends keyof SourceConfig>(name: K, value: SourceConfig[K]) =>
    onChange(withSetting(source, name, value));
  const isNew = Object.keys(source).length === 0;
  const field = (
    name: keyof SourceConfig,
    { label, description }: { label: string; description: string },
    control: ReactElement<Record<string, unknown>>,
  ) => {
    // Nobody has to be told what is missing before having had the time to type it.
    const problem = name === 'location' && isNew && !isLocationLeft ? undefined : problems[name];
    return (
      <Field
        label={label}
        description={description}
        required={name === 'location'}
        htmlFor={`${id}${name}`}
        invalid={problem !== undefined}
        error={problem}
        noMargin
      >
        {control}
      </Field>
    );
  };
  const input = (name: 'name' | 'location' | 'roleArn' | 'externalId' | 'header', placeholder: string) => (
    <Input
      id={`${id}${name}`}
      value={source[name] ?? ''}
      placeholder={placeholder}
      onChange={({ currentTarget }) => set(name, currentTarget.value)}
      onBlur={name === 'location' ? () => setIsLocationLeft(true) : undefined}
    />
  );
  return (
    <>
      <Fields isReadOnly={isReadOnly} className={styles.grid}>
        {field(
          'location',
          {
            label: 'Location',
            description:
              'Bucket and prefix before AWSLogs (s3://…), or log group (logs://region/name); ARNs too. Or an allowed folder.',
          },
          input('location', 's3://bucket/prefix'),
        )}
        {field(
          'name',
          { label: 'Name', description: 'In queries. The location if empty.' },
          input('name', source.location ?? ''),
        )}
      </Fields>
      <Button
        className={styles.more}
        size="sm"
        variant="secondary"
        fill="text"
        icon={isSpecial ? 'angle-down' : 'angle-right'}
        aria-expanded={isSpecial}
        onClick={() => setIsSpecial(!isSpecial)}
      >
        Role, region and format
      </Button>
      {isSpecial && (
        <Fields isReadOnly={isReadOnly} className={styles.grid}>
          {field(
            'roleArn',
            { label: 'Role ARN', description: 'To read this source, in place of the role above.' },
            input('roleArn', 'arn:aws:iam::123456789012:role/name'),
          )}
          {field(
            'externalId',
            { label: 'Role’s external ID', description: 'The one above if empty.' },
            input('externalId', ''),
          )}
          {field(
            'header',
            {
              label: 'Header line',
              description: 'For log groups, and objects that begin without one: their fields in order.',
            },
            input('header', 'version account-id interface-id srcaddr dstaddr …'),
          )}
          {field(
            'region',
            { label: 'Region of the bucket', description: 'Found by itself if empty.' },
            <Select
              inputId={`${id}region`}
              aria-label="Region of the bucket"
              options={REGIONS}
              value={source.region ?? null}
              placeholder="Automatic"
              isClearable
              allowCustomValue
              menuShouldPortal
              disabled={isReadOnly}
              onChange={(chosen) => set('region', (chosen as { value?: string } | null)?.value)}
            />,
          )}
          <div className={styles.checks}>
            <Checkbox
              label="Requester pays"
              description="We pay for requests and transfer, not the bucket’s owner."
              invalid={problems.requesterPays !== undefined}
              value={source.requesterPays ?? false}
              onChange={({ currentTarget }) => set('requesterPays', currentTarget.checked || undefined)}
            />
            {problems.requesterPays && <span className={styles.problem}>{problems.requesterPays}</span>}
            <Checkbox
              label="Any key"
              description="Every object may be a flow log, whatever its key: for files that something other than AWS wrote."
              invalid={problems.anyKey !== undefined}
              value={source.anyKey ?? false}
              onChange={({ currentTarget }) => set('anyKey', currentTarget.checked || undefined)}
            />
            {problems.anyKey && <span className={styles.problem}>{problems.anyKey}</span>}
          </div>
        </Fields>
      )}
    </>
  );
}

function getStyles(theme: GrafanaTheme2) {
  return {
    grid: css({
      display: 'grid',
      gridTemplateColumns: 'minmax(0, 2fr) minmax(0, 1fr)',
      gap: theme.spacing(2),
      alignItems: 'start',
      [theme.breakpoints.down('md')]: { gridTemplateColumns: 'minmax(0, 1fr)' },
    }),
    more: css({ margin: theme.spacing(1, 0, 1, -1) }),
    checks: css({ gridColumn: '1 / -1', display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1, 4) }),
    problem: css({ color: theme.colors.error.text, fontSize: theme.typography.bodySmall.fontSize }),
  };
}
