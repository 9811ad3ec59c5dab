import { z } from 'zod'
import { isObject, reportFault, type Body, type ReadContext, type Refused } from '../documents/body.ts'
import { readFailure } from '../documents/failure.ts'
import { readResult } from '../documents/result.ts'
import { invalidDocument, Problem, type Fault } from '../errors.ts'
import { faultsOf } from '../json/pointer.ts'
import type { ScanFault } from '../json/scan.ts'
import type { ErrorRow, Identity, ResultRow } from '../store/store.ts'
import { refuseFatal } from './context.ts'

const MAX_REASON_FAULTS = 20

/** What holds the items of a batch; each is read on its own. */
export const Envelope = z.object({ batch_id: z.string().min(1).max(128), items: z.array(z.unknown()).min(1) })

export type Verdict = 'created' | 'duplicate' | 'rejected' | 'conflict' | 'invalid'
export type ItemResult = {
  readonly result_id: string | null
  readonly verdict: Verdict
  readonly code?: string
  readonly reason?: string
  readonly errors?: readonly Fault[]
  readonly dropped_fields?: readonly string[]
}

type Dropping<Kind, Row> = { readonly kind: Kind; readonly row: Row; readonly dropped: readonly string[] }
/** An item that can be stored. */
export type ReadItem = Dropping<'result', ResultRow> | Dropping<'error', ErrorRow>
/** `tooOld`: what it is where nothing but its age is wrong, so that it may be in the store already. */
export type RefusedItem = {
  readonly refusal: ItemResult
  readonly tooOld?: { readonly kind: 'result' | 'error'; readonly document: Identity }
}

/** The items of a batch with the faults of each; throws for what spoils the batch as a whole. */
export function readEnvelope(
  { value, body }: { value: Readonly<Record<string, unknown>>; body: Body },
  maxItems: number,
): { batchId: string; items: Body[] } {
  const ofItem = new Map<number, ScanFault[]>()
  const ofEnvelope: ScanFault[] = []
  for (const { path, kind } of body.faults) {
    const [first, index, ...rest] = path
    if (first !== 'items' || typeof index !== 'number') ofEnvelope.push({ path, kind })
    else if (!ofItem.get(index)?.push({ path: rest, kind })) ofItem.set(index, [{ path: rest, kind }])
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

/** An item as a row, or the verdict `invalid` that it gets. */
export function readItem(item: Body, maxBytes: number, reading: ReadContext): ReadItem | RefusedItem {
  if (!isObject(item.value)) return refuse(item, 'not_an_object', 'An item is an object')
  if (item.faults.some((fault) => fault.kind === 'too_deep')) {
    return refuse(item, 'too_deep', 'The item is nested too deeply')
  }
  if (Buffer.byteLength(JSON.stringify(item.value)) > maxBytes) {
    return refuse(item, 'item_too_large', `An item has at most ${maxBytes} bytes`)
  }
  const kind = item.value['kind']
  if (kind === 'result') {
    const read = readResult(item, reading)
    return 'row' in read ? { kind, ...read } : refuseFaults(item, kind, read)
  }
  if (kind === 'error') {
    const read = readFailure(item, reading)
    return 'row' in read ? { kind, ...read } : refuseFaults(item, kind, read)
  }
  return refuse(item, 'unknown_kind', 'The kind of an item is "result" or "error"')
}

function refuseFaults(item: Body, kind: 'result' | 'error', { faults, tooOld }: Refused): RefusedItem {
  const errors = faults.slice(0, MAX_REASON_FAULTS)
  const reason = errors
    .map(({ pointer, detail }) => `${pointer}: ${detail}`)
    .join('; ')
    .slice(0, 500)
  const refused = refuse(item, 'invalid_document', reason, errors)
  return tooOld ? { ...refused, tooOld: { kind, document: tooOld } } : refused
}

function refuse(item: Body, code: string, reason: string, errors?: readonly Fault[]): RefusedItem {
  const id = isObject(item.value) ? item.value['result_id'] : null
  const result_id = typeof id === 'string' ? id.slice(0, 128) : null
  return { refusal: { result_id, verdict: 'invalid', code, reason, ...(errors ? { errors } : {}) } }
}
