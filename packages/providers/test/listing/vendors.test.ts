import { describe, expect, test } from 'vitest'
import { listingOf, readListing } from '../../src/listing/index.ts'
import { providerSlugs } from '../../src/registry.ts'
import { useAwsCredentials } from '../support/aws.ts'
import { formOf, LISTING_SLUGS, listingEnvironment, simulateListings } from '../support/listings.ts'
import { KEY, providerOf } from '../support/requests.ts'

useAwsCredentials(KEY)

test('every vendor of the registry keeps a list or says why it keeps none', () => {
  const without = providerSlugs().filter((slug) => 'none' in listingOf(providerOf(slug)))
  expect(without).toEqual(['lambda'])
  expect(listingOf(providerOf('lambda'))).toEqual({ none: expect.stringContaining('2025-09-25') })
})

test('a vendor without a list is refused with the reason', async () => {
  await expect(readListing(providerOf('lambda'), {})).rejects.toThrow('lambda has no list of models')
})

describe.each(LISTING_SLUGS)('%s', (slug) => {
  test('names every model once, in order, whole, and sends its key in a header alone', async () => {
    const { address, control } = await simulateListings()
    const models = ['org/first:1', { id: 'second@001', note: 'kept' }, 'third']
    await control.setListing(slug, { form: formOf(slug), models, profiles: ['us.org/first:1'] })
    const listing = await readListing(providerOf(slug), listingEnvironment(slug, address))
    const ids = listing.models.map(({ modelId }) => modelId)
    const profiles = slug === 'bedrock' ? ['us.org/first:1'] : []
    expect(listing).toMatchObject({ provider: slug, fault: null })
    expect(ids).toEqual(['org/first:1', 'second@001', 'third', ...profiles])
    expect(listing.models[1]?.raw).toMatchObject({ note: 'kept' })
    expect(listing.durationMs).toBeGreaterThan(0)
    const requests = await control.listingRequests(slug)
    expect(requests.length).toBe(listing.pages)
    for (const { path, headers } of requests) {
      expect(path).not.toContain(KEY)
      expect(headers['accept-encoding']).toBe('identity')
      expect(Object.values(headers)).toContain('redacted')
    }
  })
})

test.each(['openai', 'anthropic', 'gemini', 'vertex'])('%s: all pages are read, each once', async (slug) => {
  const { address, control } = await simulateListings()
  const models = Array.from({ length: 25 }, (_, index) => `model-${index}`)
  await control.setListing(slug, { form: formOf(slug), models, page_size: 10 })
  const listing = await readListing(providerOf(slug), listingEnvironment(slug, address))
  expect(listing.fault).toBeNull()
  expect(listing.models.map(({ modelId }) => modelId)).toEqual(models)
  const ofModels = (await control.listingRequests(slug)).filter(
    ({ path }) => !/publishers\/(anthropic|meta)/.test(path),
  )
  expect(ofModels).toHaveLength(3)
})

test('bedrock: profiles come in pages too, and both operations are signed', async () => {
  const { address, control } = await simulateListings()
  const profiles = Array.from({ length: 5 }, (_, index) => `us.vendor.model-${index}`)
  await control.setListing('bedrock', { form: 'bedrock', models: ['vendor.model-0'], profiles, page_size: 2 })
  const listing = await readListing(providerOf('bedrock'), listingEnvironment('bedrock', address))
  expect(listing.fault).toBeNull()
  expect(listing.models.map(({ modelId }) => modelId)).toEqual(['vendor.model-0', ...profiles])
  expect((await control.listingRequests('bedrock')).map(({ path }) => path)).toEqual([
    '/listings/bedrock/foundation-models',
    '/listings/bedrock/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED',
    '/listings/bedrock/inference-profiles?maxResults=1000&nextToken=2&type=SYSTEM_DEFINED',
    '/listings/bedrock/inference-profiles?maxResults=1000&nextToken=4&type=SYSTEM_DEFINED',
  ])
})

test('names are taken where the vendor says them, and null where it says none', async () => {
  const { address, control } = await simulateListings()
  for (const slug of ['anthropic', 'gemini', 'together', 'groq', 'databricks'])
    await control.setListing(slug, { form: formOf(slug), models: ['m'] })
  const nameIn = async (slug: string): Promise<string | null | undefined> =>
    (await readListing(providerOf(slug), listingEnvironment(slug, address))).models[0]?.name
  expect(await nameIn('anthropic')).toBe('Model m')
  expect(await nameIn('gemini')).toBe('Model m')
  expect(await nameIn('together')).toBe('Model m')
  expect(await nameIn('groq')).toBeNull()
  expect(await nameIn('databricks')).toBeNull()
})
