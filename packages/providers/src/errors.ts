/** Errors of our own configuration, and the one classification of providers' errors that both services use. */
import { isAboutMoney } from './money.ts'
import type { ProviderError } from './provider-error.ts'
import type { ErrorKind } from './result.ts'

/** A fault in the environment or on the command line, said in a sentence a person can act on. Never holds a secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/** Expressions search at most this much of a message: words that name a cause come early. */
const LONGEST_SEARCHED = 4000

const AUTH_NAMES =
  /api_?key_?invalid|invalid_?api_?key|invalid_key|authentication|unauthenticated|unauthorized|unrecognizedclient|invalid_token|expired_token|expiredtoken|invalidsignature|incompletesignature|missingauthenticationtoken/i
const AUTH_TEXT =
  /incorrect api[ _-]?key|(?:invalid|expired|revoked|disabled|missing|unknown|wrong) (?:api[ _-]?key|access token|auth token|bearer token|credentials|token provided)|api[ _-]?key (?:is |was |has )?(?:not valid|invalid|expired|been revoked|revoked|missing|incorrect|disabled|not found|required)|(?:no|provide an|provide a valid|valid) api[ _-]?key|security token|api_key_invalid|authentication (?:failed|error|required)|\blogin fail|无效的?(?:令牌|密钥)|(?:令牌|密钥|api ?key) ?(?:无效|已?过期|不正确)/i
const RATE_LIMIT =
  /rate[ _-]?limit|throttl|quota_?exceeded|too many (?:requests|tokens)|too_many_requests|resource_exhausted|request_limit_exceeded|requests per (?:minute|second|day)|\b(?:high|too much|exceed\w*) concurren|请求过[多于]|并发数?过高|限流|频率(?:限制|过高)|速率限制/i
const BUDGET = /token limit reached|max_tokens.{0,200}reached before/i
const HARD_MODEL_NAMES =
  /model_not_found|modelnotfound|invalid_model|unknown_model|model_not_supported|model_decommissioned|model_deprecated|model_not_available|no_such_model|resourcenotfoundexception|deploymentnotfound/i
/** What belongs to a model and is refused, is not the model. */
const PART =
  '(?:params?|parameters?|outputs?|response|inputs?|config\\w*|options?|arguments?|args|settings?|requests?|fields?|values?|card|kwargs|behaviou?r|format)'
/** `model`, where it is what the sentence is about: not in "for this model", and not in "given by model". */
const MODEL =
  '(?<!\\b(?:for|on|with|by|in|of|to|from|using) (?:this|the|that|your|selected|specified|requested|chosen|given) )(?<!\\bby )\\bmodel\\b'
/** A name in between may hold dots, as versions do. */
const MODEL_NAME = `(?:(?!\\b${PART}\\b)(?:[^.;\\n]|\\.(?=\\S))){0,160}?`
const GONE =
  "(?:does not exist|doesn't exist|not found|was not found|could not be found|has been (?:deprecated|decommissioned|removed|retired|shut down)|is no longer (?:available|supported)|is not supported(?= by any|[\"'`]*(?:[.!]|$)))"
const HARD_MODEL_TEXT = new RegExp(
  `模型(?:不存在|已下线)|end of its life|model identifier is invalid|on-demand throughput isn't supported|not a valid model\\b(?! ${PART}\\b)|(?:invalid|unknown|unsupported|no such) model\\b(?! ${PART}\\b)|${MODEL}${MODEL_NAME} ${GONE}`,
  'i',
)
const TRANSIENT_NAMES =
  /overloaded|api_error|server_error|internalserv|internal_error|unavailable|modelerror|modelstreamerror|modeltimeout|modelnotready|timeout_error|capacity_exceeded|over_capacity|bad_gateway|server_busy/i
const TRANSIENT_TEXT =
  /overloaded|over capacity|capacity exceeded|high demand|temporarily unavailable|service (?:is )?(?:temporarily )?unavailable|bad gateway|gateway time-?out|server error\b|server (?:is )?busy|upstream (?:connect|request|error|timed)|try again later|(?:currently|still) loading|timed? ?out\b|deadline exceeded|unexpected eof|connection (?:refused|reset|closed|aborted|error)|no healthy upstream|out of memory|繁忙|过载|server_error|internal_error|api_error|modelstreamerror/i
const CAPABILITY =
  /unsupported|not supported|does not support|not support|parameter|tool_use_failed|validationexception|invalid_request|invalid_argument|context_length|context size|context length|context window|content.?(?:management )?policy|failed_precondition|extra inputs|extra_forbidden|input should be|is too large|unrecognized|operationnotsupported/i

/** Whether an error names the model itself as gone or unknown, by its code or in words: a plain 404 page does not. */
export function saysModelIsGone(model: string, name: string | null, message: string): boolean {
  const text = message.slice(0, LONGEST_SEARCHED).replaceAll('\u2019', "'")
  return HARD_MODEL_NAMES.test(name ?? '') || HARD_MODEL_TEXT.test(text) || text.includes(model)
}

/** The provider's own word that a status has another cause than the general one: 498 Groq, 424 Bedrock, 529 Anthropic. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([424, 425, 498, 499, 529])

/**
 * The kind of a provider's error (`docs/measurement.md`, errors): money first, then status, then type and code, then
 * text. Text is compared case-insensitively with U+2019 folded to an ASCII apostrophe.
 */
export function classifyError(error: ProviderError): ErrorKind {
  const { status } = error
  const names = [error.type, error.code].filter((name) => name !== null).join(' ')
  const text = `${names} ${error.message ?? ''}`.slice(0, LONGEST_SEARCHED).replaceAll('\u2019', "'")
  const refused = status === null || status < 500
  if (refused && isAboutMoney({ status, names, text })) return 'billing'
  if (status === 401 || status === 403) return 'auth'
  if (status === 429) return 'rate_limit'
  if (status === 408) return 'timeout'
  if (status !== null && (status >= 500 || TRANSIENT_STATUSES.has(status))) return 'transient_provider'
  if (AUTH_NAMES.test(names) || AUTH_TEXT.test(text)) return 'auth'
  if (RATE_LIMIT.test(names)) return 'rate_limit'
  if (status === 404 || HARD_MODEL_NAMES.test(text) || HARD_MODEL_TEXT.test(text)) return 'hard_model'
  if (TRANSIENT_NAMES.test(names)) return 'transient_provider'
  return classifyByText(status, text, text.slice(names.length))
}

/** The words of a passing failure outweigh a type that only says that a request was refused. */
function classifyByText(status: number | null, text: string, message: string): ErrorKind {
  if (RATE_LIMIT.test(text)) return 'rate_limit'
  if (BUDGET.test(text)) return 'budget_exhausted'
  const isTransient = TRANSIENT_TEXT.test(text)
  if (isTransient && (status === null || !CAPABILITY.test(message))) return 'transient_provider'
  return CAPABILITY.test(text) ? 'hard_capability' : isTransient ? 'transient_provider' : 'unknown'
}
