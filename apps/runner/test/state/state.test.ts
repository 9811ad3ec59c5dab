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
const STREAK = { model: 'm', failures: 5, restsUntilMs: NOW + HOUR_MS }
const UNLIMITED = { total: NO_LIMITS, providers: {} }

test('a streak outlives the process, and ends with a success', () => {
  const folder = temporaryFolder()
  const before = openTestState(folder)
  before.keepStreak('groq', STREAK, NOW)
  before.keepStreak('groq', { ...STREAK, failures: 6 }, NOW)
  before.close()
  const after = openTestState(folder)
  expect(after.readStreaks('groq', NOW + 1)).toEqual([{ ...STREAK, failures: 6 }])
  expect(after.readStreaks('openai', NOW + 1)).toEqual([])
  after.keepStreak('groq', { model: 'm', failures: 0, restsUntilMs: null }, NOW + 2)
  expect(after.readStreaks('groq', NOW + 3)).toEqual([])
})

test('a streak that was not renewed for two days says nothing any more', () => {
  const state = openTestState(temporaryFolder())
  state.keepStreak('groq', STREAK, NOW)
  expect(state.readStreaks('groq', NOW + 48 * HOUR_MS)).toHaveLength(1)
  expect(state.readStreaks('groq', NOW + 48 * HOUR_MS + 1)).toEqual([])
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
  database.exec('PRAGMA user_version = 2')
  database.close()
  expect(() => openState(folder, NOW)).toThrow(
    'The state was written by a newer runner (version 2); this one reads 1',
  )
  expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([])
})
