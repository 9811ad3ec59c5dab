/** Prepares a request before any clock starts: fields, credentials, signature. What fails here is told by its cause. */
import type { Failure } from './documents.ts'
import type { Plan } from './plan.ts'
import type { Access, Provider, WireRequest } from './provider.ts'
import { requestFaults } from './request-fields.ts'
import type { ErrorKind } from './result.ts'
import { scrubText } from './scrub.ts'

/** The metadata of a model asks for what no run may send. */
class RequestRefused extends Error {
  override readonly name = 'RequestRefused'
}

/** Credentials did not come in time. */
class PrepareTimeout extends Error {
  override readonly name = 'PrepareTimeout'
  constructor(limitMs: number) {
    super(`prepare deadline of ${limitMs / 1000} s passed: credentials or signature did not come`)
  }
}

/** How long credentials and a signature may take: several tries of a metadata server and of a token endpoint. */
const PREPARE_LIMIT_MS = 30_000

export type Prepared = { readonly request: WireRequest } | { readonly failure: Failure }

/** The request, ready to be written, or why there is none. Never rejects and never takes longer than the limit. */
export async function prepareRequest(
  plan: Plan,
  provider: Provider,
  access: Access,
  limitMs: number = PREPARE_LIMIT_MS,
): Promise<Prepared> {
  try {
    const [fault] = requestFaults(plan.metadata)
    if (fault !== undefined) throw new RequestRefused(fault)
    return { request: await within(limitMs, async () => provider.request(plan, access)) }
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    return {
      failure: {
        phase: 'connect',
        kind: kindOf(error),
        status: null,
        name,
        message: scrubText(`The request could not be prepared: ${message}`, access.secrets),
      },
    }
  }
}

async function within<Value>(limitMs: number, run: () => Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new PrepareTimeout(limitMs)), limitMs)
  })
  try {
    return await Promise.race([run(), late])
  } finally {
    clearTimeout(timer)
  }
}

const NETWORK_CODE =
  /^(?:E[A-Z]{3,}|EAI_AGAIN|UND_ERR_[A-Z_]+|ERR_TLS_[A-Z_]+|CERT_[A-Z_]+|UNABLE_TO_[A-Z_]+)$/
const TIMEOUT = /^(?:ETIMEDOUT|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT|ESOCKETTIMEDOUT)$/
const TIMEOUT_NAME = /^(?:PrepareTimeout|TimeoutError|AbortError)$/
const BAD_KEY =
  /invalid_grant|invalid_client|unauthorized_client|invalidclienttokenid|signaturedoesnotmatch|expiredtoken|accessdenied/i

/**
 * Only an answer that a key is bad is `auth`, which stops a provider: a lost packet to a token endpoint is the
 * network's, and a field that the SDK refuses is this model's own.
 */
function kindOf(error: unknown): ErrorKind {
  const chain = causesOf(error)
  if (chain.some(({ name }) => name === 'RequestRefused')) return 'hard_capability'
  if (chain.some(saysBadKey)) return 'auth'
  if (chain.some(({ name, code }) => TIMEOUT_NAME.test(name) || TIMEOUT.test(code))) return 'timeout'
  if (chain.some(({ code, status }) => NETWORK_CODE.test(code) || status >= 500)) return 'network'
  return chain.some(isSerialiser) ? 'hard_capability' : 'unknown'
}

/** An SDK that cannot write a field of the request; `fetch` calls every failure of its own a TypeError. */
function isSerialiser({ name, text }: Cause): boolean {
  return name === 'SerializationException' || (name === 'TypeError' && !text.includes('fetch failed'))
}

type Cause = { readonly name: string; readonly code: string; readonly status: number; readonly text: string }

const DEEPEST_CAUSE = 8

/** An error and what caused it, each with the fields in which libraries say what went wrong. */
function causesOf(error: unknown, depth = 0): Cause[] {
  if (typeof error !== 'object' || error === null || depth > DEEPEST_CAUSE) return []
  const { name, code, status, cause, message, errors, response, $metadata } = error as Record<string, unknown>
  const statuses = [
    (typeof $metadata === 'object' && $metadata !== null ? $metadata : {}) as Record<string, unknown>,
    (typeof response === 'object' && response !== null ? response : {}) as Record<string, unknown>,
  ]
  const found = [status, statuses[0]?.['httpStatusCode'], statuses[1]?.['status'], code]
  const own: Cause = {
    name: typeof name === 'string' ? name : '',
    code: typeof code === 'string' ? code : '',
    status: found.map(Number).find((value) => value >= 100 && value <= 599) ?? 0,
    text: `${String(name)} ${typeof message === 'string' ? message.slice(0, 2000) : ''}`,
  }
  const inner = [cause, ...(Array.isArray(errors) ? errors : [])]
  return [own, ...inner.flatMap((one) => causesOf(one, depth + 1))]
}

/** A token endpoint's 400 is about the key only where it says so; its 401 and 403 always are. */
function saysBadKey({ status, text }: Cause): boolean {
  return status === 401 || status === 403 || (status >= 400 && status < 500 && BAD_KEY.test(text))
}
