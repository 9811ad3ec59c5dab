import { expect, test } from 'vitest'
import { simulate } from './support/simulated.ts'

type Answer = { readonly status: number; readonly text: string }

async function get(address: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${address}/listings/${path}`, { headers })
  return { status: response.status, text: await response.text() }
}

const documentOf = ({ text }: Answer): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>

test.each([
  ['openai', 'v1/models', { object: 'list', data: [{ id: 'a', object: 'model', owned_by: 'simulator' }] }],
  ['anthropic', 'v1/models', { data: [{ type: 'model', id: 'a' }], has_more: false, last_id: null }],
  ['gemini', 'v1beta/models', { models: [{ name: 'models/a', displayName: 'Model a' }] }],
  [
    'vertex',
    'v1beta1/publishers/google/models',
    { publisherModels: [{ name: 'publishers/google/models/a' }] },
  ],
  ['vertex', 'v1beta1/publishers/meta/models', {}],
  [
    'bedrock',
    'foundation-models',
    { modelSummaries: [{ modelId: 'a', modelLifecycle: { status: 'ACTIVE' } }] },
  ],
  ['bedrock', 'inference-profiles', { inferenceProfileSummaries: [{ inferenceProfileId: 'us.a' }] }],
  ['ollama', 'api/tags', { models: [{ name: 'a', model: 'a' }] }],
  ['databricks', 'api/2.0/serving-endpoints', { endpoints: [{ name: 'a' }] }],
] as const)('a list in the form of %s at %s', async (form, path, expected) => {
  const { address, control } = await simulate()
  await control.setListing('name', { form, models: ['a'], profiles: ['us.a'] })
  expect(documentOf(await get(address, `name/${path}`))).toMatchObject(expected)
})

test('Together’s form is the array alone', async () => {
  const { address, control } = await simulate()
  await control.setListing('name', { form: 'array', models: ['a'] })
  expect(JSON.parse((await get(address, 'name/v1/models')).text)).toMatchObject([{ id: 'a', type: 'chat' }])
})

test('pages follow each other by the cursor or the token of their form', async () => {
  const { address, control } = await simulate()
  await control.setListing('a', { form: 'anthropic', models: ['m1', 'm2', 'm3'], page_size: 2 })
  expect(documentOf(await get(address, 'a/models'))).toMatchObject({ has_more: true, last_id: 'm2' })
  const rest = documentOf(await get(address, 'a/models?after_id=m2'))
  expect(rest).toMatchObject({ data: [{ id: 'm3' }], has_more: false })
  await control.setListing('g', { form: 'gemini', models: ['m1', 'm2', 'm3'], page_size: 2 })
  const { nextPageToken: token } = documentOf(await get(address, 'g/models'))
  expect(documentOf(await get(address, `g/models?pageToken=${String(token)}`))).toMatchObject({
    models: [{ name: 'models/m3' }],
  })
})

test('a list with a key refuses requests without it, and no key is kept', async () => {
  const { address, control } = await simulate()
  await control.setListing('name', { form: 'openai', models: ['a'], key: 'secret-0123456789' })
  expect((await get(address, 'name/models')).status).toBe(401)
  const authorization = 'Bearer secret-0123456789'
  expect((await get(address, 'name/models?x=1', { authorization })).status).toBe(200)
  const requests = await control.listingRequests('name')
  expect(requests.map(({ path }) => path)).toEqual(['/listings/name/models', '/listings/name/models?x=1'])
  expect(JSON.stringify(requests)).not.toContain('secret')
})

test('a fault strikes on its page alone', async () => {
  const { address, control } = await simulate()
  const fault = { kind: 'status', on_page: 2, status: 503, headers: { 'Retry-After': '9' } } as const
  await control.setListing('name', { form: 'gemini', models: ['a', 'b'], page_size: 1, fault })
  expect((await get(address, 'name/models')).status).toBe(200)
  const second = await fetch(`${address}/listings/name/models?pageToken=1`)
  expect([second.status, second.headers.get('retry-after')]).toEqual([503, '9'])
})

test('a page that is cut announces more than it sends', async () => {
  const { address, control } = await simulate()
  await control.setListing('name', { form: 'openai', models: ['a'], fault: { kind: 'cut', after_bytes: 3 } })
  await expect(get(address, 'name/models')).rejects.toThrow()
})

test('a huge page is valid JSON all the same', async () => {
  const { address, control } = await simulate()
  await control.setListing('name', { form: 'openai', models: ['a'], fault: { kind: 'huge', megabytes: 2 } })
  const answer = await get(address, 'name/models')
  expect(answer.text.length).toBeGreaterThan(2e6)
  expect(documentOf(answer)).toMatchObject({ data: [{ id: 'a' }] })
})

test('a list nobody described is a 404, and settings that are not valid are named', async () => {
  const { address, control } = await simulate()
  expect((await get(address, 'nobody/models')).status).toBe(404)
  await expect(control.setListing('name', { form: 'openai', page_size: 0 })).rejects.toThrow('page_size')
  await expect(control.listingRequests('nobody')).rejects.toThrow('404')
})
