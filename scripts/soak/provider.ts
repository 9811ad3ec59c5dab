/** The provider: a simulator whose answers carry ids of its own making, and what it says it gave. */
import { createControl, startSimulator } from '@llmbench/simulator'
import type { Scenario } from '@llmbench/simulator'

const QUICK: Scenario = { first_delay_ms: 5, gap_ms: 2, deltas: 6 }

/** Models by provider; each provider is a lane of its own, and one model of each fails. */
const MODELS = {
  groq: {
    'soak-one': QUICK,
    'soak-two': { ...QUICK, deltas: 12 },
    'soak-failing': { fault: { kind: 'status', status: 503 } },
  },
  mistral: {
    'soak-three': QUICK,
    'soak-cut': { ...QUICK, fault: { kind: 'close_without_finish', after_deltas: 2 } },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Scenario>>>>

export type ProviderName = keyof typeof MODELS

/** The names of a provider's models. */
export function modelsOf(provider: ProviderName): string[] {
  return Object.keys(MODELS[provider])
}

export type Provider = {
  readonly address: string
  /** Ids of every answer begun, and of those given whole, so far. */
  readonly answers: () => Promise<{ begun: ReadonlySet<string>; whole: ReadonlySet<string> }>
  readonly close: () => Promise<void>
}

/** It keeps its newest runs only: ask for the answers more often than a thousand of them are given. */
export async function startProvider(): Promise<Provider> {
  const simulator = await startSimulator()
  const control = createControl(simulator.address)
  for (const models of Object.values(MODELS)) {
    for (const [model, scenario] of Object.entries(models)) await control.setScenario(model, scenario)
  }
  const begun = new Set<string>()
  const whole = new Set<string>()
  return {
    address: simulator.address,
    answers: async () => {
      for (const run of await control.compactRuns(undefined, { limit: 1000 })) {
        if (run.response_id === null) continue
        begun.add(run.response_id)
        if (run.ended_at_ns !== null && run.client_closed_at_ns === null) whole.add(run.response_id)
      }
      return { begun, whole }
    },
    close: simulator.close,
  }
}
