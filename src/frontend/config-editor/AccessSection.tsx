import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, Text, useStyles2 } from '@grafana/ui';
import { ConfigSection } from '@grafana/plugin-ui';
import type { HealthDetailsAnswer, IamPolicyAnswer } from '../../query/resource-answers';
import type { ConfigResources } from './config-resources';
import { CopyableText } from './CopyableText';
import { SaveFirst } from './SaveFirst';
import { useAnswer, type Answer } from './useAnswer';
import type { SavedSettings } from './useSavedSettings';

export interface AccessSectionProps {
  readonly saved: SavedSettings;
  readonly resources: ConfigResources;
}

/** What others have to allow: AWS by policies, Grafana by its configuration. */
export function AccessSection({ saved, resources }: AccessSectionProps) {
  const styles = useStyles2(getStyles);
  const subject = String(saved.version);
  const [policies, showPolicies] = useAnswer(subject, resources.iamPolicy);
  const [forwarding, checkForwarding] = useAnswer(subject, resources.forwarding);
  return (
    <ConfigSection title="Access" description="What AWS and Grafana have to allow, for the settings as they are saved.">
      <div className={styles.buttons}>
        <Button
          variant="secondary"
          icon={iconOf(policies, 'shield')}
          disabled={!saved.isSaved || policies.state === 'running'}
          onClick={showPolicies}
        >
          Show IAM policy
        </Button>
        <Button
          variant="secondary"
          icon={iconOf(forwarding, 'cog')}
          disabled={!saved.isSaved || forwarding.state === 'running'}
          onClick={checkForwarding}
        >
          Check grafana.ini
        </Button>
        {!saved.isSaved && <SaveFirst subject="both are about" />}
      </div>
      <div aria-live="polite">
        {forwarding.state === 'failed' && (
          <Alert severity="error" title="Grafana cannot be checked" topSpacing={2} bottomSpacing={0}>
            {forwarding.message}
          </Alert>
        )}
        {forwarding.state === 'done' && <ForwardingResult {...forwarding.value} />}
        {policies.state === 'failed' && (
          <Alert severity="error" title="There is no IAM policy to show" topSpacing={2} bottomSpacing={0}>
            {policies.message}
          </Alert>
        )}
        {policies.state === 'done' && <Policies {...policies.value} />}
      </div>
    </ConfigSection>
  );
}

function Policies({ policies }: IamPolicyAnswer) {
  const styles = useStyles2(getStyles);
  if (policies.length === 0) {
    return <Text element="p">Nothing is read from AWS, so nothing has to be allowed.</Text>;
  }
  return policies.map(({ roleArn, document, ifEncrypted, notes }) => (
    <div key={roleArn ?? ''} className={styles.policy}>
      <Text element="h6">{roleArn ?? 'For the identity that signs in'}</Text>
      <CopyableText label="Copy IAM policy" text={toJson(document)} />
      {notes.length > 0 && (
        <ul className={styles.notes}>
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {ifEncrypted && <CopyableText label="Copy statement" text={toJson(ifEncrypted)} />}
    </div>
  ));
}

function ForwardingResult({ message, iniLines }: HealthDetailsAnswer['grafana']) {
  if (iniLines.length === 0) {
    return (
      <Alert
        severity="success"
        title="Grafana tells this plugin what it knows about AWS"
        topSpacing={2}
        bottomSpacing={0}
      />
    );
  }
  return (
    <Alert
      severity="info"
      title="Grafana does not tell this plugin all it knows about AWS"
      topSpacing={2}
      bottomSpacing={0}
    >
      {message}
      <CopyableText label="Copy lines" text={iniLines.join('\n')} />
      Sources that sign in with keys need none of this. Grafana reads the file when it starts.
    </Alert>
  );
}

function iconOf({ state }: Answer<unknown>, idle: 'shield' | 'cog'): 'spinner' | 'shield' | 'cog' {
  return state === 'running' ? 'spinner' : idle;
}

function toJson(document: object): string {
  return JSON.stringify(document, undefined, 2);
}

function getStyles(theme: GrafanaTheme2) {
  return {
    buttons: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
    policy: css({ marginTop: theme.spacing(2) }),
    notes: css({
      margin: theme.spacing(1, 0),
      paddingLeft: theme.spacing(2.5),
      color: theme.colors.text.secondary,
    }),
  };
}
