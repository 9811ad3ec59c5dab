/** Ways to make a program wrong, so that the soak can be seen to find it; the modules named here say how. */
import { FAULT_KINDS } from './fault.ts'
import type { FaultKind } from './fault.ts'
import type { ProviderName } from './provider.ts'

const RUNNER = new URL('../../apps/runner/test/breaks/preload.ts', import.meta.url)
const INGEST = new URL('../../apps/ingest/test/breaks/preload.ts', import.meta.url)

/** What a soak does to the system, and to which system. */
export type Plan = {
  /** Providers that are measured, each in a lane of its own. */
  readonly providers: readonly ProviderName[]
  /** URLs of modules that a program loads before its own, to break it; none for the programs as they are. */
  readonly preload: { readonly runner?: string; readonly ingest?: string }
  /** Faults that strike; each has to at least once. */
  readonly kinds: readonly FaultKind[]
  /** Programs that are killed, each as often as it is named; each has to be at least once. */
  readonly victims: readonly ('runner' | 'ingest' | 'mongod')[]
}

export const EVERYTHING: Plan = {
  providers: ['groq', 'mistral'],
  preload: {},
  kinds: FAULT_KINDS,
  victims: ['runner', 'runner', 'runner', 'ingest', 'ingest', 'mongod'],
}

/** Each with just what it takes to show it, so that it shows in seconds. */
export const BREAKS: Readonly<Record<string, Plan>> = {
  'held-in-memory': ofRunner('held-in-memory', { victims: ['runner'] }),
  'deleted-before-answer': ofRunner('deleted-before-answer', { kinds: ['reset_before'] }),
  'duplicate-is-refused': ofRunner('duplicate-is-refused', { kinds: ['reset_after'] }),
  'new-id-each-time': ofRunner('new-id-each-time', { kinds: ['reset_after'] }),
  'answered-before-stored': {
    providers: ['groq'],
    preload: { ingest: INGEST.href },
    kinds: [],
    victims: ['ingest'],
  },
}

function ofRunner(way: string, what: Partial<Plan>): Plan {
  const preload = { runner: `${RUNNER.href}?break=${way}` }
  return { providers: ['groq'], preload, kinds: [], victims: [], ...what }
}
