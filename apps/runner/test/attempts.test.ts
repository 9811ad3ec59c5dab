import { createMeasurer, findProvider } from '@llmbench/providers'
import type { Provider } from '@llmbench/providers'
import { afterAll, expect, test } from 'vitest'
import { createAttempts } from '../src/attempts.ts'
import type { AttemptsParts } from '../src/attempts.ts'
import type { Attempted } from '../src/attempt.ts'
import { createFloor } from '../src/calibrate/floor.ts'
import { systemClock } from '../src/clock.ts'
import { createHosts } from '../src/hosts.ts'
import { createSecrets } from '../src/secrets.ts'
import { startProvider, streamTwoTokens } from './support/providers.ts'

const NEVER = new AbortController().signal
const SLOT = { attempt: 1, attemptGroup: 'group-0001', scheduledAt: null }
const ITEM = { model: 'm', metadata: {} }
const TARGET = { provider: findProvider('groq') as Provider, mode: null, profile: null }

const measurer = createMeasurer()
afterAll(() => measurer.close())

async function makeAttempts(
  differences: Partial<AttemptsParts>,
  environment?: Readonly<Record<string, string>>,
) {
  let asked = 0
  const address = await startProvider((request, response) => {
    asked += 1
    streamTwoTokens(request, response)
  })
  const recorded: Attempted[] = []
  const attempt = createAttempts({
    attempt: {
      measurer,
      hosts: createHosts(),
      allowedBaseUrls: [],
      environment: environment ?? { GROQ_API_KEY: 'groq-key-0123456789', GROQ_BASE_URL: address },
      secrets: createSecrets(),
      clock: systemClock,
      newId: () => 'result-0001',
      region: null,
      version: '0.1.0',
    },
    budget: null,
    record: (attempted) => {
      recorded.push(attempted)
      return Promise.resolve()
    },
    calibration: null,
    ...differences,
  })
  return { attempt, recorded, asked: () => asked }
}

test('while the runner’s own error is above its limit every row and its tape say so', async () => {
  const calibration = { floor: createFloor(), taint: () => 'calibration_above_limit' }
  const { attempt, recorded } = await makeAttempts({ calibration })
  await attempt(TARGET, ITEM, SLOT, NEVER)
  expect(recorded[0]?.document.quality?.tainted).toContain('calibration_above_limit')
  expect(recorded[0]?.tape?.quality).toEqual(recorded[0]?.document.quality)
  expect(calibration.floor.inside()).toBe(0)
})

test('a run waits for the floor, and one that is stopped while it waits is never made', async () => {
  const floor = createFloor()
  const { attempt, recorded, asked } = await makeAttempts({ calibration: { floor, taint: () => null } })
  const leave = await floor.takeAlone(NEVER)
  const stop = new AbortController()
  const stopped = attempt(TARGET, ITEM, SLOT, stop.signal)
  const waiting = attempt(TARGET, ITEM, SLOT, NEVER)
  stop.abort()
  expect(await stopped).toEqual({ notMade: 'the runner was stopped before' })
  expect(asked()).toBe(0)
  leave?.()
  expect(await waiting).toHaveProperty('document.outcome', 'length')
  expect([recorded.length, asked()]).toEqual([1, 1])
})

test('a request without the budget’s leave is not made, and the floor is free again', async () => {
  const floor = createFloor()
  const { attempt, asked } = await makeAttempts({
    budget: { reserve: () => Promise.resolve({ notMade: 'spent' }) },
    calibration: { floor, taint: () => null },
  })
  expect(await attempt(TARGET, ITEM, SLOT, NEVER)).toEqual({ notMade: 'spent' })
  expect([asked(), floor.inside()]).toEqual([0, 0])
})

test('runs at two vendors of one machine do not overlap, and neither is disturbed', async () => {
  let open = 0
  let most = 0
  const serve = (): Promise<string> =>
    startProvider((request, response) => {
      open += 1
      most = Math.max(most, open)
      response.on('close', () => (open -= 1))
      streamTwoTokens(request, response)
    })
  const environment = {
    GROQ_API_KEY: 'groq-key-0123456789',
    GROQ_BASE_URL: await serve(),
    VLLM_BASE_URL: (await serve()).replace('127.0.0.1', 'localhost'),
  }
  const { attempt } = await makeAttempts({}, environment)
  const targets = ['groq', 'vllm', 'groq', 'vllm'].map((slug) =>
    Object.assign({}, TARGET, { provider: findProvider(slug) as Provider }),
  )
  await Promise.all(targets.map((target) => attempt(target, ITEM, SLOT, NEVER)))
  expect(most).toBe(1)
})

test.each([
  ['is missing', {}, 'unknown'],
  [
    'names a host that is no URL',
    { GROQ_API_KEY: 'groq-key-0123456789', GROQ_BASE_URL: 'nowhere' },
    'unknown',
  ],
])(
  'an access that %s is a failed attempt, and says nothing against the key',
  async (_title, environment, kind) => {
    const { attempt } = await makeAttempts({}, environment)
    const made = await attempt(TARGET, ITEM, SLOT, NEVER)
    expect(made).toMatchObject({ document: { error_kind: kind, phase: 'connect' } })
  },
)
