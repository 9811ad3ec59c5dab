/** What an answer to a batch means for its items, by status. Pure; nothing here deletes anything. */
import { z } from 'zod'
import { isFailure } from '../http.ts'
import type { HttpAnswer, HttpFailure } from '../http.ts'
import { retryAfterMs } from './backoff.ts'

const ItemVerdict = z.object({
  result_id: z.string().nullable(),
  verdict: z.enum(['created', 'duplicate', 'rejected', 'conflict', 'invalid']),
  code: z.string().nullish(),
  reason: z.string().nullish(),
})
export type ItemVerdict = z.infer<typeof ItemVerdict>

const BatchAnswer = z.object({ batch_id: z.string(), results: z.array(ItemVerdict) })

export type Judgement =
  | { readonly action: 'settle'; readonly verdicts: readonly ItemVerdict[] }
  /** The batch is too large, or one of its items spoils it: try its halves. */
  | { readonly action: 'split'; readonly reason: string }
  /** Every key was refused. */
  | { readonly action: 'pause'; readonly reason: string }
  | Kept

/** Everything stays where it is and is sent again. */
export type Kept = {
  readonly action: 'keep'
  readonly reason: string
  readonly pace: 'backoff' | 'slow'
  /** What waits: this batch alone, or all sending. */
  readonly scope: 'batch' | 'all'
  readonly retryAfterMs: number
  /** A person has to act: time alone will not help. */
  readonly alarm: boolean
}

/** The judgement of one answer; `nowMs` is wall time, for a Retry-After that is a date. */
export function judgeAnswer(answer: HttpAnswer | HttpFailure, batchId: string, nowMs: number): Judgement {
  if (isFailure(answer)) return kept(answer.failure, { alarm: isTlsFault(answer.code) })
  const { status } = answer
  const reason = `HTTP ${status}${detailOf(answer)}`
  switch (status) {
    case 200:
      return judgeVerdicts(answer, batchId)
    case 400:
    case 413:
      return { action: 'split', reason }
    case 401:
    case 403:
      return { action: 'pause', reason }
    case 404:
    case 405:
      return kept(reason, { pace: 'slow', alarm: true })
    case 415:
    case 422:
      return kept(reason, { pace: 'slow', scope: 'batch', alarm: true })
    default:
      return kept(redirectOr(reason, answer), {
        retryAfterMs: retryAfterMs(answer.headers['retry-after'], nowMs),
      })
  }
}

function kept(reason: string, differences: Partial<Kept>): Kept {
  return {
    action: 'keep',
    reason,
    pace: 'backoff',
    scope: 'all',
    retryAfterMs: 0,
    alarm: false,
    ...differences,
  }
}

/** Only a whole, schema-valid answer that names our batch says anything about an item. */
function judgeVerdicts(answer: HttpAnswer, batchId: string): Judgement {
  const parsed = BatchAnswer.safeParse(parseJson(answer.body))
  if (!parsed.success) {
    const type = answer.headers['content-type'] ?? 'no content type'
    return kept(`HTTP 200 without verdicts (${type}, ${answer.body.length} characters)`, {})
  }
  if (parsed.data.batch_id !== batchId) return kept('HTTP 200 with the verdicts of another batch', {})
  const ids = parsed.data.results.flatMap(({ result_id }) => result_id ?? [])
  if (new Set(ids).size !== ids.length) return kept('HTTP 200 with several verdicts for one item', {})
  return { action: 'settle', verdicts: parsed.data.results }
}

const TLS_CODE = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH)/

function isTlsFault(code: string | null): boolean {
  return code !== null && TLS_CODE.test(code)
}

function redirectOr(reason: string, { status, headers }: HttpAnswer): string {
  if (status < 300 || status >= 400) return reason
  return `HTTP ${status} to ${hostOf(headers['location'])}; redirects are not followed`
}

function hostOf(location: string | undefined): string {
  if (location === undefined) return 'nowhere'
  return URL.canParse(location) ? new URL(location).host : 'another path'
}

const Problem = z.object({
  code: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
})

/** What an RFC 9457 problem says, short enough for a log. */
function detailOf({ body }: HttpAnswer): string {
  const parsed = Problem.safeParse(parseJson(body))
  if (!parsed.success) return ''
  const { code, title, detail } = parsed.data
  const said = [code, detail ?? title].filter((part) => part !== undefined).join(': ')
  return said === '' ? '' : ` (${said.slice(0, 300)})`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
