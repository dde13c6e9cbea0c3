import { css } from '@emotion/css';
import type { GrafanaTheme2, QueryEditorHelpProps } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { EXAMPLES } from './query-editor/examples';
import type { SavedQuery } from './saved-query';

/** Questions that operators have, each with the query that answers it: a click takes it over. */
export function QueryHelp({ onClickExample }: QueryEditorHelpProps<SavedQuery>) {
  const styles = useStyles2(getStyles);
  return (
    <div>
      <h2>What do you want to know?</h2>
      <ul className={styles.list}>
        {EXAMPLES.map(({ question, answer, query }) => (
          <li key={question}>
            <button type="button" className={styles.example} onClick={() => onClickExample({ refId: 'A', ...query })}>
              <span className={styles.question}>{question}</span>
              <span className={styles.answer}>{answer}</span>
              {query.filter !== undefined && <code className={styles.filter}>{query.filter}</code>}
            </button>
          </li>
        ))}
      </ul>
      <h3>The filter</h3>
      <p>
        <code>field operator value</code>, joined by <code>and</code>, <code>or</code>, <code>not</code> and
        parentheses.
      </p>
      <ul className={styles.grammar}>
        <li>
          <code>srcaddr = 10.0.0.0/8</code>: an address, a block or a range (<code>10.0.0.1-10.0.0.9</code>)
        </li>
        <li>
          <code>dstport in (22, 3389, 8000-8999)</code>: one of several numbers or ranges; also <code>not in</code>
        </li>
        <li>
          <code>addr = 10.1.2.3</code>, <code>port = 443</code>: either side of a flow
        </li>
        <li>
          <code>protocol = tcp</code>, <code>bytes &gt; 1000000</code>, <code>start &gt;= 2026-01-31T12:00:00Z</code>
        </li>
        <li>
          <code>interface-id ~ &quot;eni-0a*&quot;</code>: text with <code>*</code> and <code>?</code> as wildcards
        </li>
        <li>
          <code>vpc-id = -</code>: the value is missing
        </li>
        <li>
          <code>`my-column` = x</code>: a column that is not documented
        </li>
        <li>
          <code>dstport = $port</code>: a dashboard variable, also with several values
        </li>
      </ul>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({
    listStyle: 'none',
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(280px, 1fr))',
    gap: theme.spacing(1),
    marginBottom: theme.spacing(2),
  }),
  example: css({
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(0.5),
    width: '100%',
    height: '100%',
    padding: theme.spacing(1, 1.5),
    textAlign: 'left',
    color: theme.colors.text.primary,
    background: theme.colors.background.secondary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    '&:hover, &:focus-visible': { background: theme.colors.emphasize(theme.colors.background.secondary, 0.03) },
  }),
  question: css({ fontWeight: theme.typography.fontWeightMedium }),
  answer: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  filter: css({ alignSelf: 'flex-start', margin: 0, overflowWrap: 'anywhere', whiteSpace: 'normal' }),
  grammar: css({ paddingLeft: theme.spacing(2.5) }),
});
