import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isStored, type Decision } from '../decide.ts'
import type { Refused } from '../documents/body.ts'
import { readFailure } from '../documents/failure.ts'
import { readResult } from '../documents/result.ts'
import { cannotDecide, invalidDocument, Problem } from '../errors.ts'
import type { Identity, Store } from '../store/store.ts'
import {
  countRefused,
  inTime,
  leaving,
  readContext,
  requirePrepared,
  soleDocument,
  type RouteContext,
} from './context.ts'

const RETRY_SECONDS = 5

/** `POST /ingest` and `POST /ingest/error`: one document, one verdict. */
export function addSingleRoutes(app: FastifyInstance, context: RouteContext): void {
  const onError = countRefused(context)
  app.post('/ingest', { onError }, async (request, reply) => {
    requirePrepared(context.store)
    const read = readResult(soleDocument(request, context), readContext(context, request))
    if ('faults' in read)
      return await answerRefused(request, reply, context, read, context.store.recallResults)
    const decision = await inTime(request, context.decideResult(read.row, leaving(reply)))
    if (isStored(decision)) context.bookkeeper.mark([read.row.model], [])
    return answer(request, reply, context, read, decision)
  })

  app.post('/ingest/error', { onError }, async (request, reply) => {
    requirePrepared(context.store)
    const read = readFailure(soleDocument(request, context), readContext(context, request))
    if ('faults' in read)
      return await answerRefused(request, reply, context, read, context.store.recallErrors)
    const decision = await inTime(request, context.decideError(read.row, leaving(reply)))
    if (isStored(decision)) context.bookkeeper.mark([read.row.model], [read.row.fingerprint])
    return answer(request, reply, context, read, decision)
  })
}

/** A document too old to be taken in may be in from when it was young: then its sender only lost our answer. */
async function answerRefused(
  request: FastifyRequest,
  reply: FastifyReply,
  context: RouteContext,
  { faults, tooOld }: Refused,
  recall: Store['recallResults'],
): Promise<FastifyReply> {
  if (tooOld === undefined) throw invalidDocument(faults)
  const [verdict] = await inTime(request, recall([tooOld]))
  if (verdict == null) throw invalidDocument(faults)
  return answer(request, reply, context, { row: tooOld, dropped: [] }, { verdict })
}

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { counters }: RouteContext,
  { row, dropped }: { readonly row: Identity; readonly dropped: readonly string[] },
  decision: Decision,
): FastifyReply {
  if (decision.verdict === 'undecided') {
    throw cannotDecide('undecided', 'The store did not confirm; send it again', RETRY_SECONDS)
  }
  counters.add(decision.verdict)
  request.verdicts = { [decision.verdict]: 1 }
  counters.add('dropped_fields', dropped.length)
  if (dropped.length > 0) request.log.debug({ resultId: row.resultId, dropped }, 'Fields left out')
  const { resultId: result_id } = row
  if (decision.verdict === 'conflict') {
    throw new Problem(409, 'conflict', `Another document has the result_id ${result_id}`)
  }
  if (decision.verdict === 'rejected') {
    const { code, reason } = decision
    return reply.code(202).send({ status: 'rejected', result_id, code, reason })
  }
  return reply.send({
    status: 'accepted',
    result_id,
    verdict: decision.verdict,
    ...(dropped.length > 0 ? { dropped_fields: dropped } : {}),
  })
}
