#!/usr/bin/env bash
# Makes docker/secrets (or the folder given): random keys and passwords, one file each. What is there stays as it is,
# so it may be run again. The folder is closed to everybody but its owner; the files in it are readable, because the
# users inside the containers are others than the host's.
set -euo pipefail
folder=${1:-"$(cd "$(dirname "$0")" && pwd)/secrets"}

if [ -L "$folder" ]; then
  echo "setup: $folder is a link; it should be a folder" >&2
  exit 2
fi
umask 022
mkdir -p "$folder"
chmod 0700 "$folder"
mkdir -p "$folder/keys" "$folder/mongo"

# Letters and digits only: a password is part of a URL.
random() { head -c 256 /dev/urandom | base64 -w 0 | tr -dc 'a-zA-Z0-9' | head -c "$1"; }

make() {
  local file="$folder/$1" text="$2"
  [ -e "$file" ] && return
  printf '%s\n' "$text" >"$file.new"
  mv "$file.new" "$file"
  echo "made $file"
}

make keys/ingest-api-key "$(random 48)"
make keys/runner-config-token "$(random 48)"
make mongo/root-password "$(random 48)"
make mongo/ingest-password "$(random 48)"
make mongo/keyfile "$(random 128)"
password=$(cat "$folder/mongo/ingest-password")
make ingest.env "MONGODB_URI=mongodb://llmbench:$password@mongo:27017/llm-bench?replicaSet=rs0&authSource=admin"
make runner.env '# One line for each provider, such as GROQ_API_KEY=… ; a provider without its key is left out.'
