# A throw-away PgBouncer. The tests start this shell as a user who is not root, and hold its standard input.
# Arguments: the program, and the folder to put its files into.
# Input: the lines of pgbouncer.ini, then "end". When the input ends, however its holder came to an end, the pooler stops and its
# folder goes.
trap '' INT TERM HUP
umask 077
exec 2>&1
home=$(mktemp -d "$2/millpond-pgbouncer-XXXXXX") || exit 1
cd "$home" || exit 1
while IFS= read -r line && [ "$line" != end ]; do printf '%s\n' "$line"; done > pgbouncer.ini
"$1" --quiet pgbouncer.ini > log 2>&1 < /dev/null &
while read -r _; do :; done
cat log
kill -KILL $!
wait
cd / && rm -rf "$home"
