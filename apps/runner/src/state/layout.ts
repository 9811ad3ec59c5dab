/** The tables of what the runner remembers between two starts beside its results. */
import type { Layout } from '../outbox/database.ts'

/** The file in the state directory. */
export const STATE_FILE = 'state.sqlite'

/**
 * `spending` holds what is reserved as well: a reservation that is never settled, because the process was killed,
 * counts as spent in full without anybody doing anything.
 */
export const STATE_LAYOUT: Layout = {
  name: 'state',
  version: 1,
  schema: `
CREATE TABLE spending (
  day TEXT NOT NULL,
  provider TEXT NOT NULL,
  requests INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  nano_usd INTEGER NOT NULL,
  unpriced_requests INTEGER NOT NULL,
  PRIMARY KEY (day, provider)
) STRICT;
CREATE TABLE reservations (
  id TEXT PRIMARY KEY,
  day TEXT NOT NULL,
  provider TEXT NOT NULL,
  requests INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  nano_usd INTEGER
) STRICT;
CREATE TABLE streaks (
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  failures INTEGER NOT NULL,
  rests_until INTEGER,
  kept_at INTEGER NOT NULL,
  PRIMARY KEY (provider, model)
) STRICT`,
  probes: [
    'SELECT day, provider, requests, output_tokens, nano_usd, unpriced_requests FROM spending LIMIT 1',
    'SELECT id, day, provider, requests, output_tokens, nano_usd FROM reservations LIMIT 1',
    'SELECT provider, model, failures, rests_until, kept_at FROM streaks LIMIT 1',
  ],
}
