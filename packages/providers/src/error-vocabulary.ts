/** The words by which providers say what kind of error it is. Data. */

/** Matches where any of these does, in any case. */
export const anyOf = (...words: readonly string[]): RegExp => new RegExp(words.join('|'), 'i')

/** Types and codes are compared without separators: `invalid_api_key`, `InvalidApiKey` and `invalid-api-key` are one. */
export const compactName = (name: string): string => name.toLowerCase().replace(/[-_.\s]+/g, '')

export const AUTH_NAMES = anyOf(
  'apikeyinvalid',
  '(?:invalid|wrong)(?:api)?key',
  'authentication',
  'unauthenticated',
  'unauthorized',
  'unrecognizedclient',
  '(?:invalid|expired)token',
  'tokenexpired',
  '(?:invalid|incomplete)signature',
  'signaturedoesnotmatch',
  'authfailure',
  'autherror',
  'permissions?error',
  'permissiondenied',
  'accessdenied',
  'accessterminated',
  'missingscope',
  'organizationrestricted',
)
export const RATE_LIMIT_NAMES = anyOf(
  'ratelimit',
  'throttl',
  'toomany(?:requests|tokens)',
  'resourceexhausted',
  'requestlimitexceeded',
  'quotaexceeded',
  'exceededcurrentquota',
  'queueexceeded',
)
export const HARD_MODEL_NAMES = anyOf(
  'modelnot(?:found|supported|available|exist|open)',
  '(?:invalid|unknown|unsupported|unavailable)model(?!output|response|input|param|config|request)',
  'model(?:decommissioned|deprecated|retired)',
  'nosuchmodel',
  'invalidendpointormodel',
  'resourcenotfoundexception',
  '(?:deployment|endpoint)notfound',
)
export const TRANSIENT_NAMES = anyOf(
  'overloaded',
  'servererror',
  'internalserv',
  'internalerror',
  'unavailable',
  'model(?:stream)?error',
  'modeltimeout',
  'modelnotready',
  'timeouterror',
  'capacityexceeded',
  'overcapacity',
  'badgateway',
  'serverbusy',
  'scalingup',
)

export const AUTH_TEXT = anyOf(
  'incorrect api[ _-]?key',
  '(?:invalid|expired|revoked|disabled|missing|unknown|wrong) (?:api[ _-]?key|access token|auth token|bearer token|subscription key|credentials|token provided|username or password)',
  'api[ _-]?key (?:is |was |has )?(?:not valid|invalid|expired|been revoked|revoked|missing|incorrect|disabled|not found|required)',
  '(?:no|provide an|provide a valid|valid) api[ _-]?key',
  'security token',
  'api_key_invalid',
  'authentication (?:failed|error|required)',
  'not authenticated',
  'not authorized to (?:perform|access|invoke|use|call)',
  'credentials? could not be validated',
  '\\blogin fail',
  '\\b(?:organi[sz]ation|account) (?:has been|is|was) (?:currently )?(?:restricted|disabled|deactivated|blocked|banned|terminated|suspended|locked)\\b',
  '无效的?(?:令牌|密钥)',
  '(?:令牌|密钥|api ?key) ?(?:无效|已?过期|不正确)',
)
export const RATE_LIMIT_TEXT = anyOf(
  'rate[ _-]?limit',
  'throttl',
  'quota_?exceeded',
  'quota exceeded',
  'exceeded (?:your|the) (?:current )?quota',
  'too many (?:requests|tokens)',
  'too_many_requests',
  'resource_exhausted',
  'request_limit_exceeded',
  'requests per (?:minute|second|day)',
  '\\b(?:requests?|qps|rpm|tpm|concurrency|usage|daily|hourly) limit\\b',
  '\\b(?:high|too much|exceed\\w*) concurren',
  '请求过[多于]',
  '并发数?过高',
  '限流',
  '频率(?:限制|过高)',
  '速率限制',
)
/** The cap was spent before anything was said. */
export const BUDGET_TEXT = anyOf(
  'token limit reached',
  'max_tokens[^.]{0,200}\\breached',
  'max_tokens.{0,200}reached before',
)

/** What belongs to a model and is refused, is not the model. */
const PART =
  '(?:params?|parameters?|outputs?|response|inputs?|config\\w*|options?|arguments?|args|settings?|requests?|fields?|values?|card|kwargs|behaviou?r|format)'
/** `model`, where it is what the sentence is about: not in "for this model", and not in "given by model". */
const MODEL =
  '(?<!\\b(?:for|on|with|by|in|of|to|from|using) (?:this|the|that|your|selected|specified|requested|chosen|given) )(?<!\\bby )\\bmodel\\b'
/** A name in between may hold dots, as versions do. */
const MODEL_NAME = `(?:(?!\\b${PART}\\b)(?:[^.;\\n]|\\.(?=\\S))){0,160}?`
const GONE = `(?:${[
  '(?:does )?not exist',
  "doesn't exist",
  'not found',
  'could not be found',
  'has been (?:deprecated|decommissioned|removed|retired|shut down)',
  'is no longer (?:available|supported)',
  '(?:is )?not supported (?:by|for) (?:any )?provider',
  'is not supported(?=["\'`]*(?:[.!]|$))',
].join('|')})`
export const HARD_MODEL_TEXT = anyOf(
  'model_not_found|invalid_model|unknown_model|model_not_supported|model_decommissioned|model_deprecated|model_not_available|no_such_model',
  '模型(?:不存在|已下线)',
  'end of its life',
  'model identifier is invalid',
  "on-demand throughput isn't supported",
  'dedicated endpoint',
  `not a valid model\\b(?! ${PART}\\b)`,
  `(?:invalid|unknown|unsupported|unavailable|no such) model\\b(?! ${PART}\\b)`,
  'not allowed to use (?:publisher )?model\\b',
  `${MODEL}${MODEL_NAME} ${GONE}`,
)

export const TRANSIENT_TEXT = anyOf(
  'overloaded',
  'over capacity',
  'capacity exceeded',
  'high demand',
  'high traffic',
  'temporarily unavailable',
  'service (?:is )?(?:temporarily )?unavailable',
  'bad gateway',
  'gateway time-?out',
  'server error\\b',
  '(?:server|model|service|system|engine) (?:is )?(?:too )?busy',
  'upstream (?:connect|request|error|timed)',
  '(?:try again|retry) later',
  '(?:currently|still) loading',
  'scaling up',
  'timed? ?out\\b',
  'deadline exceeded',
  'unexpected eof',
  'connection (?:refused|reset|closed|aborted|error)',
  'no healthy upstream',
  'out of memory',
  '繁忙',
  '过载',
  'server_error',
  'internal_error',
  'api_?error',
  'modelstreamerror',
)
export const CAPABILITY_TEXT = anyOf(
  'unsupported',
  'not supported',
  "(?:does not|doesn't|do not|don't|not) support",
  "(?:isn't|aren't) supported",
  'parameter',
  '参数',
  '\\b(?:temperature|top_p|top_k|max_(?:completion_|output_|new_)?tokens|stream_options|reasoning_effort|presence_penalty|frequency_penalty)\\b',
  'validation error',
  'tool_use_failed',
  'validationexception',
  'invalid_request',
  'invalid_argument',
  'context_length',
  'context size',
  'context length',
  'context window',
  'content.?(?:management )?policy',
  'failed_precondition',
  'extra inputs',
  'extra_forbidden',
  'input should be',
  'is too large',
  'unrecognized',
  'operationnotsupported',
)
