/**
 * The runner's own error: the real transport measures a simulator in a process of its own, and each stamp is compared
 * with the moment at which the simulator wrote those bytes, both on CLOCK_MONOTONIC.
 */
import { findProfile, findProvider, isErrorDocument, textStampsOf } from '@llmbench/providers'
import type { Measurer, Plan, Profile, Provider } from '@llmbench/providers'
import { createControl, spawnSimulator, stampErrors, summarise } from '@llmbench/simulator'
import type { StampErrors, Summary } from '@llmbench/simulator'
import { v7 as uuidv7 } from 'uuid'

export type CalibrateOptions = {
  /** Streams at once: what the runner itself has in flight. */
  readonly streams: number
  readonly rounds: number
  /** Chunks a second in each stream. */
  readonly rate: number
  readonly chunks: number
}

export type Errors = {
  /** Stamp minus write of the first visible token. */
  readonly firstToken: Summary
  /** Measured gap minus written gap. */
  readonly gaps: Summary
  /** Stamp minus write of every text delta. */
  readonly stamps: Summary
}

export type Calibration = Errors & {
  /** Of the runs alone that the runner itself does not call tainted: what it would publish. */
  readonly untainted: Errors
  readonly runs: number
  /** Runs that failed, or saw another number of deltas than were written: none of them is in the summaries. */
  readonly failedRuns: number
  readonly taintedRuns: number
}

const MODEL = 'calibration'

/**
 * Runs `rounds` times `streams` runs with that measurer. Rejects when the simulator cannot be started, and when the
 * signal aborts; the simulator's process is ended in every case.
 */
export async function calibrate(
  options: CalibrateOptions,
  measurer: Pick<Measurer, 'measure'>,
  signal: AbortSignal,
): Promise<Calibration> {
  const simulator = await spawnSimulator()
  // Whatever waits for it then fails.
  const end = (): void => void simulator.close()
  signal.addEventListener('abort', end)
  try {
    signal.throwIfAborted()
    const control = createControl(simulator.address)
    const gapMs = 1000 / options.rate
    await control.setScenario(MODEL, { first_delay_ms: 100, gap_ms: gapMs, deltas: options.chunks })
    const { provider, profile } = subject()
    const access = await provider.access({
      GROQ_BASE_URL: `${simulator.address}/openai/v1`,
      GROQ_API_KEY: 'calibration',
    })
    const all = createCollector()
    const untainted = createCollector()
    const counts = { failedRuns: 0, taintedRuns: 0 }
    for (let round = 0; round < options.rounds; round += 1) {
      const runs = Array.from({ length: options.streams }, () =>
        measurer.measure(planOf(profile), provider, access, signal),
      )
      const measured = await Promise.all(runs)
      signal.throwIfAborted()
      for (const { document, tape } of measured) {
        const isTainted = (document.quality?.tainted.length ?? 0) > 0
        if (isTainted) counts.taintedRuns += 1
        const errors =
          isErrorDocument(document) || document.request_id == null
            ? null
            : stampErrors(await control.run(document.request_id), textStampsOf(document, tape))
        if (errors === null) counts.failedRuns += 1
        else for (const collector of isTainted ? [all] : [all, untainted]) collector.add(errors)
      }
    }
    const runs = options.rounds * options.streams
    return { ...all.errors(), untainted: untainted.errors(), runs, ...counts }
  } finally {
    signal.removeEventListener('abort', end)
    await simulator.close()
  }
}

function createCollector() {
  const firstNs: bigint[] = []
  const gapsNs: bigint[] = []
  const stampsNs: bigint[] = []
  return {
    add: (errors: StampErrors): void => {
      firstNs.push(...errors.deltasNs.slice(0, 1))
      gapsNs.push(...errors.gapsNs)
      stampsNs.push(...errors.deltasNs)
    },
    errors: (): Errors => ({
      firstToken: summarise(firstNs),
      gaps: summarise(gapsNs),
      stamps: summarise(stampsNs),
    }),
  }
}

function subject(): { provider: Provider; profile: Profile } {
  const provider = findProvider('groq')
  const profile = findProfile('cloud-default-v1')
  if (provider === undefined || profile === undefined)
    throw new Error('The core lacks the provider or profile to calibrate with')
  return { provider, profile }
}

function planOf(profile: Profile): Plan {
  const resultId = uuidv7()
  return {
    resultId,
    attemptGroup: resultId,
    provider: 'groq',
    model: MODEL,
    requestMode: 'chat_completions_stream',
    profile,
    metadata: {},
    attempt: 1,
    scheduledAt: null,
    region: null,
    runnerVersion: 'calibration',
  }
}
