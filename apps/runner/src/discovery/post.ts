/** Hands a report to the ingest, once. What is not taken is read anew later. */
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { retryAfterMs } from '../delivery/backoff.ts'
import type { KeyRing } from '../delivery/keys.ts'
import { isFailure } from '../http.ts'
import type { Send } from '../http.ts'

const REQUEST_DEADLINE_MS = 20_000

const Answer = z.object({ status: z.literal('accepted'), new_count: z.number() })

export type PostParts = {
  readonly send: Send
  readonly keys: KeyRing
  /** `…/ingest/catalog`. */
  readonly url: string
  readonly clock: Pick<Clock, 'wallMs'>
}

export type Posted =
  | { readonly stored: true; readonly newCount: number }
  | { readonly stored: false; readonly reason: string; readonly retryAfterMs: number }

/** Posts the body, gzip of a report's JSON. Never rejects for what the ingest or the network does. */
export async function postReport(
  { send, keys, url, clock }: PostParts,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<Posted> {
  const answer = await keys.send((authorization) =>
    send({
      method: 'POST',
      url,
      headers: { authorization, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body,
      deadlineMs: REQUEST_DEADLINE_MS,
      signal,
    }),
  )
  if (isFailure(answer)) return { stored: false, reason: answer.failure, retryAfterMs: 0 }
  const accepted = answer.status === 200 ? Answer.safeParse(parseJson(answer.body)) : null
  if (accepted?.success === true) return { stored: true, newCount: accepted.data.new_count }
  return {
    stored: false,
    reason: `The ingest did not take the list: HTTP ${answer.status}`,
    retryAfterMs: retryAfterMs(answer.headers['retry-after'], clock.wallMs()),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
