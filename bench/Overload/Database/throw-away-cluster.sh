# A PostgreSQL cluster for one run. Arguments: the folder of PostgreSQL's programs, the folder to put the cluster into, the port.
# Input: the password. The answer is "done", or the end of the server's log and "failed". When the input ends, however its holder
# came to an end, the server stops and its folder goes.
trap '' INT TERM HUP
umask 077
exec 2>&1
bin=$1
home=$(mktemp -d "$2/millpond-overload-XXXXXX") || exit 1
data=$home/data
log=$home/log
cd "$home" || exit 1

make() {
  IFS= read -r password &&
  printf '%s' "$password" > password &&
  "$bin/initdb" --pgdata="$data" --username=postgres --pwfile=password --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C --wal-segsize=1 --no-sync > "$log" < /dev/null &&
  rm password &&
  cat >> "$data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
port = $1
unix_socket_directories = ''
max_connections = 100
shared_buffers = 64MB
max_wal_size = 256MB
wal_level = minimal
max_wal_senders = 0
fsync = off
full_page_writes = off
END
}

start() { "$bin/pg_ctl" start --pgdata="$data" --log="$log" --wait --timeout=60 --silent < /dev/null > /dev/null; }
if make "$3" && start; then echo done; else tail -n 20 "$log"; echo failed; fi
while read -r _; do :; done

[ ! -e "$data/postmaster.pid" ] ||
  "$bin/pg_ctl" stop --pgdata="$data" --mode=immediate --wait --timeout=60 --silent < /dev/null > /dev/null
cd / && rm -rf "$home"
