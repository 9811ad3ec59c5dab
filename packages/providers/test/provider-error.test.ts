import { describe, expect, test } from 'vitest'
import { classifyError } from '../src/errors.ts'
import { readHttpError } from '../src/http-error.ts'
import { mergeErrors, readProviderError } from '../src/provider-error.ts'

const NOTHING = { status: null, type: null, code: null, message: null }

test.each([
  ['OpenAI', { error: { message: 'w', type: 't', param: null, code: 'c' } }, { type: 't', code: 'c' }],
  ['Anthropic', { type: 'error', error: { type: 't', message: 'w' }, request_id: 'r' }, { type: 't' }],
  [
    'Google',
    [{ error: { code: 503, message: 'w', status: 'UNAVAILABLE' } }],
    { status: 503, type: 'UNAVAILABLE', code: '503' },
  ],
  [
    'Google, with a reason',
    { error: { code: 400, message: 'w', details: [{ reason: 'API_KEY_INVALID' }] } },
    { status: 400, code: 'API_KEY_INVALID' },
  ],
  [
    'xAI',
    { code: 'Client specified an invalid argument', error: 'w' },
    { code: 'Client specified an invalid argument' },
  ],
  ['TGI', { error: 'w', error_type: 'overloaded' }, { type: 'overloaded' }],
  [
    'DeepInfra',
    { id: null, choices: null, error_type: 'BadRequestError', error_message: 'w' },
    { type: 'BadRequestError' },
  ],
  ['Databricks', { error_code: 'BAD_REQUEST', message: 'w' }, { code: 'BAD_REQUEST' }],
  ['Baidu', { error_code: 336_003, error_msg: 'w' }, { code: '336003' }],
  [
    'vLLM',
    { object: 'error', message: 'w', type: 'NotFoundError', code: 404 },
    { status: 404, type: 'NotFoundError', code: '404' },
  ],
  ['Groq in a chunk', { choices: [{ delta: {} }], x_groq: { id: 'r', error: 'w' } }, {}],
  [
    'a choice',
    { choices: [{ delta: {}, error: { message: 'w', code: 502 } }] },
    { status: 502, code: '502' },
  ],
  ['a choice, as text', { choices: [{ delta: { content: '' }, error: 'w' }] }, {}],
  [
    'MiniMax',
    { base_resp: { status_code: 1008, status_msg: 'w' } },
    { type: 'insufficient_balance', code: '1008' },
  ],
  ['MiniMax, of an unknown code', { base_resp: { status_code: '1', status_msg: 'w' } }, { code: '1' }],
  [
    'DashScope',
    { code: 'Throttling.AllocationQuota', message: 'w', request_id: 'a' },
    { code: 'Throttling.AllocationQuota' },
  ],
  ['SiliconFlow', { code: 20_012, message: 'w', data: null }, { code: '20012' }],
  ['Cloudflare', { success: false, errors: [{ code: 7000, message: 'w' }], result: null }, { code: '7000' }],
  ['FastAPI', { detail: [{ loc: ['body'], msg: 'w', type: 'missing' }] }, {}],
  ['FastAPI, in words', { detail: 'w' }, {}],
  ['AWS', { __type: 'ThrottlingException', message: 'w' }, { type: 'ThrottlingException' }],
  ['Apigee', { fault: { faultstring: 'w', detail: { errorcode: 'x' } } }, {}],
  [
    'a problem document',
    { type: 'about:blank', title: 'Too Many', status: 429, detail: 'w' },
    { status: 429, type: 'about:blank' },
  ],
  ['an error that is only true', { error: true, message: 'w', code: 500 }, { status: 500, code: '500' }],
  ['an error inside an error', { error: { error: { message: 'w', type: 't' } } }, { type: 't' }],
  [
    'an error in JSON inside a string',
    { error: { message: '{"error":{"message":"w","code":"c"}}' } },
    { code: 'c' },
  ],
  ['an error in a detail', { detail: { error: { message: 'w', type: 't' } } }, { type: 't' }],
  [
    'a message that is an object',
    { error: { message: { text: 1, message: 'w' }, type: 't' } },
    { type: 't' },
  ],
])('the error of %s is read', (_title, body, fields) => {
  expect(readProviderError(body)).toMatchObject({ ...NOTHING, message: 'w', ...fields })
})

