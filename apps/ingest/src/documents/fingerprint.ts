import { sha256 } from '../json/canonical.ts'

const REQUEST_ID = /(?:request|activity)[ _-]?id\s*[:=]\s*[a-z0-9-]{8,}/g
const MAX_LENGTH = 2000

/** An error message without what differs from one occurrence to the next: case, white space, request ids. */
export function normalizeMessage(message: string): string {
  const lowered = message.trim().toLowerCase()
  return lowered.replace(REQUEST_ID, 'request_id=<redacted>').replace(/\s+/g, ' ').slice(0, MAX_LENGTH)
}

type Failure = {
  readonly provider: string
  readonly modelName: string
  readonly stage: string
  readonly kind: string
  readonly normalizedMessage: string
}

/** One name for all errors of the same cause: SHA-256 of the five parts joined by newlines. */
export const fingerprint = ({ provider, modelName, stage, kind, normalizedMessage }: Failure): string =>
  sha256([provider, modelName, stage, kind, normalizedMessage].join('\n'))
