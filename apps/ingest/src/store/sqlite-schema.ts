/** Times are integers, milliseconds since 1970; documents are JSON with ISO times. Views carry the historic names. */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS results (
  result_id TEXT NOT NULL PRIMARY KEY,
  content_sha256 TEXT NOT NULL,
  collection TEXT NOT NULL,
  provider TEXT NOT NULL,
  model_name TEXT NOT NULL,
  run_ts INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  document TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS results_by_model ON results (collection, provider, model_name, run_ts DESC);
CREATE INDEX IF NOT EXISTS results_by_time ON results (collection, run_ts DESC);
CREATE INDEX IF NOT EXISTS results_by_arrival ON results (received_at);
CREATE VIEW IF NOT EXISTS metrics_cloud_v2 AS SELECT * FROM results WHERE collection = 'metrics_cloud_v2';
CREATE VIEW IF NOT EXISTS metrics_cloud_probe AS SELECT * FROM results WHERE collection = 'metrics_cloud_probe';

CREATE TABLE IF NOT EXISTS result_summaries (
  id TEXT NOT NULL PRIMARY KEY,
  document TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS errors_cloud (
  result_id TEXT NOT NULL PRIMARY KEY,
  content_sha256 TEXT NOT NULL,
  provider TEXT NOT NULL,
  model_name TEXT NOT NULL,
  ts INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  stage TEXT NOT NULL,
  error_kind TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  document TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS errors_by_model ON errors_cloud (provider, model_name, ts DESC, error_kind);
CREATE INDEX IF NOT EXISTS errors_by_fingerprint ON errors_cloud (fingerprint, ts DESC);
CREATE INDEX IF NOT EXISTS errors_by_arrival ON errors_cloud (received_at);
CREATE TABLE IF NOT EXISTS error_rollups (
  fingerprint TEXT NOT NULL PRIMARY KEY,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  count INTEGER NOT NULL,
  document TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS error_summaries (
  fingerprint TEXT NOT NULL PRIMARY KEY,
  rows INTEGER NOT NULL,
  first_seen INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS models (
  provider TEXT NOT NULL,
  model_id TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (provider, model_id)
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS models_enabled_any_case
  ON models (provider COLLATE NOCASE, model_id COLLATE NOCASE) WHERE enabled = 1;

CREATE TABLE IF NOT EXISTS model_touches (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  provider TEXT NOT NULL,
  model_id TEXT NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS model_inserted AFTER INSERT ON models BEGIN
  INSERT INTO model_touches (provider, model_id) VALUES (new.provider, new.model_id);
END;
CREATE TRIGGER IF NOT EXISTS model_updated AFTER UPDATE ON models BEGIN
  INSERT INTO model_touches (provider, model_id)
    VALUES (old.provider, old.model_id), (new.provider, new.model_id);
END;
CREATE TRIGGER IF NOT EXISTS model_deleted AFTER DELETE ON models BEGIN
  INSERT INTO model_touches (provider, model_id) VALUES (old.provider, old.model_id);
END;
CREATE TRIGGER IF NOT EXISTS model_touched AFTER INSERT ON model_touches BEGIN
  DELETE FROM model_touches WHERE number <= new.number - 1000;
END;

CREATE TABLE IF NOT EXISTS model_changes (
  provider TEXT NOT NULL,
  model_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  document TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS model_changes_by_model ON model_changes (provider, model_id, at DESC);
CREATE TABLE IF NOT EXISTS bench_model_health (
  provider TEXT NOT NULL,
  model_id TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (provider, model_id)
) STRICT;

CREATE TABLE IF NOT EXISTS provider_catalog (
  provider TEXT NOT NULL,
  model_id TEXT NOT NULL,
  name TEXT,
  raw TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  PRIMARY KEY (provider, model_id)
) STRICT;
CREATE TABLE IF NOT EXISTS bench_discovery_runs (
  id TEXT NOT NULL PRIMARY KEY,
  document TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS discovery_runs_by_provider
  ON bench_discovery_runs (document ->> 'provider', document ->> 'finished_at' DESC);
CREATE TABLE IF NOT EXISTS provider_catalog_changes (
  provider TEXT NOT NULL,
  model_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  fields TEXT NOT NULL,
  PRIMARY KEY (provider, model_id)
) STRICT;
CREATE TABLE IF NOT EXISTS bench_runner_heartbeats (
  runner_id TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  document TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS api_keys (
  id TEXT NOT NULL PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  runner TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;
`
