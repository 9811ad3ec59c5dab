import { createHash } from 'node:crypto'
import type { ModelsReading } from './store/catalogue-store.ts'
import type { Store } from './store/store.ts'
import { listEntries, readEntries, sortEntries, type Worklist, type WorklistEntry } from './worklist.ts'

/** A worklist as JSON, but for the moment it is handed out and the brace after it. */
export type Written = {
  readonly opening: Buffer
  readonly etag: string
  /** What is most likely wrong with the question; null where nothing is. */
  readonly warning: string | null
}

export type Worklists = {
  /** The worklist of one provider as the catalogue is now. Throws `StoreUnavailable`. */
  readonly read: (provider: string) => Promise<Written>
}

type Kept = Written & {
  readonly reading: ModelsReading
  /** What its documents make, in order. */
  readonly entries: readonly WorklistEntry[]
  readonly validUntil: Date | null
  /** When every document of the provider was last read, whatever had been seen to change. */
  readonly wholeAtMs: number
}

export type WorklistsOptions = {
  readonly store: Pick<Store, 'catalogueVersion' | 'readModels'>
  readonly intervalMinutes: number
  readonly now: () => Date
  readonly monotonicMs?: () => number
}

/** More providers than there are. */
const MAX_KEPT = 100
/** How long a list is kept up by its changes alone before all of it is read again behind the answer. */
const CHECK_MS = 5 * 60_000
/** An older one is not handed out any more. */
const OLD_MS = 60 * 60_000

/** Keeps worklists, brings them up to date by what has changed, and reads them anew where that is not known. */
export function createWorklists(options: WorklistsOptions): Worklists {
  const { store, now, monotonicMs = () => performance.now() } = options
  const kept = new Map<string, Kept>()
  const underWay = new Map<string, { readonly version: string | null; readonly work: Promise<Kept> }>()

  /** The one that was not asked for longest makes room. */
  const keep = (provider: string, made: Kept): void => {
    const [oldest] = kept.keys()
    if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest)
    kept.set(provider, made)
  }
  const make = async (provider: string, before: Kept | undefined): Promise<Kept> => {
    const beganMs = monotonicMs()
    const reading = await store.readModels(provider, before?.reading)
    const entries = entriesOf(reading, before)
    const worklist = listEntries(entries, now())
    const warning = reading.documents.length === 0 ? noEntry(provider) : null
    const opening = Buffer.from(writeWorklist(provider, options.intervalMinutes, { ...worklist, warning }))
    const wholeAtMs = reading.since === null || before === undefined ? beganMs : before.wholeAtMs
    const etag = `"${createHash('sha256').update(opening).digest('hex').slice(0, 32)}"`
    const made = { opening, etag, warning, reading, entries, validUntil: worklist.validUntil, wholeAtMs }
    kept.delete(provider)
    // Whoever asks for names nobody has must not push out those that are there.
    if (reading.version !== null && reading.documents.length > 0) keep(provider, made)
    return made
  }

  /** One at a time for each provider: who asks while nothing has changed since it began has the same answer. */
  const share = (provider: string, version: string | null, before: Kept | undefined): Promise<Kept> => {
    const running = underWay.get(provider)
    if (running !== undefined && version !== null && running.version === version) return running.work
    const work = make(provider, before).finally(() => {
      if (underWay.get(provider)?.work === work) underWay.delete(provider)
    })
    underWay.set(provider, { version, work })
    return work
  }

  return {
    read: async (provider) => {
      // Asked before the catalogue is read: what changes meanwhile makes the answer an old one, never the other way round.
      const version = store.catalogueVersion()
      const known = kept.get(provider)
      const age = known === undefined ? 0 : monotonicMs() - known.wholeAtMs
      if (known === undefined || version === null || age > OLD_MS)
        return await share(provider, version, undefined)
      const isCurrent =
        known.reading.version === version && (known.validUntil === null || now() < known.validUntil)
      if (isCurrent) {
        // Now the one that was asked for last.
        kept.delete(provider)
        kept.set(provider, known)
      }
      const answer = isCurrent ? known : await share(provider, version, known)
      // Nobody waits for this one; where it fails the next answer tries it again.
      if (age > CHECK_MS) share(provider, version, undefined).catch(() => undefined)
      return answer
    },
  }
}

/** The entries of a reading, those of the one before but for what has changed since. */
function entriesOf({ documents, since }: ModelsReading, before: Kept | undefined): WorklistEntry[] {
  if (since === null || before === undefined) return sortEntries(readEntries(documents))
  const stay = before.entries.filter(({ document }) => !since.gone.has(document))
  return sortEntries([...stay, ...readEntries(since.come)])
}

/** A name that is spelled wrongly has an empty list like a new provider, and a runner that measures nothing. */
const noEntry = (provider: string): string =>
  `The catalogue has no entry of the provider ${provider}: its name may be spelled wrongly, or its models are to be added`

function writeWorklist(
  provider: string,
  intervalMinutes: number,
  worklist: Worklist & { readonly warning: string | null },
): string {
  const { models, probes, entries, rejected, warning } = worklist
  const head = { schema_version: 1, provider, interval_minutes: intervalMinutes, models, probes }
  const metadata = entries.map((entry) => entry.metadata).join(',')
  const faults = rejected.map(({ model_id, reason, suggestion }) => ({ model_id, reason, suggestion }))
  const tail = warning === null ? '' : `,"warning":${JSON.stringify(warning)}`
  return `${JSON.stringify(head).slice(0, -1)},"model_metadata":{${metadata}},"rejected":${JSON.stringify(faults)}${tail}`
}
