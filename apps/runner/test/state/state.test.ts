import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { NO_LIMITS } from '../../src/budget/budget.ts'
import { startOutbox } from '../../src/outbox/client.ts'
import { openState } from '../../src/state/state.ts'
import { temporaryFolder } from '../support/folders.ts'
import { itemOf, outboxOptions } from '../support/outboxes.ts'
import { openTestState } from '../support/states.ts'

const HOUR_MS = 3_600_000
const NOW = Date.parse('2026-11-24T12:00:00Z')
const KEPT = {
  model: 'm',
  failures: 5,
  restsUntilMs: NOW + HOUR_MS,
  attemptedMs: NOW - 5,
  reason: 'hard_model: gone',
}
const UNLIMITED = { total: NO_LIMITS, providers: {} }

test('what is known of a model and where the slots lie outlives the process, until it is forgotten', () => {
  const folder = temporaryFolder()
  const before = openTestState(folder)
  before.keepModel('groq', KEPT, NOW)
  before.keepModel('groq', { ...KEPT, failures: 6 }, NOW)
  before.keepAnchor('groq', NOW - HOUR_MS)
  before.close()
  const after = openTestState(folder)
  expect(after.readModels('groq', NOW + 1)).toEqual({
    anchorMs: NOW - HOUR_MS,
    models: [{ ...KEPT, failures: 6 }],
  })
  expect(after.readModels('openai', NOW + 1)).toEqual({ anchorMs: null, models: [] })
  after.forgetModel('groq', 'm')
  expect(after.readModels('groq', NOW + 3).models).toEqual([])
})

test('what was not renewed for two days says nothing any more', () => {
  const state = openTestState(temporaryFolder())
  state.keepModel('groq', KEPT, NOW)
  expect(state.readModels('groq', NOW + 48 * HOUR_MS).models).toHaveLength(1)
  expect(state.readModels('groq', NOW + 48 * HOUR_MS + 1).models).toEqual([])
})

test('a state of the first version is brought forward, with what it holds', () => {
  const folder = temporaryFolder()
  const first = new DatabaseSync(join(folder, 'state.sqlite'))
  first.exec(`
    CREATE TABLE spending (day TEXT NOT NULL, provider TEXT NOT NULL, requests INTEGER NOT NULL,
      output_tokens INTEGER NOT NULL, nano_usd INTEGER NOT NULL, unpriced_requests INTEGER NOT NULL,
      PRIMARY KEY (day, provider)) STRICT;
    CREATE TABLE reservations (id TEXT PRIMARY KEY, day TEXT NOT NULL, provider TEXT NOT NULL,
      requests INTEGER NOT NULL, output_tokens INTEGER NOT NULL, nano_usd INTEGER) STRICT;
    CREATE TABLE streaks (provider TEXT NOT NULL, model TEXT NOT NULL, failures INTEGER NOT NULL,
      rests_until INTEGER, kept_at INTEGER NOT NULL, PRIMARY KEY (provider, model)) STRICT;
    INSERT INTO spending VALUES ('2026-11-24', 'groq', 3, 64, 0, 3);
    INSERT INTO streaks VALUES ('groq', 'm', 4, NULL, ${NOW});
    PRAGMA user_version = 1`)
  first.close()
  const { state, movedTo } = openState(folder, NOW)
  expect(movedTo).toBeNull()
  expect(state.readModels('groq', NOW).models).toEqual([
    { model: 'm', failures: 4, restsUntilMs: null, attemptedMs: null, reason: null },
  ])
  expect(state.readSpending('2026-11-24')).toMatchObject([{ provider: 'groq', requests: 3 }])
  state.close()
})

test('a damaged state is moved aside with its name kept, and results are delivered all the same', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'state.sqlite'), 'this is no database at all, and long enough to be looked at')
  const outbox = await startOutbox(outboxOptions(folder), NOW)
  expect(outbox.stateReport).toEqual({
    movedTo: join(folder, 'state.sqlite.damaged-20261124T120000.000Z'),
    fault: null,
  })
  expect(existsSync(outbox.stateReport.movedTo ?? '')).toBe(true)
  expect(await outbox.readSpending('2026-11-24')).toEqual([])
  await outbox.close()
})

test('a state that cannot be opened is tried again at each use, and the outbox works meanwhile', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'state.sqlite'))
  const outbox = await startOutbox(outboxOptions(folder), NOW)
  expect(outbox.stateReport.fault).toMatch(/unable to open/)
  const reservation = {
    id: 'a',
    day: '2026-11-24',
    provider: 'groq',
    asked: { requests: 1, outputTokens: 1, nanoUsd: null },
  }
  await expect(outbox.reserveBudget(reservation, UNLIMITED)).rejects.toThrow(/unable to open/)
  await outbox.add(itemOf('one'), NOW)
  expect((await outbox.status()).depth).toBe(1)
  rmdirSync(join(folder, 'state.sqlite'))
  expect(await outbox.reserveBudget(reservation, UNLIMITED)).toBeNull()
  await outbox.close()
})

test('a state of a newer runner is refused and left as it is', () => {
  const folder = temporaryFolder()
  openTestState(folder).close()
  const database = new DatabaseSync(join(folder, 'state.sqlite'))
  database.exec('PRAGMA user_version = 3')
  database.close()
  expect(() => openState(folder, NOW)).toThrow(
    'The state was written by a newer runner (version 3); this one reads 2',
  )
  expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([])
})
