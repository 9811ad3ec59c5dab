/**
 * A list of models as a vendor keeps it, served below `/listings/NAME/`: what stands behind that is up to the form.
 * Every field but the form has a default.
 */
import { z } from 'zod'
import { HeaderMap } from '../fault.ts'

const Page = z.int().min(1).max(100_000).default(1)
const Id = z.string().min(1)

const ListingFault = z.discriminatedUnion('kind', [
  /** An HTTP error. */
  z.strictObject({
    kind: z.literal('status'),
    on_page: Page,
    status: z.int().min(200).max(599),
    headers: HeaderMap.optional(),
    message: z.string().default('The simulator refuses the list'),
    /** The message is followed by the key that was sent, as some servers do. */
    echo_key: z.boolean().default(false),
  }),
  /** The connection dies after so many bytes of the page; the length announced is the whole page's. */
  z.strictObject({ kind: z.literal('cut'), on_page: Page, after_bytes: z.int().min(0) }),
  /** 200 with this body. */
  z.strictObject({ kind: z.literal('garbage'), on_page: Page, body: z.string() }),
  z.strictObject({ kind: z.literal('never_answers'), on_page: Page }),
  /** A byte at a time. */
  z.strictObject({ kind: z.literal('drip'), on_page: Page, gap_ms: z.number().min(1) }),
  /** A page of so many megabytes (10^6 bytes), in one row. */
  z.strictObject({ kind: z.literal('huge'), on_page: Page, megabytes: z.number().gt(0).max(1000) }),
  /** After the models further pages of further models, for ever. */
  z.strictObject({ kind: z.literal('endless_pages') }),
  /** Each page names itself as the next one. */
  z.strictObject({ kind: z.literal('same_page') }),
  /** The first page comes for ever, each time with a new token. */
  z.strictObject({ kind: z.literal('same_models') }),
])

export const ListingSettings = z.strictObject({
  form: z.enum(['openai', 'array', 'anthropic', 'gemini', 'vertex', 'bedrock', 'ollama', 'databricks']),
  /** An id, or an id and further fields of its row. Vertex: of the publisher `google`. */
  models: z.array(z.union([Id, z.looseObject({ id: Id })])).default([]),
  /** Bedrock: ids of inference profiles, the model's own after the first dot. */
  profiles: z.array(Id).default([]),
  page_size: z.int().min(1).max(100_000).default(1000),
  /** Further rows at the end of the last page, as they are. */
  odd_rows: z.array(z.unknown()).default([]),
  /** Without one of these values in its headers a request is refused with 401. */
  key: z.string().optional(),
  fault: ListingFault.optional(),
})
/** What a test writes. */
export type Listing = z.input<typeof ListingSettings>
export type ListingSettings = z.output<typeof ListingSettings>
