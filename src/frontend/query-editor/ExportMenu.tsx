import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Dropdown, Icon, Menu, useStyles2 } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { errorText, type GraphFormat } from '../resources';
import { interpolateQuery } from './edited-data-source';
import type { QueryEdit } from './query-edit';
import { copyText, downloadText } from './save-text';

const TYPES = { dot: 'text/vnd.graphviz', svg: 'image/svg+xml' } as const;
/** How long it is said that something is done. */
const SAID_MS = 4000;

interface Outcome {
  readonly kind: 'busy' | 'done' | 'error';
  readonly text: string;
}

/** The graph out of Grafana: its DOT and its picture. */
export function ExportMenu({ edit }: { readonly edit: QueryEdit }) {
  const styles = useStyles2(getStyles);
  const [outcome, setOutcome] = useState<Outcome>();
  useEffect(() => {
    if (outcome?.kind !== 'done') {
      return undefined;
    }
    const timer = setTimeout(() => setOutcome(undefined), SAID_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const { dataSource, query, range } = edit;
  const perform = async (done: string, action: () => Promise<void>): Promise<void> => {
    setOutcome({ kind: 'busy', text: 'Drawing…' });
    try {
      await action();
      setOutcome({ kind: 'done', text: done });
    } catch (thrown) {
      setOutcome({ kind: 'error', text: errorText(thrown) });
    }
  };
  const read = (format: GraphFormat): Promise<string> =>
    dataSource.resources.graph(format, interpolateQuery(dataSource, query), range);
  const download = (format: 'dot' | 'svg'): Promise<void> =>
    perform(`${format.toUpperCase()} saved`, async () =>
      downloadText(await read(format), { name: fileName(range.from.valueOf(), format), type: TYPES[format] }),
    );
  const menu = (
    <Menu ariaLabel="Export of the graph">
      <Menu.Item
        label="Copy DOT"
        icon="copy"
        onClick={() => void perform('DOT copied', async () => copyText(await read('dot')))}
      />
      <Menu.Item label="Download DOT" icon="download-alt" onClick={() => void download('dot')} />
      <Menu.Item label="Download SVG" icon="download-alt" onClick={() => void download('svg')} />
      <Menu.Item
        label="Copy link to SVG"
        icon="link"
        onClick={() =>
          void perform('Link copied', async () =>
            copyText(dataSource.resources.graphUrl('svg', interpolateQuery(dataSource, query), range)),
          )
        }
      />
    </Menu>
  );
  return (
    <span className={styles.group}>
      {outcome && (
        <span className={styles[outcome.kind]} role={outcome.kind === 'error' ? 'alert' : 'status'}>
          {outcome.kind === 'done' && <Icon name="check" />} {outcome.text}
        </span>
      )}
      <Dropdown overlay={menu} placement="bottom-end">
        <Button size="sm" variant="secondary" icon="download-alt" disabled={outcome?.kind === 'busy'}>
          Export
        </Button>
      </Dropdown>
    </span>
  );
}

function fileName(fromMs: number, format: string): string {
  return `vpcflow-${new Date(fromMs).toISOString().slice(0, 16).replaceAll(':', '')}Z.${format}`;
}

const getStyles = (theme: GrafanaTheme2) => {
  const said = { fontSize: theme.typography.bodySmall.fontSize, maxWidth: 420 };
  return {
    group: css({ display: 'inline-flex', alignItems: 'center', gap: theme.spacing(1) }),
    busy: css({ ...said, color: theme.colors.text.secondary }),
    done: css({ ...said, color: theme.colors.success.text }),
    error: css({ ...said, color: theme.colors.error.text }),
  };
};
