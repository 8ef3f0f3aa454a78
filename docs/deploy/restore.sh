#!/bin/sh
# Restore a backup of backup.sh into a missing or empty data folder, and into a new file or an empty database:
#
#   restore.sh BACKUP [SETTINGS]
#
# Run it as the user of the server, while no instance runs. SETTINGS is the file of --config (RESULTGRAPH_DATA,
# RESULTGRAPH_DATABASE). It needs rsync, and sqlite3 or pg_restore and psql.
set -eu
umask 077

[ $# -ge 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
backup=$1
if [ $# -gt 1 ]; then
  case $2 in */*) settings=$2 ;; *) settings=./$2 ;; esac # a name without a folder is looked up in PATH
  set -a; . "$settings"; set +a
fi
data=${RESULTGRAPH_DATA:-./data}
database=${RESULTGRAPH_DATABASE:-sqlite:$data/resultgraph.db}
[ -d "$backup/blobs" ] || { echo "$backup is not a backup: it has no folder blobs" >&2; exit 1; }
mkdir -p "$data"
[ -z "$(ls -A "$data")" ] || { echo "$data is not empty: move its files away, or set RESULTGRAPH_DATA" >&2; exit 1; }

# Versions rise above all numbers that were given out after the backup. Otherwise clients could take a response of
# that time for the current one, and miss changes.
raise="UPDATE course_version SET version = version + 1000000; UPDATE counter SET value = value + 1000000 WHERE name = 'directory';"

case $database in
  sqlite:*)
    path=${database#sqlite:}; path=${path#//}
    [ ! -e "$path" ] || { echo "$path exists: move it away" >&2; exit 1; }
    cp "$backup/resultgraph.db" "$path"
    sqlite3 "$path" "$raise"
    ;;
  *)
    pg_restore --no-owner --no-privileges --single-transaction --exit-on-error --dbname="$database" "$backup/resultgraph.dump"
    psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --dbname="$database" --command="$raise" --command=ANALYZE
    ;;
esac
rsync -rp "$backup/blobs/" "$data/blobs/"
if [ -f "$backup/secret.key" ]; then cp -p "$backup/secret.key" "$data/"; fi
echo "restored: run “resultgraph check” before you start the server"
