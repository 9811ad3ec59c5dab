import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { decideErrors, decideResults, isStored, type Decision } from '../decide.ts'
import { isObject, reportFault, type Body, type Read, type ReadContext } from '../documents/body.ts'
import { readFailure } from '../documents/failure.ts'
import { readResult } from '../documents/result.ts'
import { cannotDecide, invalidDocument, Problem } from '../errors.ts'
import { faultsOf } from '../json/pointer.ts'
import type { ErrorRow, ResultRow } from '../store/store.ts'
import {
  inTime,
  objectBody,
  readContext,
  refuseFatal,
  requirePrepared,
  type RouteContext,
} from './context.ts'

const RETRY_SECONDS = 5
const MAX_REASON_FAULTS = 20

const Envelope = z.object({ batch_id: z.string().min(1).max(128), items: z.array(z.unknown()).min(1) })

type Verdict = 'created' | 'duplicate' | 'rejected' | 'conflict' | 'invalid'
type ItemResult = {
  result_id: string | null
  verdict: Verdict
  code?: string
  reason?: string
  errors?: readonly { pointer: string; detail: string }[]
  dropped_fields?: readonly string[]
}

/** An item as far as it could be read, with its place in the batch. */
type ReadItem =
  | {
      readonly kind: 'result'
      readonly index: number
      readonly row: ResultRow
      readonly dropped: readonly string[]
    }
  | {
      readonly kind: 'error'
      readonly index: number
      readonly row: ErrorRow
      readonly dropped: readonly string[]
    }

/** `POST /ingest/batch`: results and errors mixed, a verdict for each in order, none harmed by its neighbours. */
export function addBatchRoute(app: FastifyInstance, context: RouteContext): void {
  app.post('/ingest/batch', { config: { envelopeDepth: 2 } }, async (request) => {
    requirePrepared(context.store)
    const { batchId, items } = readEnvelope(objectBody(request), context.config.limits.batchItems)
    const reading = readContext(context, request)
    const results: ItemResult[] = []
    const readable: ReadItem[] = []
    items.forEach((item, index) => {
      const read = readItem(item, context.config.limits.itemBytes, reading)
      results.push('refusal' in read ? read.refusal : { result_id: read.row.resultId, verdict: 'invalid' })
      if (!('refusal' in read)) readable.push({ ...read, index } as ReadItem)
    })
    await inTime(decideAll(context, readable, results))
    const counts = countVerdicts(results)
    for (const [verdict, count] of Object.entries(counts)) context.counters.add(verdict, count)
    return { batch_id: batchId, received_at: reading.now.toISOString(), counts, results }
  })
}

function readEnvelope(
  { value, body }: { value: Readonly<Record<string, unknown>>; body: Body },
  maxItems: number,
): { batchId: string; items: Body[] } {
  const ofItem = new Map<number, Body['faults'][number][]>()
  const ofEnvelope: Body['faults'][number][] = []
  for (const fault of body.faults) {
    const [first, index, ...path] = fault.path
    if (first !== 'items' || typeof index !== 'number') ofEnvelope.push(fault)
    else ofItem.set(index, [...(ofItem.get(index) ?? []), { ...fault, path }])
  }
  refuseFatal({ value, faults: ofEnvelope })
  const parsed = Envelope.safeParse(value)
  const faults = [...ofEnvelope.map(reportFault), ...(parsed.success ? [] : faultsOf(parsed.error))]
  if (!parsed.success || faults.length > 0) throw invalidDocument(faults)
  const { batch_id: batchId, items } = parsed.data
  if (items.length > maxItems)
    throw new Problem(413, 'too_many_items', `A batch has at most ${maxItems} items`)
  return { batchId, items: items.map((item, index) => ({ value: item, faults: ofItem.get(index) ?? [] })) }
}

type ReadOrRefused = Omit<ReadItem, 'index'> | { readonly refusal: ItemResult }

function readItem(item: Body, maxBytes: number, reading: ReadContext): ReadOrRefused {
  if (!isObject(item.value)) return refuse(item, 'not_an_object', 'An item is an object')
  if (item.faults.some((fault) => fault.kind === 'too_deep')) {
    return refuse(item, 'too_deep', 'The item is nested too deeply')
  }
  if (Buffer.byteLength(JSON.stringify(item.value)) > maxBytes) {
    return refuse(item, 'item_too_large', `An item has at most ${maxBytes} bytes`)
  }
  const kind = item.value['kind']
  if (kind === 'result') return named('result', item, readResult(item, reading))
  if (kind === 'error') return named('error', item, readFailure(item, reading))
  return refuse(item, 'unknown_kind', 'The kind of an item is "result" or "error"')
}

function named(kind: 'result' | 'error', item: Body, read: Read<ResultRow | ErrorRow>): ReadOrRefused {
  if ('row' in read) return { kind, ...read }
  const errors = read.faults.slice(0, MAX_REASON_FAULTS)
  const reason = errors
    .map(({ pointer, detail }) => `${pointer}: ${detail}`)
    .join('; ')
    .slice(0, 500)
  return refuse(item, 'invalid_document', reason, errors)
}

function refuse(
  item: Body,
  code: string,
  reason: string,
  errors?: ItemResult['errors'],
): { refusal: ItemResult } {
  const id = isObject(item.value) ? item.value['result_id'] : null
  const result_id = typeof id === 'string' ? id.slice(0, 128) : null
  return { refusal: { result_id, verdict: 'invalid', code, reason, ...(errors ? { errors } : {}) } }
}

/** Fills in the verdicts of what could be read. One item undecided makes the batch so: resending it is safe. */
async function decideAll(
  context: RouteContext,
  items: readonly ReadItem[],
  results: ItemResult[],
): Promise<void> {
  const ofResults = items.filter((item) => item.kind === 'result')
  const ofErrors = items.filter((item) => item.kind === 'error')
  const { store, bookkeeper } = context
  const decisions = [
    ...(await decideResults(
      store,
      ofResults.map((item) => item.row),
    )),
    ...(await decideErrors(
      store,
      ofErrors.map((item) => item.row),
    )),
  ]
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

function itemResult({ row, dropped }: ReadItem, decision: Decision): ItemResult {
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
