/** Sends batches until each of their items has a verdict: one batch per call, so that loops above decide the pace. */
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { HttpAnswer, HttpFailure, Send } from '../http.ts'
import type { OutboxClient } from '../outbox/client.ts'
import type { Batch, Verdict } from '../outbox/types.ts'
import { judgeAnswer } from './judge.ts'
import type { ItemVerdict, Kept } from './judge.ts'
import type { KeyRing } from './keys.ts'
import type { Tally } from '../tally.ts'

const REQUEST_DEADLINE_MS = 20_000

export type CourierParts = {
  readonly outbox: OutboxClient
  readonly send: Send
  readonly batchUrl: string
  readonly keys: KeyRing
  readonly clock: Clock
  readonly newId: () => string
  readonly logger: Logger
  readonly tally: Tally
}

/** What became of one request. */
export type Delivered =
  | { readonly kind: 'settled' }
  | { readonly kind: 'split' }
  | { readonly kind: 'unauthorized'; readonly reason: string }
  | ({ readonly kind: 'kept' } & Omit<Kept, 'action'>)
  /** There is no such batch any more. */
  | { readonly kind: 'gone' }

/** Sends the batch, with the next key where one is refused, and applies what the answer says. */
export async function deliverBatch(
  parts: CourierParts,
  batchId: string,
  signal: AbortSignal,
): Promise<Delivered> {
  const batch = await parts.outbox.readBatch(batchId)
  if (batch === null) return { kind: 'gone' }
  const answer = await parts.keys.send((authorization) => post(parts, batch, authorization, signal))
  const judgement = judgeAnswer(answer, batchId, parts.clock.wallMs())
  switch (judgement.action) {
    case 'settle':
      return await applyVerdicts(parts, batch, judgement.verdicts)
    case 'split':
      return await splitOrBury(parts, batch, judgement.reason)
    case 'pause':
      return { kind: 'unauthorized', reason: judgement.reason }
    case 'keep':
      return { ...judgement, kind: 'kept' }
  }
}

async function post(
  { send, batchUrl }: CourierParts,
  batch: Batch,
  authorization: string,
  signal: AbortSignal,
): Promise<HttpAnswer | HttpFailure> {
  const headers = {
    authorization,
    'content-type': 'application/json',
    accept: 'application/json',
  }
  return await send({
    method: 'POST',
    url: batchUrl,
    headers,
    body: batch.body,
    deadlineMs: REQUEST_DEADLINE_MS,
    signal,
  })
}

async function applyVerdicts(
  parts: CourierParts,
  batch: Batch,
  answered: readonly ItemVerdict[],
): Promise<Delivered> {
  const verdicts = answered.flatMap(({ result_id: resultId, verdict, code, reason }): Verdict[] =>
    resultId === null ? [] : [{ resultId, verdict, code: code ?? null, reason: reason ?? null }],
  )
  const settled = await parts.outbox.settle(batch.batchId, verdicts, parts.clock.wallMs())
  const ours = new Set(batch.resultIds)
  for (const { resultId, verdict, code, reason } of verdicts.filter((one) => ours.has(one.resultId))) {
    parts.tally.add(verdict)
    if (verdict === 'created' || verdict === 'duplicate') continue
    parts.logger.error(
      { result_id: resultId, verdict, code, reason },
      'The ingest refused a result: dead letter',
    )
  }
  if (settled.left === 0) return { kind: 'settled' }
  const reason = `HTTP 200 that leaves out ${settled.left} of ${batch.resultIds.length} items`
  return { kind: 'kept', reason, pace: 'backoff', scope: 'all', retryAfterMs: 0, alarm: false }
}

/** A batch that was refused as a whole: its halves are tried; a single item is refused for good. */
async function splitOrBury(parts: CourierParts, batch: Batch, reason: string): Promise<Delivered> {
  const { outbox, newId, clock, logger, tally } = parts
  if (batch.resultIds.length > 1) {
    await outbox.split(batch.batchId, [newId(), newId()])
    logger.warn(
      { batch_id: batch.batchId, items: batch.resultIds.length, reason },
      'Batch refused: trying its halves',
    )
    return { kind: 'split' }
  }
  const refusals = batch.resultIds.map(
    (resultId) => ({ resultId, verdict: 'invalid', code: 'request_refused', reason }) as const,
  )
  await outbox.settle(batch.batchId, refusals, clock.wallMs())
  for (const { resultId } of refusals) {
    tally.add('invalid')
    logger.error({ result_id: resultId, reason }, 'The ingest refused a result: dead letter')
  }
  return { kind: 'settled' }
}
