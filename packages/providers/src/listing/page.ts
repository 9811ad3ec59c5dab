/** One page of a list out of its text. Pure. */
import { isRecord, parseJson } from '../json.ts'
import type { ListingDialect, PageQuery } from './dialects.ts'
import type { ListedModel } from './listing.ts'

export type Page = {
  readonly models: readonly ListedModel[]
  /** Rows that are no object or have no id that a request could name. */
  readonly unreadable: number
  readonly next: PageQuery | null
}

const LONGEST_ID = 256
const LONGEST_NAME = 500

/** The page, or null when the text is not JSON or no list of that form. Never throws. */
export function parsePage(dialect: ListingDialect, text: string): Page | null {
  const document = parseJson(text)
  const rows = dialect.rowsOf(document)
  if (rows === null) return null
  const models = rows.flatMap((row) => modelOf(dialect, row) ?? [])
  return { models, unreadable: rows.length - models.length, next: dialect.nextOf(document) }
}

function modelOf(dialect: ListingDialect, row: unknown): ListedModel | null {
  if (!isRecord(row)) return null
  const modelId = dialect.idOf(row)
  if (modelId === null || !isUsableId(modelId)) return null
  const name = dialect.nameOf(row)
  return { modelId, name: name === null ? null : name.slice(0, LONGEST_NAME).toWellFormed(), raw: row }
}

function isUsableId(id: string): boolean {
  return id.length <= LONGEST_ID && id.isWellFormed() && !/[\s\p{Cc}]/u.test(id)
}

/** The bytes as text; what is not UTF-8 reads as an empty one, which is no list. */
export function decodePage(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return ''
  }
}
