import type { Store } from '../store/store.ts'
import { buildWorklist, type RejectedModel } from '../worklist.ts'
import type { findOddModels, OddModel } from './oddities.ts'

/** What is wrong with the catalogue as a whole; `odd` null while what tells it is not loaded yet. */
export type CatalogueLook = {
  readonly rejected: readonly RejectedModel[]
  readonly odd: readonly OddModel[] | null
}

/** How long a look stands where the store cannot say whether anything has changed. */
const FRESH_MS = 10_000
/** How long it stands where the catalogue is unchanged: runners may name a vendor that nobody has named before. */
const UNCHANGED_MS = 30_000
/** An older one of another catalogue is not handed out any more while the next is made. */
const OLD_MS = 60_000

/**
 * Looks at the catalogue. The last look is handed out at once and made anew behind it, so that a large catalogue holds
 * nobody up; only the first one is waited for.
 */
export function createCatalogueLook(store: Store, now: () => Date): () => Promise<CatalogueLook> {
  // Brings every provider along, and nobody's first answer waits for that.
  let findOdd: typeof findOddModels | null = null
  import('./oddities.ts').then(
    ({ findOddModels }) => {
      findOdd = findOddModels
    },
    // `odd` stays null, which means unknown.
    () => undefined,
  )
  let last: { look: CatalogueLook; version: string | null; at: number } | null = null
  let looking: Promise<CatalogueLook> | null = null

  const lookOnce = async (): Promise<CatalogueLook> => {
    const version = store.catalogueVersion()
    const [documents, runners] = await Promise.all([store.listModels(), store.listRunners()])
    const odd = findOdd?.(documents, runners) ?? null
    const look = { rejected: buildWorklist(documents, now()).rejected, odd }
    last = { look, version, at: performance.now() }
    return look
  }
  const isUnchanged = ({ look, version }: NonNullable<typeof last>): boolean =>
    look.odd !== null && version !== null && store.catalogueVersion() === version
  const isYounger = ({ at }: NonNullable<typeof last>, ms: number): boolean => performance.now() - at < ms
  const isCurrent = (known: NonNullable<typeof last>): boolean => {
    if (known.look.odd === null) return false
    if (store.catalogueVersion() === null) return isYounger(known, FRESH_MS)
    return isUnchanged(known) && isYounger(known, UNCHANGED_MS)
  }

  return async () => {
    if (last !== null && isCurrent(last)) return last.look
    looking ??= lookOnce().finally(() => {
      looking = null
    })
    if (last === null || !(isUnchanged(last) || isYounger(last, OLD_MS))) return await looking
    // Nobody waits for this one, so its failure is told by the one that is waited for.
    looking.catch(() => undefined)
    return last.look
  }
}
