/** A world of providers on a virtual clock: how long they take, when they fail, and what befalls the machine. */
import { seeded } from '../support/seeded.ts'
import type { LaneEnd } from '../../src/lane-book.ts'
import type { Clock } from '../../src/clock.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
export const INTERVAL = 30 * MINUTE
export const MONTH = 30 * DAY
export const LONGEST_STALL = 40 * MINUTE

/** 200 models of 12 providers. */
const SIZES = [40, 30, 25, 20, 17, 15, 12, 11, 10, 8, 7, 5]

export type Outage = {
  readonly fromMs: number
  readonly toMs: number
  readonly end: LaneEnd
  readonly runMs: number
}

export type SimulatedProvider = {
  readonly slug: string
  readonly models: readonly string[]
  readonly outages: readonly Outage[]
  readonly meanRunMs: number
}

/** Something that befalls all: a restart, a step of the wall clock, a machine that stands still. */
export type Incident =
  | { readonly kind: 'restart'; readonly atMs: number; readonly downMs: number }
  | { readonly kind: 'step'; readonly atMs: number; readonly byMs: number }
  | { readonly kind: 'stall'; readonly atMs: number; readonly forMs: number }

export type World = {
  readonly random: () => number
  readonly providers: readonly SimulatedProvider[]
  /** In the order of their moments. */
  readonly incidents: readonly Incident[]
  readonly clock: Clock
  /** The monotonic clock's moment, and the wall's distance from it. */
  readonly time: { nowMs: number; wallOffsetMs: number }
}

const FAILURES: readonly { readonly end: LaneEnd; readonly runMs: number }[] = [
  { end: { end: { errorKind: 'timeout', retryAfterMs: 0 }, refusal: 'unclear' }, runMs: 60_000 },
  { end: { end: { errorKind: 'network', retryAfterMs: 0 }, refusal: 'unclear' }, runMs: 100 },
  { end: { end: { errorKind: 'transient_provider', retryAfterMs: 0 }, refusal: 'unclear' }, runMs: 400 },
  { end: { end: { errorKind: 'rate_limit', retryAfterMs: 90 * MINUTE }, refusal: 'unclear' }, runMs: 200 },
  { end: { end: { errorKind: 'auth', retryAfterMs: 0 }, refusal: 'key' }, runMs: 200 },
]

/** The same month at every run of a seed. */
export function createWorld(seed: number): World {
  const random = seeded(seed)
  const between = (low: number, high: number): number => low + random() * (high - low)
  const time = { nowMs: 5000, wallOffsetMs: Date.parse('2026-11-01T00:00:00Z') }
  const providers = SIZES.map((size, at): SimulatedProvider => {
    const slug = `provider-${at}`
    return {
      slug,
      models: Array.from({ length: size }, (_, n) => `${slug}-model-${n}`),
      outages: Array.from({ length: 4 }, () => {
        const fromMs = between(0, MONTH)
        const failure = FAILURES[Math.floor(random() * FAILURES.length)] ?? FAILURES[0]
        if (failure === undefined) throw new Error('There are failures')
        return { fromMs, toMs: fromMs + between(HOUR, 14 * HOUR), ...failure }
      }),
      meanRunMs: between(2000, 14_000),
    }
  })
  const incidents: Incident[] = [
    ...Array.from({ length: 15 }, () => ({
      kind: 'restart' as const,
      atMs: between(HOUR, MONTH),
      downMs: between(2000, 10 * MINUTE),
    })),
    // No multiples of a slot: a label then never names two of them.
    ...[HOUR + 1234, -HOUR - 777, 30 * DAY + 99, -30 * DAY - 55, 301, -5003].map((byMs) => ({
      kind: 'step' as const,
      atMs: between(HOUR, MONTH),
      byMs,
    })),
    ...Array.from({ length: 4 }, () => ({
      kind: 'stall' as const,
      atMs: between(HOUR, MONTH),
      forMs: between(MINUTE, LONGEST_STALL),
    })),
  ]
  return {
    random,
    providers,
    incidents: incidents.sort((left, right) => left.atMs - right.atMs),
    clock: { monotonicMs: () => time.nowMs, wallMs: () => Math.round(time.nowMs + time.wallOffsetMs) },
    time,
  }
}

/** A model that never works, from its number: the first of each provider's second half. */
export function isHard(provider: SimulatedProvider, model: string): boolean {
  return model === provider.models[Math.ceil(provider.models.length / 2)]
}

/** What an attempt at that moment comes to, and how long it takes. */
export function attemptIn(
  { random, time }: World,
  provider: SimulatedProvider,
  model: string,
): { readonly end: LaneEnd; readonly runMs: number } {
  const outage = provider.outages.find(({ fromMs, toMs }) => fromMs <= time.nowMs && time.nowMs < toMs)
  if (outage !== undefined) return outage
  if (isHard(provider, model)) {
    return {
      end: { end: { errorKind: 'hard_model', retryAfterMs: 0, isCertain: true }, refusal: 'unclear' },
      runMs: 150,
    }
  }
  const runMs = Math.min(120_000, -Math.log(1 - random()) * provider.meanRunMs)
  const failure = random() < 0.02 ? FAILURES[Math.floor(random() * 3)] : undefined
  return failure ?? { end: { end: { outcome: 'completed' }, refusal: 'none' }, runMs }
}
