/** The tables of what the runner remembers between two starts beside its results. */
import type { Layout } from '../outbox/database.ts'

/** The file in the state directory. */
export const STATE_FILE = 'state.sqlite'

/** Where each provider's slots lie: a restart goes on with them. */
const GRIDS = 'CREATE TABLE grids (provider TEXT PRIMARY KEY, anchor INTEGER NOT NULL) STRICT'

/**
 * `spending` holds what is reserved as well: a reservation that is never settled, because the process was killed,
 * counts as spent in full without anybody doing anything.
 */
export const STATE_LAYOUT: Layout = {
  name: 'state',
  version: 2,
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
  attempted_at INTEGER,
  reason TEXT,
  PRIMARY KEY (provider, model)
) STRICT;
${GRIDS}`,
  migrations: {
    1: `ALTER TABLE streaks ADD COLUMN attempted_at INTEGER; ALTER TABLE streaks ADD COLUMN reason TEXT; ${GRIDS}`,
  },
  probes: [
    'SELECT day, provider, requests, output_tokens, nano_usd, unpriced_requests FROM spending LIMIT 1',
    'SELECT id, day, provider, requests, output_tokens, nano_usd FROM reservations LIMIT 1',
    'SELECT provider, model, failures, rests_until, kept_at, attempted_at, reason FROM streaks LIMIT 1',
    'SELECT provider, anchor FROM grids LIMIT 1',
  ],
}
