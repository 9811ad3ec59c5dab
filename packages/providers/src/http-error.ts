/** What the body of a failed answer says: JSON, JSON inside an event, a page of HTML or plain words. Pure. */
import { createSseFramer } from './framing/sse.ts'
import { asRecord, isRecord } from './json.ts'
import { parseMessage } from './message.ts'
import { mergeErrors, readKnownError, readProviderError } from './provider-error.ts'
import type { ProviderError } from './provider-error.ts'
import { plainWords } from './words.ts'

/** The error of an answer with that status; the status on the wire outranks one in the body. */
export function readHttpError(status: number, body: string): ProviderError {
  const told = readJsonBody(body) ?? readFramedBody(body)
  if (told !== null) return { ...told, status }
  const words = plainWords(body)
  return {
    status,
    type: null,
    code: null,
    message: words === '' ? `HTTP status ${status} without a body` : words,
  }
}

function readJsonBody(body: string): ProviderError | null {
  const value = parseMessage(body)
  if (!isRecord(value) && !Array.isArray(value)) return null
  const error = readKnownError(value)
  return error.message === null && error.type === null && error.code === null
    ? { ...error, message: plainWords(body) || null }
    : error
}

/** Some servers frame an error as an event although the answer has an error status. */
function readFramedBody(body: string): ProviderError | null {
  if (!/^\s*(?:data|event|id|retry|error)?:/.test(body)) return null
  const framer = createSseFramer()
  const frames = [...framer.push(Buffer.from(body), 0n), ...framer.finish().frames]
  const values = frames.map(({ data }) => parseMessage(data))
  const error = mergeErrors(values.flatMap((value) => readProviderError(value) ?? []))
  if (error !== null) return error
  const object = values.find((value) => Object.keys(asRecord(value)).length > 0)
  if (object !== undefined) return readKnownError(object)
  const words = plainWords(frames.map(({ data }) => data).join(' '))
  return words === '' ? null : { status: null, type: null, code: null, message: words }
}
