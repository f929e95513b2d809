# A throw-away PostgreSQL cluster. The tests start this shell as a user who is not root, and hold its standard input.
# Arguments: the folder of PostgreSQL's programs, the folder to put the cluster into, the port, and settings of the test's own.
# MILLPOND_STANDBY_OF: the port of a cluster to copy and to follow, whose superuser has the same password.
# Input: the password, then the words start, fast, immediate, promote and "keep SECONDS", one a line. Each is answered with "done",
# or with the end of the server's log and "failed". When the input ends, however its holder ended, the server stops and its folder
# is deleted.
trap '' INT TERM HUP
umask 077
exec 2>&1
bin=$1
port=$3
scratch=$2
shift 3
home=$(mktemp -d "$scratch/millpond-postgres-XXXXXX") || exit 1
data=$home/data
log=$home/log
cd "$home" || exit 1
settings=$(printf '%s\n' "$@")

copy() {
  IFS= read -r password &&
  PGPASSWORD=$password "$bin/pg_basebackup" --host=127.0.0.1 --port="$MILLPOND_STANDBY_OF" --username=postgres \
    --pgdata="$data" --write-recovery-conf --wal-method=stream --checkpoint=fast --no-sync > "$log" 2>&1 < /dev/null &&
  printf "primary_conninfo = 'host=127.0.0.1 port=%s user=postgres password=%s'\nport = %s\n" \
    "$MILLPOND_STANDBY_OF" "$password" "$port" >> "$data/postgresql.auto.conf"
}

make() {
  IFS= read -r password &&
  printf '%s' "$password" > password &&
  "$bin/initdb" --pgdata="$data" --username=postgres --pwfile=password --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C --wal-segsize=1 --no-sync > "$log" < /dev/null &&
  rm password &&
  cat >> "$data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
max_connections = 300
shared_buffers = 64MB
max_wal_size = 128MB
min_wal_size = 16MB
wal_level = minimal
max_wal_senders = 0
fsync = off
full_page_writes = off
$settings
END
}

start() { "$bin/pg_ctl" start --pgdata="$data" --log="$log" --wait --timeout=60 --silent < /dev/null > /dev/null; }
stop() { "$bin/pg_ctl" stop --pgdata="$data" --mode="$1" --wait --timeout=60 --silent < /dev/null > /dev/null; }
obey() { if "$@"; then echo done; else tail -n 20 "$log"; echo failed; fi; }

promote() { "$bin/pg_ctl" promote --pgdata="$data" --wait --timeout=60 --silent < /dev/null > /dev/null; }

if [ -n "$MILLPOND_STANDBY_OF" ]; then obey copy; else obey make; fi
keep=
while read -r word seconds; do
  case $word in
    keep) keep=$seconds; echo done ;;
    start) obey start ;;
    fast | immediate) obey stop "$word" ;;
    promote) obey promote ;;
  esac
done

# Somebody wants to look at a database in it. Nothing may keep the parent's pipes open meanwhile.
exec > /dev/null 2>&1
[ -z "$keep" ] || sleep "$keep"
[ ! -e "$data/postmaster.pid" ] || stop immediate
cd / && rm -rf "$home"
