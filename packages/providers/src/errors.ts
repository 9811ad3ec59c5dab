/** Faults of providers and of our own configuration, and the one classification both services use. */
import type { ErrorKind } from './result.ts'

/** A fault in the environment or on the command line, said in a sentence a person can act on. Never holds a secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/** What a provider said went wrong. Every field is as sent; null means it was not said. */
export type ProviderFault = {
  readonly status: number | null
  readonly type: string | null
  readonly code: string | null
  readonly message: string
}

const BILLING = /insufficient_quota|billing_error|credit balance|payment required/i
const AUTH =
  /api_key_invalid|invalid_api_key|authentication_error|unauthenticated|security token|unrecognizedclient/i
const RATE_LIMIT =
  /rate_limit|throttling|too many (requests|tokens)|resource_exhausted|request_limit_exceeded/i
const BUDGET = /token limit reached|max_tokens.{0,200}reached before/i
const HARD_MODEL =
  /model_not_found|end of its life|model identifier is invalid|on-demand throughput isn't supported|not a valid model|resourcenotfoundexception/i
const TRANSIENT =
  /overloaded|api_error|server_error|internalserver|internal_error|unavailable|modelstreamerror|modeltimeout|modelnotready|timeout_error/i
const CAPABILITY =
  /unsupported|not supported|does not support|not support|parameter|tool_use_failed|validationexception|invalid_request|invalid_argument|context_length|failed_precondition/i

/**
 * The kind of a provider's fault: status first, then type and code, then text (`docs/measurement.md`, errors).
 * Text is compared case-insensitively with U+2019 folded to an ASCII apostrophe.
 */
export function classifyError(fault: ProviderFault): ErrorKind {
  const { status } = fault
  const names = [fault.type, fault.code].filter((name) => name !== null).join(' ')
  const text = `${names} ${fault.message}`.replaceAll('\u2019', "'")
  if (status === 429) return BILLING.test(names) ? 'billing' : 'rate_limit'
  if (status === 402 || BILLING.test(names)) return 'billing'
  if (status === 401 || status === 403 || AUTH.test(text)) return 'auth'
  if (RATE_LIMIT.test(names)) return 'rate_limit'
  if (status === 404 || HARD_MODEL.test(text)) return 'hard_model'
  if (status !== null && status >= 500) return 'transient_provider'
  if (status === 408) return 'timeout'
  if (TRANSIENT.test(names)) return 'transient_provider'
  return classifyByText(status, text)
}

function classifyByText(status: number | null, text: string): ErrorKind {
  if (BILLING.test(text)) return 'billing'
  if (RATE_LIMIT.test(text)) return 'rate_limit'
  if (BUDGET.test(text)) return 'budget_exhausted'
  if (status !== null && status >= 400) return CAPABILITY.test(text) ? 'hard_capability' : 'unknown'
  if (TRANSIENT.test(text)) return 'transient_provider'
  return CAPABILITY.test(text) ? 'hard_capability' : 'unknown'
}
