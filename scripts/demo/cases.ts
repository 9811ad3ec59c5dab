/** The models of the demo: one for each dialect and one that fails. What each does is set in the simulator. */
import type { Scenario } from '@llmbench/simulator'

export type DemoCase = { readonly provider: string; readonly model: string; readonly scenario: Scenario }

export const DEMO_CASES: readonly DemoCase[] = [
  {
    provider: 'groq',
    model: 'sim-steady',
    scenario: {
      first_delay_ms: 180,
      gap_ms: 20,
      deltas: 48,
      usage_placement: 'x_groq_and_final',
      finish_reason: 'length',
    },
  },
  {
    provider: 'anthropic',
    model: 'sim-thinking',
    scenario: { first_delay_ms: 250, gap_ms: 30, deltas: 30, tokens_per_delta: 2, reasoning_deltas: 10 },
  },
  {
    provider: 'bedrock',
    model: 'amazon.nova-sim-v1:0',
    scenario: { first_delay_ms: 320, gap_ms: 40, deltas: 12, tokens_per_delta: 4 },
  },
  {
    provider: 'groq',
    model: 'sim-overloaded',
    scenario: { fault: { kind: 'status', status: 503 } },
  },
]
