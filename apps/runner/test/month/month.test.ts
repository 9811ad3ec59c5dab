import { beforeAll, expect, test } from 'vitest'
import { currentSlot } from '../../src/schedule.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simulateMonth } from './simulate.ts'
import type { Attempt } from './simulate.ts'
import { createWorld, DAY, HOUR, INTERVAL, isHard, LONGEST_STALL, MINUTE, MONTH } from './world.ts'
import type { SimulatedProvider } from './world.ts'

/** A month of 200 models at 12 providers, with 48 outages, 15 restarts, 6 steps of the wall clock and 4 stalls. */
const SEED = 20_261_124
const world = createWorld(SEED)
let attempts: Attempt[] = []

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'month-'))
  try {
    attempts = await simulateMonth(world, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('no slot is used twice, whatever the wall clock does', () => {
  const used = new Set<string>()
  const twice: Attempt[] = []
  for (const one of attempts.filter(({ attempt }) => attempt === 1)) {
    const { process, model, beginMs, anchorMs, slotMs } = one
    const begun = currentSlot({ anchorMs, intervalMs: INTERVAL }, beginMs)
    for (const slot of new Set([slotMs, begun])) {
      const key = `${process} ${model} ${slot}`
      if (used.has(key)) twice.push(one)
      used.add(key)
    }
  }
  expect(twice).toEqual([])
})

test('no model starves: after a success the next attempt comes within two slots, outages aside', () => {
  let gaps = 0
  const starved: Attempt[] = []
  for (const own of Map.groupBy(attempts, ({ model }) => model).values()) {
    for (const [at, one] of own.entries()) {
      const untilMs = own[at + 1]?.beginMs ?? MONTH
      if (!one.succeeded || isDisturbed(one.provider, one.beginMs, untilMs)) continue
      gaps += 1
      if (untilMs - one.beginMs > 2 * INTERVAL + LONGEST_STALL) starved.push(one)
    }
  }
  expect(starved).toEqual([])
  expect(gaps).toBeGreaterThan(200_000)
})

test('a model that fails is attempted at least each six hours, and one that cannot work daily, through every restart', () => {
  const byModel = Map.groupBy(attempts, ({ model }) => model)
  for (const provider of world.providers) {
    for (const model of provider.models) {
      const begins = (byModel.get(model) ?? []).map(({ beginMs }) => beginMs)
      const gaps = begins.map((at, n) => (begins[n + 1] ?? MONTH) - at)
      const longest = isHard(provider, model) ? DAY : 6 * HOUR
      // An outage of the key rests the whole provider, for as long as it lasts and an hour.
      const resting = Math.max(...provider.outages.map(({ fromMs, toMs }) => toMs - fromMs)) + HOUR
      expect(Math.max(...gaps), model).toBeLessThan(longest + resting + 2 * INTERVAL + LONGEST_STALL)
      if (isHard(provider, model)) expect(begins.length, model).toBeLessThan(45)
    }
  }
})

test('runs begin soon after their slot: the distribution of lateness', () => {
  const first = attempts.filter(({ attempt }) => attempt === 1)
  const lateness = first.map(({ beginMs, slotMs }) => beginMs - slotMs).sort((a, b) => a - b)
  const rank = (share: number): number => lateness[Math.ceil(lateness.length * share) - 1] ?? Number.NaN
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
  process.stdout.write(
    `seed ${SEED}: ${attempts.length} attempts, ${first.length} slots; lateness p50 ${seconds(rank(0.5))}, p95 ${seconds(rank(0.95))}, p99 ${seconds(rank(0.99))}, max ${seconds(rank(1))}\n`,
  )
  // A label is rounded to the millisecond.
  expect(lateness[0]).toBeGreaterThanOrEqual(-1)
  expect(rank(0.95)).toBeLessThan(10 * MINUTE)
})

/** Whether an outage, or what it leaves behind for some hours, touches the time between. */
function isDisturbed(provider: SimulatedProvider, fromMs: number, toMs: number): boolean {
  return provider.outages.some((outage) => outage.fromMs <= toMs && fromMs <= outage.toMs + 7 * HOUR)
}
