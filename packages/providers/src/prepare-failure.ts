/** What kind of failure keeps a request from being prepared. Pure. */
import type { ErrorKind } from './result.ts'

/** The metadata of a model asks for what no run may send. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused'
}

/** Credentials did not come in time. */
export class PrepareTimeout extends Error {
  override readonly name = 'PrepareTimeout'
  constructor(limitMs: number) {
    super(`prepare deadline of ${limitMs / 1000} s passed: credentials or signature did not come`)
  }
}

/** Of the system, undici, OpenSSL and Node's TLS. A file that is missing or may not be read is none of them. */
const NETWORK_CODE =
  /^(?:ECONN[A-Z]+|ENOTFOUND|EAI_[A-Z]+|EHOST[A-Z]+|ENET[A-Z]+|EPIPE|EPROTO|EADDRNOTAVAIL|UND_ERR_[A-Z_]+|ERR_(?:TLS|SSL)_[A-Z_]+|CERT_[A-Z_]+|DEPTH_ZERO_[A-Z_]+|SELF_SIGNED_[A-Z_]+|UNABLE_TO_[A-Z_]+)$/
const TIMEOUT_CODE = /^(?:ETIMEDOUT|ESOCKETTIMEDOUT|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT)$/
const TIMEOUT_NAME = /^(?:PrepareTimeout|TimeoutError)$/
const THROTTLED = /throttl|toomanyrequests|slow_?down|rate[ _-]?limit/i
const BAD_KEY =
  /invalid_grant|invalid_client|unauthorized_client|invalidclienttokenid|invalididentitytoken|idprejectedclaim|unrecognizedclient|signaturedoesnotmatch|invalidsignature|incompletesignature|expiredtoken|expired_token|accessdenied|access_denied/i

/**
 * Only an answer that a key is bad is `auth`, which stops a provider: a lost packet to a token endpoint is the
 * network's, and a field that the SDK refuses is this model's own. What is missing on this machine (a file, a profile,
 * any credentials) is `unknown`.
 */
export function kindOfPreparing(error: unknown): ErrorKind {
  const chain = causesOf(error)
  if (chain.some(({ name }) => name === 'RequestRefused' || name === 'SerializationException'))
    return 'hard_capability'
  if (chain.some(saysBadKey)) return 'auth'
  if (chain.some(({ status, text }) => status === 429 || (isRefusal(status) && THROTTLED.test(text))))
    return 'rate_limit'
  // The AWS SDK calls a connection that broke a TimeoutError, too: the code says more.
  if (chain.some(({ code, status }) => TIMEOUT_CODE.test(code) || status === 408 || status === 504))
    return 'timeout'
  if (chain.some(({ code, status }) => NETWORK_CODE.test(code) || status >= 500)) return 'network'
  return chain.some(({ name }) => TIMEOUT_NAME.test(name)) ? 'timeout' : 'unknown'
}

/** A token endpoint's 400 is about the key only where it says so; its 401 and 403 always are. */
function saysBadKey({ status, text }: Cause): boolean {
  return status === 401 || status === 403 || (isRefusal(status) && BAD_KEY.test(text))
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500
}

type Cause = { readonly name: string; readonly code: string; readonly status: number; readonly text: string }

const DEEPEST_CAUSE = 8
const MOST_CAUSES = 8
const LONGEST_SEARCHED = 2000

/** An error and what caused it, each with the fields in which libraries say what went wrong. */
function causesOf(error: unknown, depth = 0): Cause[] {
  if (typeof error !== 'object' || error === null || depth > DEEPEST_CAUSE) return []
  const { name, code, status, cause, message, errors, response, $metadata } = error as Fields
  const found = [status, fieldsOf($metadata)['httpStatusCode'], fieldsOf(response)['status'], code]
  const own: Cause = {
    name: typeof name === 'string' ? name : '',
    code: typeof code === 'string' ? code : '',
    status: found.map(Number).find((value) => value >= 100 && value <= 599) ?? 0,
    text: `${String(name)} ${typeof message === 'string' ? message.slice(0, LONGEST_SEARCHED) : ''}`,
  }
  const inner: unknown[] = [cause, ...(Array.isArray(errors) ? errors.slice(0, MOST_CAUSES) : [])]
  return [own, ...inner.flatMap((one) => causesOf(one, depth + 1))]
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
