import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, Field, Input, useStyles2 } from '@grafana/ui';
import { ConfigSection } from '@grafana/plugin-ui';
import type { ConfigResources } from './config-resources';
import { DigestsHealth } from './DigestsHealth';
import { Fields } from './Fields';
import { findDigestsProblem } from './find-source-problems';
import { SaveFirst } from './SaveFirst';
import type { SettingsForm } from './settings-form';
import { useAnswer } from './useAnswer';
import type { SavedSettings } from './useSavedSettings';

export interface DigestsSectionProps {
  readonly form: SettingsForm;
  readonly saved: SavedSettings;
  readonly resources: ConfigResources;
}

/** The place where the service stores digests, and a test of it. */
export function DigestsSection({ form, saved, resources }: DigestsSectionProps) {
  const styles = useStyles2(getStyles);
  const { json, isReadOnly, set } = form;
  const { digestsAt = '' } = json;
  const problem = findDigestsProblem(digestsAt);
  const [result, test] = useAnswer(`${saved.version} ${digestsAt}`, resources.storedDigests);
  const isNamed = digestsAt.trim() !== '';
  return (
    <ConfigSection
      title="Stored digests"
      description="Made ahead of time by the service (vpcflow serve --packs). Queries start from them and read only the other logs: the same answers, sooner."
      isCollapsible
      isInitiallyOpen={json.digestsAt !== undefined}
    >
      <Fields isReadOnly={isReadOnly} className={styles.line}>
        <Field
          className={styles.field}
          label="Stored digests at"
          description="The bucket in which the service stores (s3://…), read with the credentials above; or an allowed folder. None are used if empty."
          htmlFor="digestsAt"
          invalid={problem !== undefined}
          error={problem}
          noMargin
        >
          <Input
            id="digestsAt"
            value={digestsAt}
            placeholder="s3://my-flow-digests"
            onChange={({ currentTarget }) => set('digestsAt', currentTarget.value)}
          />
        </Field>
      </Fields>
      {isNamed && (
        <div className={styles.test}>
          <Button
            size="sm"
            variant="secondary"
            icon={result.state === 'running' ? 'spinner' : 'check-circle'}
            aria-label="Test stored digests"
            disabled={!saved.isSaved || result.state === 'running'}
            onClick={test}
          >
            Test
          </Button>
          {!saved.isSaved && <SaveFirst subject="the test uses" />}
        </div>
      )}
      <div aria-live="polite">
        {result.state === 'done' && <DigestsHealth health={result.value} />}
        {result.state === 'failed' && (
          <Alert severity="error" title="Stored digests cannot be tested" bottomSpacing={0} topSpacing={1}>
            {result.message}
          </Alert>
        )}
      </div>
    </ConfigSection>
  );
}

function getStyles(theme: GrafanaTheme2) {
  return {
    line: css({ maxWidth: theme.spacing(80) }),
    field: css({ marginBottom: 0 }),
    test: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1), marginTop: theme.spacing(1) }),
  };
}
