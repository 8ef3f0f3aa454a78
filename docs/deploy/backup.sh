#!/bin/sh
# Back up the database and the data folder of resultgraph, while its instances run:
#
#   backup.sh TARGET [SETTINGS]
#
# makes the folder TARGET/TIME, such as /backup/20270131T020000Z, readable only by its owner. SETTINGS is the file of
# --config (RESULTGRAPH_DATA, RESULTGRAPH_DATABASE). It needs rsync, and sqlite3 or pg_dump (of the server's version).
# Files of bundles that the last backup has too are hard links, so that a backup costs the new ones. A password in the
# address of PostgreSQL is visible in the list of processes: use ~/.pgpass instead.
set -eu
umask 077

[ $# -ge 1 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
target=$1
if [ $# -gt 1 ]; then
  case $2 in */*) settings=$2 ;; *) settings=./$2 ;; esac # a name without a folder is looked up in PATH
  set -a; . "$settings"; set +a
fi
data=${RESULTGRAPH_DATA:-./data}
database=${RESULTGRAPH_DATABASE:-sqlite:$data/resultgraph.db}
[ -d "$data/blobs" ] || { echo "$data has no folder blobs: set RESULTGRAPH_DATA" >&2; exit 1; }

mkdir -p "$target"
target=$(cd "$target" && pwd)
last=$(find "$target" -mindepth 1 -maxdepth 1 -type d -name '*T*Z' | sort | tail -n 1)
name=$(date -u +%Y%m%dT%H%M%SZ)
partial=$target/$name.partial
mkdir "$partial"

# Blobs never change, so equal sizes mean equal files. A file that a sweep removes meanwhile is no error (24).
copy_blobs() {
  status=0
  rsync -rp --size-only ${last:+"--link-dest=$last/blobs"} --exclude=/tmp --exclude=/lock "$data/blobs/" "$partial/blobs/" || status=$?
  [ "$status" = 0 ] || [ "$status" = 24 ] || exit "$status"
}

# The first copy has the files that a purge removes before the last copy. The second has the files of the rows that
# were added before the snapshot of the database: a file is stored before its row.
copy_blobs
case $database in
  sqlite:*) path=${database#sqlite:}; sqlite3 "${path#//}" ".timeout 60000" ".backup '$partial/resultgraph.db'" ;;
  *) pg_dump --format=custom --no-owner --no-privileges --file="$partial/resultgraph.dump" --dbname="$database" ;;
esac
copy_blobs
if [ -f "$data/secret.key" ]; then cp -p "$data/secret.key" "$partial/"; fi

sync
mv "$partial" "$target/$name"
echo "$target/$name"
