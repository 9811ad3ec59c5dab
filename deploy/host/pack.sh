#!/usr/bin/env bash
# Packs the committed ingest or runner, its production dependencies and Node itself into one file that needs nothing
# else on the host:  deploy/host/pack.sh ingest|runner [x64|arm64] [FOLDER]  prints the SHA-256 and the file's name.
# Without a processor it packs for this machine's.
set -euo pipefail
app=${1:-}
arch=${2:-$(uname -m | sed 's/x86_64/x64/;s/aarch64/arm64/')}
out=$(realpath "${3:-.}")
cd "$(dirname "$0")/../.."

case $app in ingest | runner) ;; *) echo "pack.sh: '$app' should be ingest or runner" >&2 && exit 2 ;; esac
case $arch in x64 | arm64) ;; *) echo "pack.sh: $arch should be x64 or arm64" >&2 && exit 2 ;; esac
pnpm=$(sed -n 's/.*npm install --global \(pnpm@[0-9.]*\)$/\1/p' "docker/$app.Dockerfile")
version=$(sed -n 's/.*"version": "\(.*\)".*/\1/p' "apps/$app/package.json")
commit=$(git rev-parse --short=12 HEAD)
id=$version-$commit-$arch

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/llmbench-$app
mkdir -p "$tree/bin"
git archive HEAD package.json pnpm-workspace.yaml pnpm-lock.yaml packages "apps/$app" deploy/host deploy/backup \
  ':(exclude,glob)**/test/**' | tar -x -C "$tree"
(cd "$tree" && npx -y "$pnpm" install --frozen-lockfile --prod --os linux --cpu "$arch" --libc glibc \
  --filter "@llmbench/$app...") >&2
# The Node that the workspace pins, for that processor.
mv "$tree/node_modules/node-linux-$arch/bin/node" "$tree/bin/node"
rm -r "$tree"/node_modules/node-linux-* "$tree"/node_modules/.pnpm/node-linux-*
printf '%s\n' "$id" >"$tree/release"

file=$out/llmbench-$app-$id.tar.gz
tar -C "$scratch" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" \
  -cf - "llmbench-$app" | gzip -n >"$file"
sha256sum "$file"
