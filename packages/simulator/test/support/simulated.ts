import { onTestFinished } from 'vitest'
import { createControl, startSimulator } from '../../src/index.ts'
import type { Control, Scenario } from '../../src/index.ts'
import { ask, runIdOf } from './ask.ts'
import type { Heard } from './ask.ts'

export type Simulated = { readonly address: string; readonly control: Control }

/** A simulator for one test. */
export async function simulate(): Promise<Simulated> {
  const { address, close } = await startSimulator()
  onTestFinished(close)
  return { address, control: createControl(address) }
}

/** Paths under which the same model answers in each dialect. */
export const PATHS = {
  'openai-chat': '/openai/v1/chat/completions',
  'openai-completions': '/v1/completions',
  'openai-responses': '/v1/responses',
  'anthropic-messages': '/v1/messages',
  gemini: '/v1beta/models/m:streamGenerateContent?alt=sse',
  'bedrock-converse': '/model/m/converse-stream',
} as const

/** Every delay 0, unless the scenario says otherwise. */
export const AT_ONCE = { first_delay_ms: 0, gap_ms: 0 } as const

/** The answer of a fresh simulator to one request under the scenario, and the truth of it once it is over. */
export async function hear(path: keyof typeof PATHS, scenario: Scenario) {
  const { address, control } = await simulate()
  await control.setScenario('m', { ...AT_ONCE, ...scenario })
  const heard: Heard = await ask(address, PATHS[path], { model: 'm' })
  const truth = await control.run(runIdOf(heard), { waitMs: 5000 })
  return { heard, truth }
}
