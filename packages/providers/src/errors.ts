/** Errors of our own configuration, and the one classification of providers' errors that both services use. */
import {
  AUTH_NAMES,
  AUTH_TEXT,
  BUDGET_TEXT,
  CAPABILITY_TEXT,
  compactName,
  HARD_MODEL_NAMES,
  HARD_MODEL_TEXT,
  RATE_LIMIT_NAMES,
  RATE_LIMIT_TEXT,
  TRANSIENT_NAMES,
  TRANSIENT_TEXT,
} from './error-vocabulary.ts'
import { isAboutMoney } from './money.ts'
import type { ProviderError } from './provider-error.ts'
import type { ErrorKind } from './result.ts'

/** A fault in the environment or on the command line, said in a sentence a person can act on. Never holds a secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/** Expressions search at most this much of a message: words that name a cause come early. */
const LONGEST_SEARCHED = 4000
const LONGEST_NAME = 200

/** Whether an error names the model itself as gone or unknown, by its code or in words: a plain 404 page does not. */
export function saysModelIsGone(model: string, name: string | null, message: string): boolean {
  const text = message.slice(0, LONGEST_SEARCHED).replaceAll('\u2019', "'")
  return HARD_MODEL_NAMES.test(compactName(name ?? '')) || HARD_MODEL_TEXT.test(text) || text.includes(model)
}

/** The provider's own word that a status has another cause than the general one: 498 Groq, 424 Bedrock, 529 Anthropic. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([424, 425, 498, 499, 529])

/**
 * The kind of a provider's error (`docs/measurement.md`, errors): money first, then status, then type and code, then
 * text. Text is compared case-insensitively with U+2019 folded to an ASCII apostrophe.
 */
export function classifyError(error: ProviderError): ErrorKind {
  const { status } = error
  const given = [error.type, error.code].filter((name) => name !== null)
  const names = given.map((name) => compactName(name.slice(0, LONGEST_NAME))).join(' ')
  const said = given.join(' ')
  const text = `${said} ${error.message ?? ''}`.slice(0, LONGEST_SEARCHED).replaceAll('\u2019', "'")
  const refused = status === null || status < 500
  if (refused && isAboutMoney({ status, names, text })) return 'billing'
  if (status === 401 || status === 403) return 'auth'
  if (status === 429) return 'rate_limit'
  if (status === 408) return 'timeout'
  if (status !== null && (status >= 500 || TRANSIENT_STATUSES.has(status))) return 'transient_provider'
  if (AUTH_NAMES.test(names) || AUTH_TEXT.test(text)) return 'auth'
  if (RATE_LIMIT_NAMES.test(names)) return 'rate_limit'
  if (status === 404 || HARD_MODEL_NAMES.test(names) || HARD_MODEL_TEXT.test(text)) return 'hard_model'
  if (TRANSIENT_NAMES.test(names)) return 'transient_provider'
  return classifyByText(status, text, text.slice(said.length))
}

/** The words of a passing failure outweigh a type that only says that a request was refused. */
function classifyByText(status: number | null, text: string, message: string): ErrorKind {
  if (RATE_LIMIT_TEXT.test(text)) return 'rate_limit'
  if (BUDGET_TEXT.test(text)) return 'budget_exhausted'
  const isTransient = TRANSIENT_TEXT.test(text)
  if (isTransient && (status === null || !CAPABILITY_TEXT.test(message))) return 'transient_provider'
  return CAPABILITY_TEXT.test(text) ? 'hard_capability' : isTransient ? 'transient_provider' : 'unknown'
}
