"""
Digests default-format flow logs below a folder with flowlogs_reader: flowlogs-reader-digest.py FOLDER TOP. Prints JSON.

The library's S3 reader lists, opens and parses the files, its `aggregated_records` groups them; a folder stands in for
the S3 client. What it has no notion of is done here on its records: the port rule, and the count of flows.
"""

import heapq
import json
import os
import sys
from datetime import datetime
from warnings import simplefilter

from flowlogs_reader import S3FlowLogsReader, aggregated_records

simplefilter('ignore', DeprecationWarning)
folder, top = sys.argv[1], int(sys.argv[2])

KEY_FIELDS = (
    'version',
    'account_id',
    'interface_id',
    'srcaddr',
    'dstaddr',
    'srcport',
    'dstport',
    'protocol',
    'action',
    'log_status',
)


class FolderClient:
    """As much of the S3 client as S3FlowLogsReader calls."""

    def list_objects_v2(self, Bucket, Prefix, Delimiter):
        place = os.path.join(folder, Prefix)
        return {'CommonPrefixes': [{'Prefix': f'{Prefix}{name}/'} for name in sorted(os.listdir(place))]}

    def get_paginator(self, _):
        return self

    def paginate(self, Bucket, Prefix):
        place = os.path.join(folder, Prefix)
        names = sorted(os.listdir(place)) if os.path.isdir(place) else []
        return [{'Contents': [{'Key': Prefix + name} for name in names]}]

    def get_object(self, Bucket, Key):
        path = os.path.join(folder, Key)
        return {'Body': open(path, 'rb'), 'ContentLength': os.path.getsize(path)}


flows = 0


def with_port_rule(records):
    global flows
    for record in records:
        flows += 1
        if record.srcport < record.dstport:
            record.dstport = 0
        else:
            record.srcport = 0
        yield record


reader = S3FlowLogsReader(
    'bucket',
    start_time=datetime(2026, 1, 1),
    end_time=datetime(2026, 2, 1),
    boto_client=FolderClient(),
    raise_on_error=True,
)
rows = list(aggregated_records(with_port_rule(reader), key_fields=KEY_FIELDS))
largest = heapq.nsmallest(
    top,
    ((-row['bytes'], ' '.join(str(row[name]) for name in KEY_FIELDS), row['packets']) for row in rows),
)
json.dump(
    {
        'groups': len(rows),
        'flows': flows,
        'bytes': sum(row['bytes'] for row in rows),
        'packets': sum(row['packets'] for row in rows),
        'top': [{'key': key, 'bytes': -count, 'packets': packets} for count, key, packets in largest],
    },
    sys.stdout,
)