test.each([
  { error: null, choices: [] },
  { error: '', choices: [] },
  { error: {}, choices: [] },
  { error: { code: null, message: null }, choices: [] },
  { error: { code: 0, message: 'success' } },
  { errors: [] },
  { error: false, message: 'hello' },
  { base_resp: { status_code: 0, status_msg: 'success' } },
  { code: 200, message: 'ok', data: {} },
  { code: 0, msg: 'success' },
  { code: 'x', message: 'y', choices: [{ delta: {} }] },
  { choices: [{ delta: { content: 'error' }, error: null }] },
  { x_groq: { id: 'req' } },
  { id: 'x', object: 'chat.completion.chunk', choices: [], usage: { total_tokens: 3 } },
  { type: 'message_start', message: { id: 'm', content: [], reason: 'none' } },
  { candidates: [], message: 'x' },
  'error',
  7,
  null,
])('%j is no error', (body) => {
  expect(readProviderError(body)).toBeNull()
})

test('of several errors the first with words counts, and takes what it lacks from the others', () => {
  const wordless = { ...NOTHING, code: 'server_error', status: 500 }
  const worded = { ...NOTHING, type: 'invalid_request_error', message: 'w' }
  expect(mergeErrors([wordless, worded])).toEqual({ ...worded, code: 'server_error', status: 500 })
  expect(mergeErrors([worded, wordless])).toEqual({ ...worded, code: 'server_error', status: 500 })
  expect(mergeErrors([wordless, wordless])).toEqual(wordless)
  expect(mergeErrors([])).toBeNull()
})

describe('the body of a failed answer', () => {
  test.each([
    ['JSON', '{"message":"w"}', null],
    ['Amazon’s gateways', '{"Message":"w"}', null],
    ['one event', 'data: {"error":{"message":"w","type":"t"}}\n\n', 't'],
    [
      'an event with id, name and comment',
      'id:1\nevent:error\n:HTTP_STATUS/429\ndata:{"code":"c","message":"w"}\n\n',
      null,
    ],
    [
      'an event with CRLF and no last line end',
      'event: error\r\ndata: {"error":{"message":"w","type":"t"}}',
      't',
    ],
    [
      'several events',
      'data: {"id":"x"}\n\ndata: {"error":{"message":"w","type":"t"}}\n\ndata: [DONE]\n\n',
      't',
    ],
    ['an event of words', 'data: w\n\n', null],
    ['an error field', 'error: {"error":{"message":"w","type":"t"}}\n\n', 't'],
    ['JSON with a raw control character', '{"error":{"message":"w\u0007","type":"t"}}', 't'],
    ['a page', '<html><head><style>p{}</style><script>x</script></head><body>w</body></html>', null],
    ['words', '  w\n', null],
  ])('%s', (_title, body, type) => {
    const error = readHttpError(400, body)
    expect(error).toMatchObject({ status: 400, type })
    expect(error.message?.replace('\u0007', '')).toBe('w')
  })

  test('that is empty, or an empty object, is said to be', () => {
    expect(readHttpError(502, '').message).toBe('HTTP status 502 without a body')
    expect(readHttpError(502, '{}').message).toBe('{}')
  })
})

