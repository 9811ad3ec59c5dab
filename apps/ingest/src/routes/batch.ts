import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { decideErrors, decideResults, isStored, type Decision } from '../decide.ts'
import type { Body } from '../documents/body.ts'
import { cannotDecide } from '../errors.ts'
import type { Identity, Store } from '../store/store.ts'
import {
  readEnvelope,
  readItem,
  type ItemResult,
  type ReadItem,
  type RefusedItem,
  type Verdict,
} from './batch-items.ts'
import {
  countRefused,
  inTime,
  leaving,
  objectBody,
  readContext,
  requirePrepared,
  type RouteContext,
} from './context.ts'

const RETRY_SECONDS = 5
/** The longest that items of one batch are read without a pause. */
const TURN_MS = 10
/** An item that can be stored, with its place in the batch. */
type Placed = ReadItem & { readonly index: number }
type PlacedRefusal = RefusedItem & { readonly index: number }

/** `POST /ingest/batch`: results and errors mixed, a verdict for each in order, none harmed by its neighbours. */
export function addBatchRoute(app: FastifyInstance, context: RouteContext): void {
  const options = { config: { envelopeDepth: 2 }, onError: countRefused(context) }
  app.post('/ingest/batch', options, async (request, reply) => {
    const left = leaving(reply)
    requirePrepared(context.store)
    const { batchId, items } = readEnvelope(objectBody(request), context.config.limits.batchItems)
    const reading = readContext(context, request)
    const results: ItemResult[] = []
    const { readable, refused } = await readItems(items, (item) =>
      readItem(item, context.config.limits.itemBytes, reading),
    )
    const decideAll = async (): Promise<void> => {
      await recallRefused(context.store, refused, results)
      left.throwIfAborted()
      await decideReadable(context, readable, { results, left })
    }
    await inTime(request, decideAll())
    const counts = countVerdicts(results)
    request.verdicts = counts
    for (const [verdict, count] of Object.entries(counts)) context.counters.add(verdict, count)
    return { batch_id: batchId, received_at: reading.now.toISOString(), counts, results }
  })
}

/** Reads all items; a large batch lets other requests in between, for it takes a tenth of a second. */
async function readItems(
  items: readonly Body[],
  read: (item: Body) => ReadItem | RefusedItem,
): Promise<{ readable: Placed[]; refused: PlacedRefusal[] }> {
  const readable: Placed[] = []
  const refused: PlacedRefusal[] = []
  let turnBegan = performance.now()
  for (const [index, item] of items.entries()) {
    if (performance.now() - turnBegan > TURN_MS) {
      await nextTurn()
      turnBegan = performance.now()
    }
    const found = read(item)
    if ('refusal' in found) refused.push({ ...found, index })
    else readable.push({ ...found, index })
  }
  return { readable, refused }
}

/** Fills in the verdicts of what is refused, but for items too old to be taken in that are in from when they were young. */
async function recallRefused(
  store: Store,
  refused: readonly PlacedRefusal[],
  results: ItemResult[],
): Promise<void> {
  for (const { index, refusal } of refused) results[index] = refusal
  for (const [kind, recall] of [
    ['result', store.recallResults],
    ['error', store.recallErrors],
  ] as const) {
    const old = refused.flatMap(({ index, tooOld }) => (tooOld?.kind === kind ? [{ index, ...tooOld }] : []))
    if (old.length === 0) continue
    const known = await recall(old.map(({ document }) => document))
    old.forEach(({ index, document }, at) => {
      const verdict = known[at]
      if (verdict != null) results[index] = itemResult({ row: document, dropped: [] }, { verdict })
    })
  }
}

/** Fills in the verdicts of what could be read. One item undecided makes the batch so: resending it is safe. */
async function decideReadable(
  context: RouteContext,
  items: readonly Placed[],
  { results, left }: { readonly results: ItemResult[]; readonly left: AbortSignal },
): Promise<void> {
  const ofResults = items.filter((item) => item.kind === 'result')
  const ofErrors = items.filter((item) => item.kind === 'error')
  const { store, bookkeeper } = context
  const decisions = await decideResults(
    store,
    ofResults.map((item) => item.row),
  )
  left.throwIfAborted()
  decisions.push(
    ...(await decideErrors(
      store,
      ofErrors.map((item) => item.row),
    )),
  )
  const ordered = [...ofResults, ...ofErrors]
  const stored = ordered.filter((_, at) => isStored(decisions[at]))
  bookkeeper.mark(
    stored.map((item) => item.row.model),
    stored.flatMap((item) => (item.kind === 'error' ? [item.row.fingerprint] : [])),
  )
  if (decisions.some((decision) => decision.verdict === 'undecided')) {
    throw cannotDecide(
      'undecided',
      'The store did not confirm every item; send the batch again',
      RETRY_SECONDS,
    )
  }
  ordered.forEach((item, at) => {
    results[item.index] = itemResult(item, decisions[at]!)
    context.counters.add('dropped_fields', item.dropped.length)
  })
}

function itemResult(
  { row, dropped }: { readonly row: Identity; readonly dropped: readonly string[] },
  decision: Decision,
): ItemResult {
  const base = { result_id: row.resultId, ...(dropped.length > 0 ? { dropped_fields: dropped } : {}) }
  if ('code' in decision)
    return { ...base, verdict: 'rejected', code: decision.code, reason: decision.reason }
  if (decision.verdict === 'conflict') {
    return { ...base, verdict: 'conflict', code: 'conflict', reason: 'Another document has this result_id' }
  }
  return { ...base, verdict: decision.verdict as Verdict }
}

function countVerdicts(results: readonly ItemResult[]): Record<Verdict, number> {
  const counts = { created: 0, duplicate: 0, rejected: 0, conflict: 0, invalid: 0 }
  for (const { verdict } of results) counts[verdict] += 1
  return counts
}
