"""Digests default-format flow logs below a folder with DuckDB: duckdb-digest.py FOLDER THREADS TOP. Prints JSON."""

import json
import sys

import duckdb

folder, threads, top = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

COLUMNS = {
    'version': 'INTEGER',
    'account_id': 'VARCHAR',
    'interface_id': 'VARCHAR',
    'srcaddr': 'VARCHAR',
    'dstaddr': 'VARCHAR',
    'srcport': 'INTEGER',
    'dstport': 'INTEGER',
    'protocol': 'INTEGER',
    'packets': 'BIGINT',
    'bytes': 'BIGINT',
    'start': 'BIGINT',
    'end': 'BIGINT',
    'action': 'VARCHAR',
    'log_status': 'VARCHAR',
}

db = duckdb.connect(':memory:', config={'threads': threads})
db.execute('SET preserve_insertion_order = false')
db.execute('SET enable_progress_bar = false')
db.execute(
    f"""
    CREATE TEMP TABLE digest AS
    SELECT
        version, account_id, interface_id, srcaddr, dstaddr,
        CASE WHEN srcport < dstport THEN srcport ELSE 0 END AS src,
        CASE WHEN srcport < dstport THEN 0 ELSE dstport END AS dst,
        protocol, action, log_status,
        sum(bytes)::BIGINT AS bytes, sum(packets)::BIGINT AS packets, count(*) AS flows,
        min(start) AS first_start, max("end") AS last_end
    FROM read_csv(
        '{folder}/**/*.log.gz',
        delim = ' ', quote = '', escape = '', header = true, auto_detect = false, nullstr = '-', columns = {COLUMNS}
    )
    WHERE log_status = 'OK'
    GROUP BY ALL
    """
)
groups, flows, total_bytes, packets = db.execute(
    'SELECT count(*), sum(flows)::BIGINT, sum(bytes)::BIGINT, sum(packets)::BIGINT FROM digest'
).fetchone()
rows = db.execute(
    """
    SELECT
        concat_ws(' ', version, account_id, interface_id, srcaddr, dstaddr, src, dst, protocol, action, log_status) AS key,
        bytes, packets
    FROM digest ORDER BY bytes DESC, key LIMIT ?
    """,
    [top],
).fetchall()
json.dump(
    {
        'groups': groups,
        'flows': flows,
        'bytes': total_bytes,
        'packets': packets,
        'top': [{'key': key, 'bytes': count, 'packets': sent} for key, count, sent in rows],
    },
    sys.stdout,
)
