import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as dialects from '../../src/listing/dialects.ts'
import { decodePage, parsePage } from '../../src/listing/page.ts'

const DIALECTS = Object.entries(dialects)

/** A listing of a real control plane that lies beside the repository; passes where it is not there. */
const RECORDED = join(
  import.meta.dirname,
  '../../../../../shared/recordings/bedrock-list-foundation-models.json',
)

test.skipIf(!existsSync(RECORDED))('a recorded list of Bedrock names its 126 models', () => {
  const page = parsePage(dialects.bedrockModels, decodePage(readFileSync(RECORDED)))
  expect(page).toMatchObject({ unreadable: 0, next: null })
  expect(page?.models).toHaveLength(126)
  const provisioned = page?.models.filter(({ modelId }) => modelId.split(':').length > 2)
  expect(provisioned?.length).toBeGreaterThan(0)
  expect(page?.models[0]).toMatchObject({
    modelId: 'nvidia.nemotron-nano-12b-v2',
    name: 'NVIDIA Nemotron Nano 12B v2 VL BF16',
    raw: { inferenceTypesSupported: ['ON_DEMAND'] },
  })
})

test.each(DIALECTS)('%s: no text makes the parser throw', (_name, dialect) => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json({ maxDepth: 5 })), (text) => {
      parsePage(dialect, text)
    }),
  )
})

const FIELDS = [
  'data',
  'models',
  'modelSummaries',
  'inferenceProfileSummaries',
  'publisherModels',
  'endpoints',
  'has_more',
  'last_id',
  'nextPageToken',
  'nextToken',
  'id',
  'name',
  'model',
  'modelId',
  'inferenceProfileId',
  'display_name',
]

const wild = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...FIELDS), tie('value'), { maxKeys: 6 }),
  ),
})).value

test.each(DIALECTS)(
  '%s: of a document of familiar fields every row is a model or is counted',
  (_name, dialect) => {
    fc.assert(
      fc.property(wild, (document) => {
        const page = parsePage(dialect, JSON.stringify(document))
        const rows = dialect.rowsOf(document)
        expect(page === null).toBe(rows === null)
        if (page === null) return
        expect(page.models.length + page.unreadable).toBe(rows?.length)
        for (const { modelId } of page.models) expect(modelId).toMatch(/^[^\s\p{Cc}]{1,256}$/u)
        for (const value of Object.values(page.next ?? {})) expect(value).toBeTypeOf('string')
      }),
    )
  },
)

test('a document nested a hundred thousand deep is read like any other', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  expect(parsePage(dialects.openaiModels, `{"data":[{"id":"m","deep":${deep}}]}`)?.models).toHaveLength(1)
  expect(parsePage(dialects.openaiModels, deep)?.unreadable).toBe(1)
})

test('bytes that are no UTF-8 are no list', () => {
  expect(parsePage(dialects.openaiModels, decodePage(Buffer.of(0x5b, 0xff, 0x5d)))).toBeNull()
})

test('a byte order mark before the list is no part of it', () => {
  const bytes = Buffer.from('\uFEFF{"data":[{"id":"m"}]}')
  expect(parsePage(dialects.openaiModels, decodePage(bytes))?.models).toHaveLength(1)
})
