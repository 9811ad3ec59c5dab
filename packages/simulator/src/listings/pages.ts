/** Which page of a list a request gets. */
import type { ListingSettings } from './listing.ts'
import { formAt, modelsAt } from './rows.ts'

export type ServedPage = {
  /** Counted from 1. */
  readonly number: number
  readonly body: string
}

/** The page that the URL asks for. A token is the number of models before the page; a cursor is the last of them. */
export function pageOf(settings: ListingSettings, url: URL): ServedPage {
  const { fault, page_size: size, odd_rows: odd } = settings
  const form = formAt(settings.form, url.pathname)
  const models = modelsAt(settings, url.pathname)
  const token = url.searchParams.get(form.parameter)
  const offset = fault?.kind === 'same_models' ? 0 : offsetOf(token, models)
  const listed = models.slice(offset, offset + size)
  const isLast = offset + size >= models.length
  const page = fault?.kind === 'endless_pages' && listed.length === 0 ? inventedFrom(offset, size) : listed
  const next = nextToken(settings, { token, offset, isLast, lastId: page.at(-1)?.id ?? '' })
  const rows = [...page.map(form.rowOf), ...(isLast ? odd : [])]
  return { number: Math.floor(offset / size) + 1, body: JSON.stringify(form.documentOf({ rows, next })) }
}

function offsetOf(token: string | null, models: readonly { readonly id: string }[]): number {
  if (token === null) return 0
  const invented = /^invented-(\d+)$/.exec(token)?.[1]
  if (invented !== undefined) return Number(invented) + 1
  if (/^\d{1,9}$/.test(token)) return Number(token)
  return models.findIndex(({ id }) => id === token) + 1
}

type Position = {
  readonly token: string | null
  readonly offset: number
  readonly isLast: boolean
  readonly lastId: string
}

const CURSORS: ReadonlySet<string> = new Set(['openai', 'anthropic'])

function nextToken(
  { form, fault, page_size: size }: ListingSettings,
  { token, offset, isLast, lastId }: Position,
): string | null {
  if (fault?.kind === 'same_page') return token ?? 'again'
  if (fault?.kind === 'same_models') return String(Number(token ?? 0) + 1)
  if (isLast && fault?.kind !== 'endless_pages') return null
  return CURSORS.has(form) ? lastId : String(offset + size)
}

function inventedFrom(offset: number, size: number): { id: string }[] {
  return Array.from({ length: size }, (_, index) => ({ id: `invented-${offset + index}` }))
}
