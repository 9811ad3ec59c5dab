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

/** What the fault answers with, or undefined when the answer is a stream. */
export function wholeAnswerOf(fault: Fault | undefined, dialect: Dialect): WholeAnswer | undefined {
  switch (fault?.kind) {
    case 'status':
      return statusAnswer(fault, dialect)
    case 'redirect':
      return { status: 307, headers: { location: fault.location }, body: '' }
    case 'html_200':
      return { status: 200, headers: { 'content-type': 'text/html' }, body: PAGE }
    case 'json_instead_of_stream':
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify(DOCUMENT) }
    default:
      return undefined
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
