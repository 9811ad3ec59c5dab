/** RUNNER_VENDORS_FILE: vendors that are not built in, described by whoever runs the runner. */
import { readFileSync } from 'node:fs'
import { CONFIGURED_DIALECTS, ConfigurationError, findProvider, variablePrefix } from '@llmbench/providers'
import type { Environment, VendorEntry } from '@llmbench/providers'
import { z } from 'zod'
import { describeError } from './faults.ts'
import { serviceUrl } from './service-url.ts'

const VARIABLE = 'RUNNER_VENDORS_FILE'
/** Keys of our own, which no vendor may be sent. */
const OUR_KEYS = /^(INGEST|RUNNER|MONGODB)_|^AWS_(SECRET_ACCESS_KEY|SESSION_TOKEN)$/
/** A key in a file would be in no list of secrets, so that nothing would strike it out of a log. */
const KEY_HEADERS = /^(authorization|proxy-authorization|cookie)$|api-?key|token|secret/
/** What the runner sets itself. */
const OUR_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
])

const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'should be a lower-case slug such as moonshot')
  .refine((slug) => slug !== 'all', 'should not be "all", which --provider takes for every provider')
  .refine(
    (slug) => findProvider(slug) === undefined,
    'is built in: another endpoint for it goes into <VENDOR>_BASE_URL, another vendor needs another slug',
  )

const headerName = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'should be a header name in lower case')
  .refine((name) => !KEY_HEADERS.test(name), 'carries a key: keys belong in the variable of key_variable')
  .refine((name) => !OUR_HEADERS.has(name), 'is set by the runner itself')

const Entry = z
  .strictObject({
    slug,
    name: z.string().min(1).max(100).optional(),
    base_url: z.string(),
    key_variable: z
      .string()
      .regex(
        /^[A-Z][A-Z0-9_]{0,63}$/,
        'should be the name of an environment variable, such as MOONSHOT_API_KEY',
      )
      .optional(),
    dialect: z
      .enum(CONFIGURED_DIALECTS, `should be one of ${CONFIGURED_DIALECTS.join(', ')}`)
      .default('chat'),
    cap: z.enum(['max_tokens', 'max_completion_tokens']).optional(),
    stream_options: z.boolean().optional(),
    headers: z
      .record(
        headerName,
        z.string().regex(/^[\x20-\x7e]{0,500}$/, 'should be at most 500 printable ASCII characters'),
      )
      .default({}),
    self_hosted: z.boolean().default(false),
    lists_models: z.boolean().default(true),
  })
  .superRefine((entry, context) => {
    const fault = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message })
    const url = serviceUrl(
      'a URL such as https://api.example.com/v1',
      entry.self_hosted ? 'private' : 'loopback',
    )
    for (const { message } of url.safeParse(entry.base_url).error?.issues ?? []) fault('base_url', message)
    if (/[?#]/.test(entry.base_url)) fault('base_url', 'should end with its path')
    if (OUR_KEYS.test(keyVariableOf(entry)))
      fault('key_variable', `should not be ${keyVariableOf(entry)}, a key that no vendor may see`)
    if (!/^[A-Z]/.test(keyVariableOf(entry)))
      fault('key_variable', `should be set, as ${keyVariableOf(entry)} is no name of a variable`)
    for (const field of ['cap', 'stream_options'] as const)
      if (entry.dialect !== 'chat' && entry[field] !== undefined)
        fault(field, `goes with the dialect chat, and not with ${entry.dialect}`)
  })

const VendorsFile = z.strictObject({ vendors: z.array(Entry).max(200) })

/**
 * The vendors of the file that RUNNER_VENDORS_FILE names; none where it is not set. Throws ConfigurationError with the
 * vendor and the field at the first fault.
 */
export function readVendors(environment: Environment): readonly VendorEntry[] {
  const path = environment[VARIABLE]?.trim() ?? ''
  if (path === '') return []
  const document = readJson(path)
  const parsed = VendorsFile.safeParse(document)
  if (!parsed.success) throw new ConfigurationError(`${VARIABLE}: ${faultOf(parsed.error, document)}`)
  const entries = parsed.data.vendors.map(entryOf)
  const twice = entries.find(({ slug }, at) => entries.findIndex((entry) => entry.slug === slug) !== at)
  if (twice !== undefined) throw new ConfigurationError(`${VARIABLE}: ${twice.slug} is described twice`)
  return entries
}

function readJson(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigurationError(`${VARIABLE} should name a file that can be read: ${describeError(error)}`)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    // Of V8's sentence the place alone: the rest repeats the text around it, which may be a key in the wrong file.
    const place = /\(line \d+ column \d+\)/.exec(describeError(error))?.[0]
    throw new ConfigurationError(
      `${VARIABLE} should name a JSON file${place === undefined ? '' : ` ${place}`}`,
    )
  }
}

/** The first fault with the vendor's slug, or its place in the list, before the field. */
function faultOf(error: z.ZodError, document: unknown): string {
  const issue = error.issues[0]
  const [list, at, ...field] = issue?.path ?? []
  if (list !== 'vendors' || typeof at !== 'number')
    return `should be {"vendors": [{"slug": …, "base_url": …}]}: ${issue?.message}`
  const slugs = (document as { vendors: readonly { slug?: unknown }[] }).vendors
  const slug = slugs[at]?.slug
  const vendor = typeof slug === 'string' ? slug.slice(0, 64) : `vendor ${at + 1}`
  const message = issue?.code === 'invalid_key' ? issue.issues[0]?.message : issue?.message
  return `${vendor}: ${[...field.map(String), message].join(' ')}`
}

type EntryInFile = z.infer<typeof Entry>

function entryOf(entry: EntryInFile): VendorEntry {
  return {
    slug: entry.slug,
    displayName: entry.name ?? entry.slug,
    baseUrl: entry.base_url,
    keyVariable: keyVariableOf(entry),
    dialect: entry.dialect,
    chat: { cap: entry.cap ?? 'max_tokens', streamOptions: entry.stream_options ?? true },
    headers: entry.headers,
    selfHosted: entry.self_hosted,
    listsModels: entry.lists_models,
  }
}

function keyVariableOf({ slug, key_variable: variable }: Pick<EntryInFile, 'slug' | 'key_variable'>): string {
  return variable ?? `${variablePrefix(slug)}API_KEY`
}
