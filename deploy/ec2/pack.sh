#!/usr/bin/env bash
# Packs the committed runner, its production dependencies and Node itself into one file that needs nothing else on the
# host:  deploy/ec2/pack.sh [x64|arm64] [FOLDER]  prints the file's name and its SHA-256.
set -euo pipefail
arch=${1:-x64}
out=$(realpath "${2:-.}")
cd "$(dirname "$0")/../.."

case $arch in x64 | arm64) ;; *) echo "pack.sh: $arch should be x64 or arm64" >&2 && exit 2 ;; esac
pnpm=$(sed -n 's/.*npm install --global \(pnpm@[0-9.]*\)$/\1/p' docker/runner.Dockerfile)
version=$(sed -n 's/.*"version": "\(.*\)".*/\1/p' apps/runner/package.json)
commit=$(git rev-parse --short=12 HEAD)
id=$version-$commit-$arch

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/llmbench-runner
mkdir -p "$tree/bin"
git archive HEAD package.json pnpm-workspace.yaml pnpm-lock.yaml packages apps/runner deploy/ec2 \
  ':(exclude,glob)**/test/**' | tar -x -C "$tree"
(cd "$tree" && npx -y "$pnpm" install --frozen-lockfile --prod --os linux --cpu "$arch" --libc glibc \
  --filter '@llmbench/runner...') >&2
# The Node that the workspace pins, for that processor.
mv "$tree/node_modules/node-linux-$arch/bin/node" "$tree/bin/node"
rm -r "$tree"/node_modules/node-linux-* "$tree"/node_modules/.pnpm/node-linux-*
printf '%s\n' "$id" >"$tree/release"

file=$out/llmbench-runner-$id.tar.gz
tar -C "$scratch" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" \
  -cf - llmbench-runner | gzip -n >"$file"
sha256sum "$file"
