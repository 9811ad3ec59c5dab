import type { Store } from '../store/store.ts'

/** What every subcommand works on; each is one file that makes one `Command` out of these. */
export type ModelsDependencies = {
  readonly store: Store
  /** Who is kept as the author of a change. */
  readonly actor: string
  readonly now: () => Date
  readonly print: (text: string) => void
  readonly warn: (text: string) => void
}
