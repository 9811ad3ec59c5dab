import type { Document } from 'mongodb'
import { FOREIGN_STAGES } from '../documents/failure.ts'
import { MOST_FAILURES, MOST_LOOKED_AT, type ModelFacts } from './model-facts.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { DAY_MS } from './retention.ts'
import { PUBLISHED, UNPUBLISHED, type Store } from './store.ts'

/** What the collections say about models, in one question for all of them; each part of it is served by an index. */
export const mongoModelFacts =
  (database: MongoDatabase): Store['readModelFacts'] =>
  (models, now) =>
    database.guard('reading what is known of models', async () => {
      if (models.length === 0) return []
      // Literal, or a name that begins with $ would be read as a field's.
      const asked = models.map(({ provider, modelId }, at) => ({
        at,
        provider: { $literal: provider },
        model_name: { $literal: modelId },
      }))
      const found = await database.db
        .aggregate<Answer>([{ $documents: asked }, ...stages(new Date(now.getTime() - DAY_MS))])
        .toArray()
      const byPlace = new Map(found.map((answer) => [answer.at, answer]))
      return models.map((_, at) => toFacts(byPlace.get(at)))
    })

type Count = readonly { readonly count: number }[]
type Answer = {
  readonly at: number
  readonly success: readonly { readonly run_ts: Date }[]
  readonly unpublished: readonly { readonly run_ts: Date }[]
  readonly failure: readonly {
    readonly ts: Date
    readonly error_kind?: unknown
    readonly message?: unknown
  }[]
  readonly since_success: Count
  readonly successes_24h: Count
  readonly failures_24h: Count
}

const OF_THE_MODEL = [{ $eq: ['$provider', '$$provider'] }, { $eq: ['$model_name', '$$model_name'] }] as const
const LET = { provider: '$provider', model_name: '$model_name' }

const lookUp = (from: string, as: string, pipeline: readonly Document[], more: Document = {}): Document => ({
  $lookup: { from, as, let: { ...LET, ...more }, pipeline },
})
const ofModel = (where: Document): Document => ({ $match: { $expr: { $and: OF_THE_MODEL }, ...where } })

const newest = (collection: string, as: string): Document =>
  lookUp(collection, as, [
    ofModel({ run_ts: { $type: 'date' } }),
    { $sort: { run_ts: -1 } },
    { $limit: 1 },
    { $project: { _id: 0, run_ts: 1 } },
  ])

/** Of failures the newest: looking at all of them could take for ever, and nobody needs to know. */
const newestFailures = (match: Document): Document[] => [
  match,
  { $sort: { ts: -1 } },
  { $limit: MOST_LOOKED_AT },
  { $match: { stage: { $nin: [...FOREIGN_STAGES] } } },
]

function stages(dayAgo: Date): Document[] {
  const sinceSuccess = { $match: { $expr: { $and: [...OF_THE_MODEL, { $gt: ['$ts', '$$since'] }] } } }
  const counted = [{ $limit: MOST_FAILURES }, { $count: 'count' }]
  return [
    newest(PUBLISHED, 'success'),
    newest(UNPUBLISHED, 'unpublished'),
    lookUp('errors_cloud', 'failure', [
      ...newestFailures(ofModel({ ts: { $type: 'date' } })),
      { $limit: 1 },
      { $project: { _id: 0, ts: 1, error_kind: 1, message: 1 } },
    ]),
    lookUp('errors_cloud', 'since_success', [...newestFailures(sinceSuccess), ...counted], {
      since: { $ifNull: [{ $first: '$success.run_ts' }, new Date(0)] },
    }),
    lookUp(PUBLISHED, 'successes_24h', [ofModel({ run_ts: { $gte: dayAgo } }), { $count: 'count' }]),
    lookUp('errors_cloud', 'failures_24h', [
      ...newestFailures(ofModel({ ts: { $gte: dayAgo } })),
      ...counted,
    ]),
  ]
}

function toFacts(answer: Answer | undefined): ModelFacts {
  const failure = answer?.failure[0]
  return {
    lastSuccessAt: answer?.success[0]?.run_ts ?? null,
    lastUnpublishedAt: answer?.unpublished[0]?.run_ts ?? null,
    lastError: failure
      ? { at: failure.ts, kind: String(failure.error_kind), message: String(failure.message) }
      : null,
    failuresSinceSuccess: answer?.since_success[0]?.count ?? 0,
    successes24h: answer?.successes_24h[0]?.count ?? 0,
    failures24h: answer?.failures_24h[0]?.count ?? 0,
  }
}
