/** The forms in which vendors list models. Pure: a document in, rows and the way to the next page out. */
import { asList, asRecord, asText, firstKnown, isRecord } from '../json.ts'
import type { JsonRecord } from '../json.ts'

/** Query parameters of a page. */
export type PageQuery = Readonly<Record<string, string>>

export type ListingDialect = {
  readonly firstPage: PageQuery
  /** The rows of a page, or null when the document is no list of this form. */
  readonly rowsOf: (document: unknown) => readonly unknown[] | null
  readonly idOf: (row: JsonRecord) => string | null
  readonly nameOf: (row: JsonRecord) => string | null
  /** What the next page is asked for with, beside the first page's query; null at the end. */
  readonly nextOf: (document: unknown) => PageQuery | null
}

const rowsUnder =
  (field: string): ListingDialect['rowsOf'] =>
  (document) => {
    const rows = asRecord(document)[field]
    return Array.isArray(rows) ? rows : null
  }

/** The first of those fields that holds a text. */
const textIn =
  (...fields: readonly string[]) =>
  (row: JsonRecord): string | null =>
    firstKnown(fields.map((field) => asText(row[field])))

const tokenPages =
  (field: string, parameter: string): ListingDialect['nextOf'] =>
  (document) => {
    const token = asText(asRecord(document)[field])
    return token === null ? null : { [parameter]: token }
  }

/** `{ has_more, last_id }`, where the next page begins after that id. */
const cursorPages =
  (parameter: string): ListingDialect['nextOf'] =>
  (document) => {
    const page = asRecord(document)
    if (page['has_more'] !== true) return null
    const lastRow = asRecord(asList(page['data']).at(-1))
    return { [parameter]: asText(page['last_id']) ?? asText(lastRow['id']) ?? '' }
  }

const withoutPrefix =
  (pattern: RegExp) =>
  (row: JsonRecord): string | null =>
    asText(asText(row['name'])?.replace(pattern, ''))

/** `{ data: [{ id }] }`; Together sends the array alone. Without pages, or with a cursor as OpenAI's other lists. */
export const openaiModels: ListingDialect = {
  firstPage: {},
  rowsOf: (document) => (Array.isArray(document) ? document : rowsUnder('data')(document)),
  idOf: textIn('id'),
  nameOf: textIn('display_name', 'name'),
  nextOf: cursorPages('after'),
}

export const anthropicModels: ListingDialect = {
  firstPage: { limit: '1000' },
  rowsOf: rowsUnder('data'),
  idOf: textIn('id'),
  nameOf: textIn('display_name'),
  nextOf: cursorPages('after_id'),
}

/** The id is the name without `models/`, as it stands in the path of a request. */
export const geminiModels: ListingDialect = {
  firstPage: { pageSize: '1000' },
  rowsOf: rowsUnder('models'),
  idOf: withoutPrefix(/^models\//),
  nameOf: textIn('displayName'),
  nextOf: tokenPages('nextPageToken', 'pageToken'),
}

/** Vertex's Model Garden; Google leaves out the list where it is empty. */
export const vertexModels: ListingDialect = {
  firstPage: { pageSize: '1000' },
  rowsOf: (document) =>
    isRecord(document) && Object.keys(document).length === 0 ? [] : rowsUnder('publisherModels')(document),
  idOf: withoutPrefix(/^publishers\/[^/]+\/models\//),
  nameOf: () => null,
  nextOf: tokenPages('nextPageToken', 'pageToken'),
}

export const bedrockModels: ListingDialect = {
  firstPage: {},
  rowsOf: rowsUnder('modelSummaries'),
  idOf: textIn('modelId'),
  nameOf: textIn('modelName'),
  nextOf: () => null,
}

/** The profiles that AWS defines: their ids are what the models behind them are called by. */
export const bedrockProfiles: ListingDialect = {
  firstPage: { maxResults: '1000', typeEquals: 'SYSTEM_DEFINED' },
  rowsOf: rowsUnder('inferenceProfileSummaries'),
  idOf: textIn('inferenceProfileId'),
  nameOf: textIn('inferenceProfileName'),
  nextOf: tokenPages('nextToken', 'nextToken'),
}

export const ollamaTags: ListingDialect = {
  firstPage: {},
  rowsOf: rowsUnder('models'),
  idOf: textIn('model', 'name'),
  nameOf: textIn('name'),
  nextOf: () => null,
}

/** Serving endpoints: what is called there is the endpoint, whatever model is behind it. An empty list is left out. */
export const databricksEndpoints: ListingDialect = {
  firstPage: {},
  rowsOf: (document) =>
    isRecord(document) && Object.keys(document).length === 0 ? [] : rowsUnder('endpoints')(document),
  idOf: textIn('name'),
  nameOf: () => null,
  nextOf: () => null,
}
