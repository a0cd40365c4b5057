#!/bin/bash
# Holds lineage with us against a recursive query over the same edges, with indexes, in PostgreSQL, in one run:
#
#   benches/lineage_postgres.sh [RECORDS]        1,000,000 unless told
#
# Needs PostgreSQL 13 or later (initdb, pg_ctl, psql, pgbench on the PATH or under /usr/lib/postgresql) and, as it does not
# run as root, the user postgres where root runs this. Everything stands in a folder of its own, which is removed.
set -euo pipefail
cd "$(dirname "$0")/.."
records=${1:-1000000}
sagwan=${SAGWAN_BIN:-target/release/sagwan}
[ -x "$sagwan" ] || { echo "build it first: cargo build --release (or name it: SAGWAN_BIN=…)" >&2; exit 2; }
for folder in /usr/lib/postgresql/*/bin; do PATH=$PATH:$folder; done
for program in initdb pg_ctl psql pgbench; do
    command -v "$program" >/dev/null || { echo "$program is not there: install PostgreSQL" >&2; exit 2; }
done
folder=$(mktemp -d)
as() { if [ "$(id -u)" -eq 0 ]; then su postgres -s /bin/bash -c "PATH=$PATH; cd $folder; $1"; else bash -c "cd $folder; $1"; fi; }
end() { as "pg_ctl -D data stop -m immediate" >/dev/null 2>&1 || true; rm -rf "$folder"; }
trap end EXIT

"$sagwan" bench --lineage --records "$records" --edges "$folder/edges.csv" --json >"$folder/rows.json"
cat >"$folder/walk.sql" <<'SQL'
\set pipeline random(0, 99)
WITH RECURSIVE up(node, depth) AS (
    SELECT 'dataset/pipeline/' || lpad((:pipeline)::text, 3, '0') || '/10/00@1', 0
    UNION SELECT edge.src, up.depth + 1 FROM up JOIN edge ON edge.dst = up.node WHERE up.depth < 10)
SELECT edge.src, edge.dst, edge.idx FROM up JOIN edge ON edge.dst = up.node;
SQL
chmod -R a+rwX "$folder"
connect="-h $folder -d postgres"
as "initdb -D data -A trust >/dev/null"
as "pg_ctl -D data -w -l log -o \"-k $folder -c listen_addresses='' -c shared_buffers=512MB -c jit=off\" start >/dev/null"
as "psql $connect -q" <<SQL
CREATE TABLE edge(src text NOT NULL, dst text NOT NULL, idx bigint NOT NULL);
\copy edge FROM 'edges.csv' csv
CREATE INDEX ON edge(dst);
CREATE INDEX ON edge(src);
VACUUM ANALYZE edge;
SQL
as "pgbench -h $folder -n -M prepared -c 1 -t 600 -f walk.sql -l --log-prefix=walk postgres >/dev/null"
sort -n -k3,3 "$folder"/walk.* | awk '$3 ~ /^[0-9]+$/ { t[++n] = $3 / 1000 } END {
    printf "PostgreSQL, recursive query: p50 %.2f ms, p99 %.2f ms over %d walks\n", t[int(n * .5)], t[int(n * .99)], n }'
cat "$folder/rows.json"
