#!/usr/bin/env bash
# Copies MongoDB's files out of the running container, or puts them back.
#   mongo.sh backup FILE.tar.gz     writes are held for as long as it takes; runners keep what they measure meanwhile
#   mongo.sh restore FILE.tar.gz    everything that is in the database now is replaced
set -euo pipefail
[ $# -eq 2 ] && [[ $1 =~ ^(backup|restore)$ ]] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2 && exit 2; }
action=$1 file=$(realpath -m "$2")
cd "$(dirname "$0")/../.."
compose() { docker compose --file docker/compose.yaml "$@"; }

# The password is read inside the container, from its file.
shell() {
  compose exec -T mongo mongosh --quiet --norc 'mongodb://127.0.0.1:27017/admin?directConnection=true' --eval \
    "db.auth('root', require('fs').readFileSync('/run/secrets/llmbench/root-password', 'utf8').trim()); $1"
}

backup() {
  [ ! -e "$file" ] || { echo "mongo.sh: $file is there already" >&2 && exit 2; }
  umask 077
  trap 'shell "db.fsyncUnlock()" >/dev/null; rm -f "$file.new"' EXIT
  shell 'if (!db.fsyncLock().ok) quit(1)' >/dev/null
  compose exec -T mongo tar -C /data/db --exclude ./mongod.lock -cf - . | gzip >"$file.new"
  sync "$file.new"
  mv "$file.new" "$file"
  ls -l "$file"
}

restore() {
  gzip --test "$file"
  compose stop runner ingest mongo
  gzip -dc "$file" | compose run --rm --no-deps -T --entrypoint bash mongo -ec \
    'find /data/db -mindepth 1 -delete; tar -C /data/db -xf -; chown -R mongodb:mongodb /data/db'
  compose up --detach
}

"$action"
