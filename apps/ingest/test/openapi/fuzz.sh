#!/usr/bin/env bash
# Schemathesis against the ingest: requests made from its own OpenAPI document, good and bad; no 5xx and no answer that
# the document does not name. `apps/ingest/test/openapi/fuzz.sh [SEED]` in the project's root; needs python3, 2 minutes.
set -euo pipefail
seed="${1:-1}"
scratch="$(mktemp -d)"
key="a-key-of-the-property-test"
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet schemathesis==4.32.5

export INGEST_API_KEY="$key" RUNNER_CONFIG_TOKEN="$key" PORT=0 STORE_PATH="$scratch/store.sqlite"
export RATE_LIMIT_PER_MINUTE=1000000 FAILED_LOGINS_PER_MINUTE=1000
node apps/ingest/src/main.ts 2>"$scratch/log" &
service=$!
trap 'kill "$service"; wait "$service" || true; rm -rf "$scratch"' EXIT
until grep -q '"msg":"listening"' "$scratch/log"; do kill -0 "$service"; sleep 0.1; done
address="$(grep -o 'http://[^"]*' "$scratch/log" | head -1)"

cd "$scratch"
venv/bin/schemathesis run "$address/openapi.json" --seed "$seed" --max-examples 60 -H "X-API-Key: $key" \
  --phases examples,coverage,fuzzing \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance
