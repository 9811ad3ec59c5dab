/**
 * A profile is the protocol of a run: a versioned, immutable description. Changing anything makes a new id,
 * because rows of one id are compared over years.
 */
export type Profile = {
  readonly id: string
  readonly prompt: string
  readonly maxOutputTokens: number
  readonly temperature: number
  readonly deadlines: Deadlines
}

/** The four deadlines of a run in milliseconds, each named in the error it causes. */
export type Deadlines = {
  readonly connectMs: number
  readonly firstTokenMs: number
  readonly idleMs: number
  readonly totalMs: number
}

const PROMPT = 'Tell a long and happy story about the history of the world.'
const DEADLINES: Deadlines = { connectMs: 10_000, firstTokenMs: 60_000, idleMs: 30_000, totalMs: 120_000 }

const PROFILES: readonly Profile[] = [
  { id: 'cloud-default-v1', prompt: PROMPT, maxOutputTokens: 64, temperature: 0.1, deadlines: DEADLINES },
  { id: 'cloud-long-v1', prompt: PROMPT, maxOutputTokens: 512, temperature: 0.1, deadlines: DEADLINES },
  {
    id: 'cloud-reasoning-v1',
    prompt: PROMPT,
    maxOutputTokens: 2048,
    temperature: 0.1,
    deadlines: { ...DEADLINES, firstTokenMs: 120_000, totalMs: 300_000 },
  },
]

export const DEFAULT_PROFILE_ID = 'cloud-default-v1'

/** The profile of that id, or undefined. */
export function findProfile(id: string): Profile | undefined {
  return PROFILES.find((profile) => profile.id === id)
}

/** Every profile id, the published one first. */
export function profileIds(): string[] {
  return PROFILES.map((profile) => profile.id)
}
