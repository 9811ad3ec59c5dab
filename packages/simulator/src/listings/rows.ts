/** Rows and pages of a list, in each vendor's form. */
import type { ListingSettings } from './listing.ts'

type Model = { readonly id: string } & Readonly<Record<string, unknown>>

/** What a page holds and how the next one is asked for. */
export type PageParts = {
  readonly rows: readonly unknown[]
  /** The token of the next page; null at the end. */
  readonly next: string | null
}

export type Form = {
  readonly rowOf: (model: Model) => unknown
  readonly documentOf: (page: PageParts) => unknown
  /** The parameter that carries the token. */
  readonly parameter: string
}

const CREATED = 1_760_000_000

const openai: Form = {
  rowOf: (model) => ({ object: 'model', created: CREATED, owned_by: 'simulator', ...model }),
  documentOf: ({ rows, next }) => ({
    object: 'list',
    data: rows,
    ...(next === null ? {} : { has_more: true, last_id: next }),
  }),
  parameter: 'after',
}

const array: Form = {
  rowOf: (model) => ({
    object: 'model',
    created: CREATED,
    type: 'chat',
    display_name: nameOf(model),
    ...model,
  }),
  documentOf: ({ rows }) => rows,
  parameter: 'after',
}

const anthropic: Form = {
  rowOf: (model) => ({
    type: 'model',
    display_name: nameOf(model),
    created_at: '2026-01-01T00:00:00Z',
    ...model,
  }),
  documentOf: ({ rows, next }) => ({ data: rows, has_more: next !== null, first_id: null, last_id: next }),
  parameter: 'after_id',
}

const gemini: Form = {
  rowOf: ({ id, ...rest }) => ({
    name: `models/${id}`,
    displayName: nameOf({ id }),
    outputTokenLimit: 8192,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
    ...rest,
  }),
  documentOf: ({ rows, next }) => ({ models: rows, ...(next === null ? {} : { nextPageToken: next }) }),
  parameter: 'pageToken',
}

const vertex: Form = {
  rowOf: ({ id, ...rest }) => ({ name: `publishers/google/models/${id}`, versionId: 'default', ...rest }),
  documentOf: ({ rows, next }) =>
    rows.length === 0 ? {} : { publisherModels: rows, ...(next === null ? {} : { nextPageToken: next }) },
  parameter: 'pageToken',
}

const bedrockModels: Form = {
  rowOf: ({ id, ...rest }) => ({
    modelArn: arnOf(id),
    modelId: id,
    modelName: nameOf({ id }),
    providerName: id.split('.')[0],
    inputModalities: ['TEXT'],
    outputModalities: ['TEXT'],
    responseStreamingSupported: true,
    inferenceTypesSupported: ['ON_DEMAND'],
    modelLifecycle: { status: 'ACTIVE' },
    ...rest,
  }),
  documentOf: ({ rows }) => ({ modelSummaries: rows }),
  parameter: 'nextToken',
}

const bedrockProfiles: Form = {
  rowOf: ({ id }) => ({
    inferenceProfileId: id,
    inferenceProfileName: nameOf({ id }),
    status: 'ACTIVE',
    type: 'SYSTEM_DEFINED',
    models: [{ modelArn: arnOf(id.slice(id.indexOf('.') + 1)) }],
  }),
  documentOf: ({ rows, next }) => ({ inferenceProfileSummaries: rows, nextToken: next }),
  parameter: 'nextToken',
}

const ollama: Form = {
  rowOf: ({ id, ...rest }) => ({ name: id, model: id, size: 1, digest: 'd', details: {}, ...rest }),
  documentOf: ({ rows }) => ({ models: rows }),
  parameter: 'after',
}

const databricks: Form = {
  rowOf: ({ id, ...rest }) => ({
    name: id,
    state: { ready: 'READY' },
    config: { served_entities: [] },
    ...rest,
  }),
  documentOf: ({ rows }) => (rows.length === 0 ? {} : { endpoints: rows }),
  parameter: 'after',
}

const FORMS = { openai, array, anthropic, gemini, vertex, ollama, databricks }

/** The form that answers at a path: Bedrock has two. */
export function formAt(form: ListingSettings['form'], path: string): Form {
  if (form !== 'bedrock') return FORMS[form]
  return path.endsWith('/inference-profiles') ? bedrockProfiles : bedrockModels
}

/** The models that are listed at a path, in order. */
export function modelsAt({ form, models, profiles }: ListingSettings, path: string): readonly Model[] {
  if (form === 'bedrock' && path.endsWith('/inference-profiles')) return profiles.map((id) => ({ id }))
  if (form === 'vertex' && !path.endsWith('/publishers/google/models')) return []
  return models.map((model) => (typeof model === 'string' ? { id: model } : model))
}

function nameOf({ id }: { readonly id: string }): string {
  return `Model ${id}`
}

function arnOf(id: string): string {
  return `arn:aws:bedrock:us-east-1::foundation-model/${id}`
}