/** Where money is the reason, and where it is only mentioned. */
describe('money', () => {
  test.each([
    [
      412,
      'Account acme is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices.',
    ],
    [
      429,
      'Your account org-x is suspended due to insufficient balance, please recharge your account or check your plan and billing details',
    ],
    [429, 'Your prepayment credits are depleted.'],
    [
      400,
      'Your credit balance is too low to access the API. Please go to Plans & Billing to upgrade or purchase credits.',
    ],
    [403, "Your newly created team doesn't have any credits or licenses yet."],
    [403, 'Sorry, your account balance is insufficient'],
    [403, 'This API method requires billing to be enabled.'],
    [400, 'Credit limit exceeded'],
    [401, 'You have run out of credits'],
    [404, 'There are unpaid invoices on this account'],
    [400, 'Budget has been exceeded! Current cost: 0.1, Max budget: 0.05'],
    [403, 'Please add a payment method to use this model'],
    [null, 'insufficient balance'],
    [422, 'Payment required'],
  ])('%s %s', (status, message) => {
    expect(classifyError({ ...NOTHING, status, message })).toBe('billing')
  })

  test.each([
    [402, null],
    [429, 'insufficient_quota'],
    [400, 'Arrearage'],
    [403, 'NOT_ENOUGH_BALANCE'],
    [400, 'billing_hard_limit_reached'],
    [403, 'AccountOverdueError'],
    [400, 'budget_exceeded'],
  ])('%s with the code %s', (status, code) => {
    expect(classifyError({ ...NOTHING, status, code, message: 'x' })).toBe('billing')
  })

  test.each([
    [429, 'You exceeded your current quota, please check your plan and billing details.', 'rate_limit'],
    [429, 'Quota exceeded: too many requests per minute for this model. Retry in 20 s.', 'rate_limit'],
    [
      429,
      'Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day',
      'rate_limit',
    ],
    [
      429,
      'Rate limit reached. Need more tokens? Upgrade today at https://console.host/settings/billing',
      'rate_limit',
    ],
    [
      429,
      'You have not yet added your payment method in the billing page and will have reduced rate limits',
      'rate_limit',
    ],
    [403, 'This key has no permission to use this model.', 'auth'],
    [403, 'Request blocked by the load balancer policy', 'auth'],
    [403, 'No load balance target permits this key', 'auth'],
    [503, 'The load balancer has no healthy upstream', 'transient_provider'],
    [500, 'insufficient balance', 'transient_provider'],
    [404, 'Model payment-large-v1 does not exist', 'hard_model'],
    [
      400,
      'max_tokens exceeded the limit of this model. Check your credits page for the parameter',
      'hard_capability',
    ],
  ])('is not the reason of %s %s', (status, message, kind) => {
    expect(classifyError({ ...NOTHING, status, message })).toBe(kind)
  })
})

describe('kinds', () => {
  test.each([
    [
      { status: 498, code: 'capacity_exceeded', message: 'Flex tier capacity exceeded' },
      'transient_provider',
    ],
    [{ status: 424, type: 'ModelErrorException', message: 'Try your request again.' }, 'transient_provider'],
    [{ status: 529, type: 'overloaded_error' }, 'transient_provider'],
    [
      {
        status: 400,
        code: 'Client specified an invalid argument',
        message: 'Incorrect API key provided: xa***. You can obtain an API key from the console.',
      },
      'auth',
    ],
    [{ status: 400, message: 'API key not valid. Please pass a valid API key.' }, 'auth'],
    [{ status: 400, message: 'invalid api key' }, 'auth'],
    [{ status: 422, message: 'Missing API key in the request' }, 'auth'],
    [{ status: 400, type: 'invalid_model', code: '1500', message: 'Invalid model: x' }, 'hard_model'],
    [{ status: 400, code: 'model_decommissioned', message: 'gone' }, 'hard_model'],
    [
      { status: 400, message: 'The model `x` does not exist or your team does not have access to it.' },
      'hard_model',
    ],
    [{ status: 400, message: 'Model x is no longer available.' }, 'hard_model'],
    [{ status: 503, message: 'The model x is not found on any worker' }, 'transient_provider'],
    [
      { status: 400, message: "Unsupported parameter: 'temperature' is not supported with this model." },
      'hard_capability',
    ],
    [{ message: 'Over capacity: the stream was stopped early' }, 'transient_provider'],
    [
      { message: 'This model is currently experiencing high demand. Please try again later.' },
      'transient_provider',
    ],
    [{ message: 'Too many requests' }, 'rate_limit'],
    [
      { type: 'BadRequestError', message: "This model's maximum context length is 163840 tokens" },
      'hard_capability',
    ],
    [{ status: 400, message: 'invalid token count' }, 'unknown'],
  ])('%j is %s', (error, kind) => {
    expect(classifyError({ ...NOTHING, ...error })).toBe(kind)
  })

  test('a long message of any repeated words is classified at once', () => {
    for (const word of ['http ', 'model ', 'credits ', 'max_tokens ', '{"error"', 'no ', ' '.repeat(50)]) {
      const message = word.repeat(200_000)
      expect(classifyError({ ...NOTHING, status: 400, message })).toMatch(/[a-z]/)
      expect(readHttpError(400, message).status).toBe(400)
    }
  })
})
