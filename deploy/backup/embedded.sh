#!/usr/bin/env bash
# Copies the embedded store while the ingest runs:  embedded.sh STORE COPY
# The copy is one consistent moment, checked, and written in one step: a COPY that is there is whole.
set -euo pipefail
usage='embedded.sh STORE COPY, such as: embedded.sh data/llmbench.sqlite backup/2027-01-31.sqlite'
[ $# -eq 2 ] || { echo "$usage" >&2 && exit 2; }
store=$1 copy=$2
[ -f "$store" ] || { echo "embedded.sh: $store should be the file of the store" >&2 && exit 2; }
[ ! -e "$copy" ] || { echo "embedded.sh: $copy is there already" >&2 && exit 2; }

# Node with its own SQLite (24 or newer): the project brings one, and so does a packed release.
top=$(cd "$(dirname "$0")/../.." && pwd)
for node in "$top/bin/node" "$top/node_modules/.bin/node" node; do
  if [ -x "$node" ]; then break; fi
done
umask 077
trap 'rm -f "$copy.new"' EXIT
rm -f "$copy.new"
# shellcheck disable=SC2016 # the braces are JavaScript's
"$node" -e '
  const { DatabaseSync } = require("node:sqlite")
  const [store, copy] = process.argv.slice(1)
  const open = new DatabaseSync(store)
  open.exec("PRAGMA busy_timeout = 10000")
  open.prepare("VACUUM INTO ?").run(copy)
  // Takes away the -wal and -shm that it made where the ingest does not run: they would be of this user.
  open.close()
  const [{ integrity_check: verdict }] = new DatabaseSync(copy, { readOnly: true }).prepare("PRAGMA integrity_check").all()
  if (verdict !== "ok") throw new Error(`The copy is damaged: ${verdict}`)
' "$store" "$copy.new"
sync "$copy.new"
mv "$copy.new" "$copy"
ls -l "$copy"
