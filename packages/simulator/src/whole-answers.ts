/** Answers in place of a stream: errors, redirects, documents that are no stream. */
import type { Dialect } from './dialects/dialect.ts'
import type { Fault } from './fault.ts'

export type WholeAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

type StatusFault = Extract<Fault, { kind: 'status' }>

const JSON_TYPE = { 'content-type': 'application/json' }
const PAGE = '<!doctype html><title>Welcome</title><p>Please accept the terms of this network.</p>\n'
const DOCUMENT = {
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'No stream' } }],
}

/** How to answer: with the whole of it at once, with a stream, with nothing, or by dropping the connection. */
export type Reply = WholeAnswer | 'stream' | 'silence' | 'reset'

/** What a fault makes of the answer. */
export function replyOf(fault: Fault | undefined, dialect: Dialect): Reply {
  switch (fault?.kind) {
    case 'status':
      return statusAnswer(fault, dialect)
    case 'redirect':
      return { status: 307, headers: { location: fault.location }, body: '' }
    case 'html_200':
      return { status: 200, headers: { 'content-type': 'text/html' }, body: PAGE }
    case 'json_instead_of_stream':
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify(DOCUMENT) }
    case 'never_answers':
      return 'silence'
    case 'not_accepted':
      return 'reset'
    case undefined:
    case 'stall':
    case 'cut':
    case 'close_without_finish':
    case 'error_event':
    case 'coalesce':
    case 'fragment':
    case 'drip':
    case 'slow_start':
    case 'flood':
    case 'endless':
    case 'bad_crc':
      return 'stream'
  }
}

function statusAnswer(
  { status, body, type, message, headers = {} }: StatusFault,
  dialect: Dialect,
): WholeAnswer {
  const own = dialect.errorDocument(status, type, message ?? `The simulator answers with ${status}`)
  const document = body ?? own.body
  return {
    status,
    headers: { ...JSON_TYPE, ...own.headers, ...headers },
    body: typeof document === 'string' ? document : JSON.stringify(document),
  }
}
