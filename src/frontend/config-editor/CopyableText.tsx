import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { ClipboardButton, useStyles2 } from '@grafana/ui';

export interface CopyableTextProps {
  /** Of the button. */
  readonly label: string;
  readonly text: string;
}

/** Text for another place, with a button that copies it. */
export function CopyableText({ label, text }: CopyableTextProps) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.box}>
      <pre className={styles.text}>{text}</pre>
      <ClipboardButton className={styles.copy} size="sm" variant="secondary" icon="copy" getText={() => text}>
        {label}
      </ClipboardButton>
    </div>
  );
}

function getStyles(theme: GrafanaTheme2) {
  return {
    box: css({ position: 'relative', margin: theme.spacing(1, 0) }),
    text: css({ margin: 0, maxHeight: 400, overflow: 'auto', fontSize: theme.typography.bodySmall.fontSize }),
    copy: css({ position: 'absolute', top: theme.spacing(1), right: theme.spacing(2) }),
  };
}
