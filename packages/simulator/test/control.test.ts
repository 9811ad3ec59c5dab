import { Agent } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { ask, begin, runIdOf } from './support/ask.ts'
import { AT_ONCE, PATHS, simulate } from './support/simulated.ts'

const CHAT = PATHS['openai-chat']

async function call(address: string, method: string, path: string, body?: string) {
  const response = await fetch(`${address}/control/${path}`, {
    method,
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  return { status: response.status, document: text === '' ? undefined : (JSON.parse(text) as unknown) }
}

test('a scenario is answered with its defaults, listed, and forgotten', async () => {
  const { address, control } = await simulate()
  const put = await call(address, 'PUT', 'scenarios/vendor%2Fmodel%3A0', '{"deltas":3}')
  expect(put).toMatchObject({
    status: 200,
    document: { model: 'vendor/model:0', scenario: { deltas: 3, gap_ms: 5 } },
  })
  expect(await call(address, 'GET', 'scenarios')).toMatchObject({
    document: { scenarios: { 'vendor/model:0': { deltas: 3 } } },
  })
  await control.removeScenario('vendor/model:0')
  expect(await call(address, 'GET', 'scenarios')).toMatchObject({ document: { scenarios: {} } })
  expect(await call(address, 'DELETE', 'scenarios/vendor%2Fmodel%3A0')).toMatchObject({ status: 404 })
})

test('every fault of a scenario is named with its place', async () => {
  const { address } = await simulate()
  const scenario = { delta: 3, gap_ms: -1, fault: { kind: 'stall' } }
  expect(await call(address, 'PUT', 'scenarios/m', JSON.stringify(scenario))).toMatchObject({
    status: 422,
    document: {
      error: 'The scenario of m is not valid',
      faults: expect.arrayContaining([
        { path: 'gap_ms', message: expect.any(String) },
        { path: 'fault.after_deltas', message: expect.any(String) },
        { path: '', message: expect.stringContaining('delta') },
      ]),
    },
  })
})

test.each([
  ['{"headers_delay_ms":30,"first_delay_ms":20}', 'headers_delay_ms'],
  ['{"fault":{"kind":"cut"}}', 'fault'],
  ['{"fault":{"kind":"explode"}}', 'fault.kind'],
])('%s is refused', async (scenario, path) => {
  const { address } = await simulate()
  expect(await call(address, 'PUT', 'scenarios/m', scenario)).toMatchObject({
    status: 422,
    document: { faults: [{ path }] },
  })
})

test.each([
  ['PUT', 'scenarios/m', '{', 400],
  ['PUT', 'scenarios/%FF', '{}', 400],
  ['GET', 'runs/sim-9', undefined, 404],
  ['GET', 'runs?limit=x', undefined, 400],
  ['GET', 'runs?format=short', undefined, 400],
  ['POST', 'runs', undefined, 404],
  ['GET', 'nothing', undefined, 404],
])('%s /control/%s with %s is a sentence with a %i', async (method, path, body, status) => {
  const { address } = await simulate()
  expect(await call(address, method, path, body)).toMatchObject({
    status,
    document: { error: expect.any(String) },
  })
})

test('the control client rejects with the sentence of the simulator', async () => {
  const { control } = await simulate()
  await expect(control.setScenario('m', { deltas: -1 })).rejects.toThrow(/422.*deltas/)
  await expect(control.run('sim-1')).rejects.toThrow('There is no run sim-1')
})

test('health is ok', async () => {
  const { address } = await simulate()
  expect(await call(address, 'GET', 'health')).toEqual({ status: 200, document: { status: 'ok' } })
})

test('runs come newest first, by model, as many as asked, and can be forgotten', async () => {
  const { address, control } = await simulate()
  for (const model of ['a', 'b', 'a']) await ask(address, CHAT, { model })
  expect((await control.runs('a')).map(({ id }) => id)).toEqual(['sim-3', 'sim-1'])
  expect((await control.runs(undefined, { limit: 2 })).map(({ model }) => model)).toEqual(['a', 'b'])
  const [compact] = await control.compactRuns('b')
  expect(compact?.at_ns).toHaveLength(compact?.write_count ?? 0)
  await control.clear()
  expect(await control.runs()).toEqual([])
})

test('a run that goes on is told as far as it has come', async () => {
  const { address, control } = await simulate()
  await control.setScenario('m', { ...AT_ONCE, fault: { kind: 'stall', after_deltas: 1 } })
  const response = await begin(address, CHAT, { model: 'm' })
  expect(await control.run(runIdOf(response), { waitMs: 20 })).toMatchObject({
    ended_at_ns: null,
    model: 'm',
  })
  response.destroy()
})

test('the request is kept without its keys', async () => {
  const { address, control } = await simulate()
  const secrets = { authorization: 'Bearer 1', 'x-api-key': '2', 'api-key': '3', 'x-goog-api-key': '4' }
  const response = await begin(address, CHAT, { model: 'm', n: 1 }, { ...secrets, 'x-other': 'kept' })
  response.resume()
  const { request } = await control.run(runIdOf(response))
  expect(request).toMatchObject({ path: CHAT, body: { model: 'm', n: 1 }, headers: { 'x-other': 'kept' } })
  for (const name of Object.keys(secrets)) expect(request.headers[name]).toBe('redacted')
})

test('a model without a scenario answers by the defaults', async () => {
  const { address, control } = await simulate()
  const heard = await ask(address, CHAT, { model: 'anything' })
  expect(await control.run(runIdOf(heard))).toMatchObject({
    text_deltas: 32,
    output_tokens: 32,
    finish_reason: 'stop',
  })
})

test('a connection serves one stream after another', async () => {
  const { address, control } = await simulate()
  await control.setScenario('m', { ...AT_ONCE, deltas: 2 })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const heard = []
  for (let turn = 0; turn < 3; turn += 1) heard.push(await ask(address, CHAT, { model: 'm' }, agent))
  expect(heard.map(({ whole }) => whole)).toEqual([true, true, true])
  expect(new Set(heard.map(({ localPort }) => localPort)).size).toBe(1)
})

test.each([
  [{ 'x-a': 'b\r\nx-c: d' }, 'headers.x-a'],
  [{ 'Content-Length': '5' }, 'headers.Content-Length'],
])('the headers %j are refused', async (headers, path) => {
  const { address } = await simulate()
  expect(await call(address, 'PUT', 'scenarios/m', JSON.stringify({ headers }))).toMatchObject({
    status: 422,
    document: { faults: [{ path }] },
  })
})

test.each([
  [{}, 'The request names no model, in its path or its body'],
  ['text', 'The request names no model, in its path or its body'],
])('the body %j is refused with a sentence', async (body, error) => {
  const { address } = await simulate()
  const heard = await ask(address, CHAT, body)
  expect(heard.status).toBe(400)
  expect(JSON.parse(heard.body.toString())).toEqual({ error })
})

test('extra headers of a scenario are sent, also over those of the dialect', async () => {
  const { address, control } = await simulate()
  const headers = { 'x-ratelimit-remaining-requests': '9', 'Cache-Control': 'no-store' }
  await control.setScenario('m', { ...AT_ONCE, headers })
  expect((await ask(address, CHAT, { model: 'm' })).headers).toMatchObject({
    'x-ratelimit-remaining-requests': '9',
    'cache-control': 'no-store',
  })
})

test.each([
  '/openai/deployments/m/chat/completions?api-version=2025-04-01-preview',
  '/v1/projects/p/locations/l/publishers/anthropic/models/m:streamRawPredict',
  '/v1/projects/p/locations/l/publishers/google/models/m:streamGenerateContent?alt=sse',
])('the model is found in %s', async (path) => {
  const { address, control } = await simulate()
  await ask(address, path, {})
  expect(await control.runs('m')).toHaveLength(1)
})
