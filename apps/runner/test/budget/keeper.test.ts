import { findProfile } from '@llmbench/providers'
import type { Profile, RunDocument } from '@llmbench/providers'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { NO_LIMITS } from '../../src/budget/budget.ts'
import type { Limits } from '../../src/budget/budget.ts'
import { createBudgetKeeper } from '../../src/budget/keeper.ts'
import { startOutbox } from '../../src/outbox/client.ts'
import { temporaryFolder } from '../support/folders.ts'
import { outboxOptions } from '../support/outboxes.ts'

const NOON = Date.parse('2026-11-24T12:00:00Z')
const PROFILE = findProfile('cloud-default-v1') as Profile
const DOCUMENT: RunDocument = {
  result_id: 'result-1',
  metrics_schema_version: 3,
  provider: 'groq',
  model_name: 'm',
  run_ts: '2026-11-24T12:00:00.000Z',
  generate_time: 1,
  output_tokens: 10,
  tokens_per_second: 10,
  outcome: 'completed',
}

async function openKeeper(groq: Partial<Limits>, folder = temporaryFolder()) {
  const outbox = await startOutbox(outboxOptions(folder), NOON)
  onTestFinished(() => outbox.close())
  const logs: string[] = []
  const time = { wallMs: NOON }
  let ids = 0
  const keeper = createBudgetKeeper({
    outbox,
    budgets: { total: NO_LIMITS, providers: { groq: { ...NO_LIMITS, ...groq } } },
    clock: { wallMs: () => time.wallMs, monotonicMs: () => 0 },
    newId: () => `reservation-${ids++}`,
    logger: pino({}, { write: (line: string) => logs.push(line) }),
  })
  return { keeper, logs, time, outbox }
}

test('the cap is said once, told as long as it lasts, and over with the next UTC day', async () => {
  const { keeper, logs, time } = await openKeeper({ requests: 1 })
  const permit = await keeper.reserve('groq', 'm', PROFILE, [])
  if ('notMade' in permit) throw new Error(permit.notMade)
  await permit.settle(DOCUMENT)
  for (let n = 0; n < 3; n++) {
    expect(await keeper.reserve('groq', 'm', PROFILE, [])).toEqual({ notMade: keeper.refusedAt('groq') })
  }
  expect(logs.filter((line) => line.includes('the budget leaves no room'))).toHaveLength(1)
  expect((await keeper.report()).providers['groq']).toEqual({
    requests: 1,
    requests_limit: 1,
    output_tokens: 10,
    output_tokens_limit: null,
    usd: 0,
    usd_limit: null,
    unpriced_requests: 1,
    refused: expect.stringMatching(/^the day's budget of groq, 1 requests/),
  })
  time.wallMs = Date.parse('2026-11-25T00:00:00Z')
  expect(await keeper.reserve('groq', 'm', PROFILE, [])).toHaveProperty('settle')
  expect(keeper.refusedAt('groq')).toBeNull()
  expect(logs.at(-1)).toMatch(/The budget has room again/)
})

test('a disk that cannot keep what is spent lets nothing leave where a limit is set, and everything where none is', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'state.sqlite'))
  const { keeper, logs } = await openKeeper({ requests: 1 }, folder)
  expect(await keeper.reserve('groq', 'm', PROFILE, [])).toEqual({
    notMade: expect.stringMatching(/cannot be kept, and a budget is set: .*unable to open/),
  })
  const permit = await keeper.reserve('openai', 'm', PROFILE, [])
  expect(permit).toHaveProperty('settle')
  expect(logs.at(-1)).toMatch(/"provider":"openai".*What is spent cannot be counted/)
})

test('a model without a price under a budget in money is announced, once', async () => {
  const { keeper, logs } = await openKeeper({ nanoUsd: 5_000_000_000 })
  for (const model of ['a', 'a', 'b']) await keeper.reserve('groq', model, PROFILE, [])
  await keeper.reserve('openai', 'c', PROFILE, [])
  const told = logs.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(told.map(({ msg, model }) => [msg, model])).toEqual([
    ['A money budget does not limit this model', 'a'],
    ['A money budget does not limit this model', 'b'],
  ])
})
