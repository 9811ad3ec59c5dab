/** Bodies of failed answers in the shapes of vendors, gateways and servers, each with the kind that it means. */
import { expect, test } from 'vitest'
import { classifyError } from '../src/errors.ts'
import { readHttpError } from '../src/http-error.ts'
import { describeError } from '../src/provider-error.ts'

const inner = (message: string, rest: object = {}) => ({ error: { message, ...rest } })

test.each<[string, number, object, string]>([
  ['OpenAI', 401, inner('w', { type: 'invalid_request_error', code: 'invalid_api_key' }), 'auth'],
  ['OpenAI', 429, inner('w', { type: 'insufficient_quota', code: 'insufficient_quota' }), 'billing'],
  ['OpenAI', 429, inner('w', { type: 'requests', code: 'rate_limit_exceeded' }), 'rate_limit'],
  ['OpenAI', 400, inner('w', { code: 'billing_hard_limit_reached' }), 'billing'],
  ['OpenAI', 400, inner('w', { code: 'model_not_found', param: 'model' }), 'hard_model'],
  ['OpenAI', 400, inner('w', { code: 'unsupported_value', param: 'temperature' }), 'hard_capability'],
  [
    'OpenAI',
    400,
    inner('Could not finish as max_tokens or the output limit was reached.'),
    'budget_exhausted',
  ],
  ['Azure', 401, inner('w', { code: '401' }), 'auth'],
  ['Azure', 404, inner('w', { code: 'DeploymentNotFound' }), 'hard_model'],
  ['Azure', 400, inner('w', { code: 'unavailable_model', details: 'w' }), 'hard_model'],
  ['Azure', 400, inner('w', { code: 'OperationNotSupported' }), 'hard_capability'],
  ['Azure APIM', 401, { statusCode: 401, message: 'Access denied due to invalid subscription key' }, 'auth'],
  ['Azure APIM', 429, { statusCode: 429, message: 'Rate limit is exceeded.' }, 'rate_limit'],
  ['Anthropic', 400, { type: 'error', ...inner('This organization has been disabled.') }, 'auth'],
  ['Anthropic', 404, { type: 'error', ...inner('model: x', { type: 'not_found_error' }) }, 'hard_model'],
  [
    'Anthropic',
    529,
    { type: 'error', ...inner('Overloaded', { type: 'overloaded_error' }) },
    'transient_provider',
  ],
  [
    'Anthropic',
    400,
    { type: 'error', ...inner('`temperature` is deprecated for this model.') },
    'hard_capability',
  ],
  ['Bedrock', 400, { message: 'Model X with on-demand throughput isn’t supported.' }, 'hard_model'],
  ['Bedrock', 400, { message: '`temperature` and `top_p` cannot both be specified.' }, 'hard_capability'],
  ['Bedrock', 400, { message: "This model doesn't support the field reasoningConfig." }, 'hard_capability'],
  ['Bedrock', 400, { __type: 'com.amazon.coral.service#AccessDeniedException', Message: 'w' }, 'auth'],
  [
    'Bedrock',
    403,
    { message: 'INVALID_PAYMENT_INSTRUMENT: a valid payment instrument is needed' },
    'billing',
  ],
  ['Bedrock', 424, { message: 'w', originalStatusCode: 500 }, 'transient_provider'],
  [
    'Gemini',
    400,
    inner('w', { status: 'INVALID_ARGUMENT', details: [{ reason: 'API_KEY_INVALID' }] }),
    'auth',
  ],
  ['Gemini', 400, inner('w', { code: 400, status: 'FAILED_PRECONDITION' }), 'hard_capability'],
  ['Vertex', 429, [{ error: { code: 429, message: 'w', status: 'RESOURCE_EXHAUSTED' } }], 'rate_limit'],
  [
    'Vertex',
    403,
    inner('w', { status: 'PERMISSION_DENIED', details: [{ reason: 'BILLING_DISABLED' }] }),
    'billing',
  ],
  ['Groq', 413, inner('Too large on tokens per minute', { code: 'rate_limit_exceeded' }), 'rate_limit'],
  ['Groq', 498, inner('w', { type: 'flex_capacity' }), 'transient_provider'],
  ['Groq', 400, inner('w', { code: 'organization_restricted' }), 'auth'],
  ['Groq', 400, inner('w', { code: 'model_decommissioned' }), 'hard_model'],
  ['Together', 400, { id: 'x', ...inner('w', { code: 'model_not_available' }) }, 'hard_model'],
  ['Together', 400, inner('The dedicated endpoint for x is not available'), 'hard_model'],
  ['Together', 403, inner('w', { type: 'credit_limit' }), 'billing'],
  ['Fireworks', 401, { error: 'unauthorized' }, 'auth'],
  [
    'Fireworks',
    412,
    inner('Suspended: monthly spending limit reached', { code: 'PRECONDITION_FAILED' }),
    'billing',
  ],
  ['Fireworks', 425, inner('w', { code: 'DEPLOYMENT_SCALING_UP' }), 'transient_provider'],
  ['DeepInfra', 403, { detail: { error: 'Prohibited: please enter a payment method' } }, 'billing'],
  ['DeepInfra', 401, { detail: { error: 'User is not authenticated' } }, 'auth'],
  [
    'DeepInfra',
    400,
    { choices: null, error_type: 'X', error_message: 'maximum context length is 9' },
    'hard_capability',
  ],
  [
    'Cerebras',
    429,
    { message: 'w', type: 'too_many_tokens_error', code: 'token_quota_exceeded' },
    'rate_limit',
  ],
  ['Cerebras', 400, { message: 'w', param: 'api_key', code: 'wrong_api_key' }, 'auth'],
  ['Cerebras', 400, { message: "property 'x' is unsupported", code: 'wrong_api_format' }, 'hard_capability'],
  ['Databricks', 429, { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'w' }, 'rate_limit'],
  ['Databricks', 400, { error_code: 'ENDPOINT_NOT_FOUND', message: 'w' }, 'hard_model'],
  [
    'Databricks',
    400,
    { error_code: 'BAD_REQUEST', message: JSON.stringify(inner('w', { code: 'insufficient_quota' })) },
    'billing',
  ],
  [
    'Databricks',
    400,
    { error: 'From a host', external_model_message: inner('w', { type: 'insufficient_quota' }) },
    'billing',
  ],
  ['Hugging Face', 400, { error: 'Model not supported by provider x' }, 'hard_model'],
  ['Hugging Face', 400, inner('w', { code: 'model_not_supported' }), 'hard_model'],
  [
    'Hugging Face',
    422,
    { error: 'Input validation error: top_p must be > 0', error_type: 'validation' },
    'hard_capability',
  ],
  ['Hugging Face', 400, { error: 'Model x is currently loading', estimated_time: 20 }, 'transient_provider'],
  ['Mistral', 400, { object: 'error', message: 'w', type: 'invalid_model', code: '1500' }, 'hard_model'],
  [
    'Mistral',
    422,
    { object: 'error', message: { detail: [{ loc: ['body', 'x'], msg: 'Extra inputs are not permitted' }] } },
    'hard_capability',
  ],
  ['DeepSeek', 400, inner('Model Not Exist', { type: 'invalid_request_error' }), 'hard_model'],
  ['DeepSeek', 402, inner('w', { type: 'unknown_error' }), 'billing'],
  [
    'xAI',
    400,
    { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: xa***' },
    'auth',
  ],
  ['xAI', 403, { code: 'x', error: "The new team doesn't have any credits yet" }, 'billing'],
  [
    'xAI',
    429,
    { code: 'Some resource has been exhausted', error: 'Too many requests for the team' },
    'rate_limit',
  ],
  ['xAI', 400, { code: 'invalid-argument', error: 'Model not found: x' }, 'hard_model'],
  ['Moonshot', 429, inner('Suspended due to insufficient balance, check your billing details'), 'billing'],
  ['Moonshot', 404, inner('w', { type: 'resource_not_found_error' }), 'hard_model'],
  ['Z.ai', 429, inner('Insufficient balance or no resource package.', { code: '1113' }), 'billing'],
  ['Z.ai', 429, inner('High concurrency usage of this API', { code: '1302' }), 'rate_limit'],
  ['Z.ai', 400, inner('Unknown Model, please check the code.', { code: '1211' }), 'hard_model'],
  ['Z.ai', 400, inner('messages 参数非法', { code: '1214' }), 'hard_capability'],
  [
    'MiniMax',
    429,
    { error: { http_code: '429', message: 'w', type: 'insufficient_balance_error' } },
    'billing',
  ],
  ['DashScope', 400, { code: 'Arrearage', message: 'w', request_id: 'r' }, 'billing'],
  ['DashScope', 400, { code: 'InvalidApiKey', message: 'w' }, 'auth'],
  ['DashScope', 400, { code: 'Throttling.BurstRate', message: 'w' }, 'rate_limit'],
  [
    'SiliconFlow',
    403,
    { code: 30_001, message: 'Sorry, your account balance is insufficient', data: null },
    'billing',
  ],
  ['SiliconFlow', 400, { code: 20_012, message: 'Model does not exist.', data: null }, 'hard_model'],
  ['SambaNova', 410, inner('w', { type: 'model_deprecated' }), 'hard_model'],
  ['Novita', 403, { code: 403, reason: 'NOT_ENOUGH_BALANCE', message: 'not enough balance' }, 'billing'],
  ['Volcengine', 403, inner('w', { code: 'AccountOverdueError', type: 'Forbidden' }), 'billing'],
  ['LiteLLM', 400, inner('Budget has been exceeded!', { type: 'budget_exceeded' }), 'billing'],
  ['LiteLLM', 400, inner('Authentication Error, no key', { type: 'auth_error' }), 'auth'],
  ['OpenRouter', 403, inner('Key limit exceeded (monthly limit)', { code: 403 }), 'billing'],
  ['OpenRouter', 400, inner('x/y is not a valid model ID', { code: 400 }), 'hard_model'],
  [
    'OpenRouter',
    400,
    inner('Failed', { code: 400, metadata: { raw: JSON.stringify(inner('w', { type: 'server_error' })) } }),
    'transient_provider',
  ],
  ['Kong', 401, { message: 'No API key found in request' }, 'auth'],
  ['Apigee', 400, { fault: { faultstring: 'Invalid ApiKey', detail: { errorcode: 'x' } } }, 'auth'],
  ['Cloudflare', 400, { success: false, errors: [{ code: 5007, message: 'No such model x' }] }, 'hard_model'],
  ['Spring', 500, { status: 500, error: 'Internal Server Error', path: '/v1' }, 'transient_provider'],
])('%s, %s %j', (_vendor, status, body, kind) => {
  expect(classifyError(readHttpError(status, JSON.stringify(body)))).toBe(kind)
})

test.each([
  [1000, 'transient_provider'],
  [1002, 'rate_limit'],
  [1004, 'auth'],
  [1008, 'billing'],
  [1013, 'transient_provider'],
  [1039, 'rate_limit'],
  [2049, 'auth'],
  [2056, 'rate_limit'],
])('MiniMax’s code %s is %s, whatever the words', (code, kind) => {
  const error = readHttpError(200, JSON.stringify({ base_resp: { status_code: code, status_msg: 'w' } }))
  expect(classifyError({ ...error, status: null })).toBe(kind)
  expect(describeError(error)).toBe('w')
})

test.each(['invalid_api_key', 'InvalidApiKey', 'invalid-api-key', 'INVALID API KEY'])(
  'the name %s is one, however it is written',
  (code) => {
    expect(classifyError({ status: 400, type: null, code, message: 'w' })).toBe('auth')
  },
)
