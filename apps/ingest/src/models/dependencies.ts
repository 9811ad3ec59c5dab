import type { IngestConfig } from '../config.ts'
import type { Store } from '../store/store.ts'

/** What every subcommand works on; each is one file that makes one `Command` out of these. */
export type ModelsDependencies = {
  readonly store: Store
  /** Who is kept as the author of a change. */
  readonly actor: string
  /** As the ingest has them: what counts as stale, and which runs are published. */
  readonly settings: Pick<IngestConfig, 'intervalMinutes' | 'publishedProfiles'>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
  /** The text of a file, `-` being the standard input. */
  readonly readText: (path: string) => Promise<string>
  readonly print: (text: string) => void
  readonly warn: (text: string) => void
}
