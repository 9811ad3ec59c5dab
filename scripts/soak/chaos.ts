/** Kills what it finds, by chance, and starts it again, until the time is over and everything has been hit. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Program } from './program.ts'
import { between, createDeck, upTo } from './random.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

const LONGEST_LIFE_MS = 1500
const LONGEST_DEATH_MS = 800
const MOST_DOCUMENTS = 8
/** How long the runner may take for its next documents; a runner that stands still is found out here. */
const STANDSTILL_MS = 60_000
/** How long an ingest is spared until it has answered something. */
const SPARED_MS = 5000

export type Chaos = {
  readonly victims: readonly Program[]
  readonly chaosMs: number
  /** How much longer it may go on until everything has been hit once. */
  readonly extraMs: number
  readonly random: Random
  /** Told now and then, so that nothing is forgotten in a long run. */
  readonly tick: () => Promise<void>
}

/** Resolves when the time is over and each victim and each fault was there once. Rejects when a program will not start. */
export async function rage(world: World, chaos: Chaos): Promise<void> {
  const { victims, chaosMs, extraMs, random, tick } = chaos
  const deal = victims.length === 0 ? null : createDeck(victims, random)
  const began = performance.now()
  const passedMs = (): number => performance.now() - began
  while (passedMs() < chaosMs || !wasThorough(world, victims)) {
    if (passedMs() > chaosMs + extraMs) {
      throw new Error(`Not everything was hit in time: ${JSON.stringify(world.proxy.struck())}`)
    }
    if (deal === null) await sleep(20)
    else await hit(world, deal(), random)
    await tick()
  }
}

async function hit(world: World, victim: Program, random: Random): Promise<void> {
  await livesOn(world, victim, random)
  await victim.kill()
  await sleep(between(random, 0, LONGEST_DEATH_MS))
  await victim.start()
}

/** A runner is killed after some more documents of its own, an ingest after some more answers, a database any time. */
async function livesOn(
  { runner, ingest, told, proxy }: World,
  victim: Program,
  random: Random,
): Promise<void> {
  if (victim === runner) {
    const aim = told().length + 1 + upTo(random, MOST_DOCUMENTS)
    if (!(await isTrueWithin(STANDSTILL_MS, () => told().length >= aim))) {
      throw new Error(`The runner printed nothing new within ${STANDSTILL_MS / 1000} s`)
    }
    // Anywhere in the next document's way.
    return await sleep(between(random, 0, 60))
  }
  const before = proxy.answered()
  if (victim === ingest) await isTrueWithin(SPARED_MS, () => proxy.answered() > before)
  return await sleep(between(random, 0, LONGEST_LIFE_MS))
}

async function isTrueWithin(limitMs: number, holds: () => boolean): Promise<boolean> {
  const deadline = performance.now() + limitMs
  while (!holds()) {
    if (performance.now() > deadline) return false
    await sleep(2)
  }
  return true
}

function wasThorough({ proxy }: World, victims: readonly Program[]): boolean {
  return (
    victims.every((victim) => victim.kills() > 0) && Object.values(proxy.struck()).every((times) => times > 0)
  )
}
