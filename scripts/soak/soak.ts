/** One soak: the system under faults for a time, then calm, then the account. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Plan } from './breaks.ts'
import { rage } from './chaos.ts'
import { balance } from './equation.ts'
import type { Account, Balance } from './equation.ts'
import { readOutbox } from './places.ts'
import { createRandom } from './random.ts'
import { startWorld } from './world.ts'
import type { World, WorldOptions } from './world.ts'

const DRAIN_MS = 60_000
const STOP_MS = 35_000

export type SoakOptions = WorldOptions & {
  readonly chaosMs: number
  readonly extraMs: number
  /** Takes a line on how far it is, now and then. */
  readonly progress: (line: string) => void
}

export type SoakReport = Balance & {
  readonly stored: number
  readonly outbox: number
  readonly deadLetters: number
  readonly struck: Readonly<Record<string, number>>
  readonly kills: Readonly<Record<string, number>>
}

/** Runs a soak. Rejects when the system itself cannot be kept going, which is a failure too. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const world = await startWorld(options)
  try {
    await world.runner.start()
    const began = performance.now()
    const programs = [world.runner, world.ingest, world.mongod].flatMap((program) => program ?? [])
    const tick = async (): Promise<void> => {
      await world.provider.answers()
      const seconds = Math.round((performance.now() - began) / 1000)
      const kills = programs.reduce((sum, program) => sum + program.kills(), 0)
      options.progress(
        `${seconds} s of ${options.chaosMs / 1000}: ${world.told().length} results, ${kills} kills`,
      )
    }
    const victims = options.plan.victims.flatMap((name) => programs.find((one) => one.name === name) ?? [])
    await rage(world, { ...options, victims, random: createRandom(options.seed, 'chaos'), tick })
    await calmDown(world)
    return await report(world, options.plan)
  } finally {
    await world.close()
  }
}

/** No more faults; the runner delivers what it has and ends by itself. */
async function calmDown({ proxy, runner, isReady, stateDirectory }: World): Promise<void> {
  proxy.calm()
  const deadline = performance.now() + DRAIN_MS
  while (!(await isReady())) {
    if (performance.now() > deadline) throw new Error(`The ingest was not ready within ${DRAIN_MS / 1000} s`)
    await sleep(50)
  }
  for (;;) {
    runner.signal('SIGTERM')
    const code = await runner.ended(STOP_MS)
    if (code !== 0) throw new Error(`The runner ended with ${code} after SIGTERM`)
    if (readOutbox(stateDirectory).items.length === 0 || performance.now() > deadline) return
    await runner.start()
  }
}

async function report(world: World, { providers }: Plan): Promise<SoakReport> {
  const { provider, proxy, runner, ingest, mongod, stateDirectory } = world
  const stored = await world.readStore()
  const { items, deadLetters, movedAside } = readOutbox(stateDirectory)
  const { begun, whole } = await provider.answers()
  const account: Account = {
    told: world.told(),
    begun,
    answered: whole,
    stored,
    outbox: items,
    deadLetters,
    mostUntold: runner.kills() * providers.length,
  }
  const checked = balance(account)
  const surprises = [runner, ingest, mongod].flatMap((program) => program?.surprises() ?? [])
  const others = [
    { rule: 'an outbox was taken for damaged', ids: movedAside },
    {
      rule: 'dead letters, though every document was good',
      ids: deadLetters.map(({ resultId }) => resultId),
    },
    { rule: 'a program ended by itself', ids: surprises },
  ]
  return {
    ...checked,
    findings: [...checked.findings, ...others.filter(({ ids }) => ids.length > 0)],
    stored: stored.length,
    outbox: items.length,
    deadLetters: deadLetters.length,
    struck: proxy.struck(),
    kills: Object.fromEntries(
      [runner, ingest, mongod].flatMap((one) => (one === null ? [] : [[one.name, one.kills()]])),
    ),
  }
}
