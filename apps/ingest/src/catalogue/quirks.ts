/**
 * The quirks that the runner follows, and what each must be. One that it cannot follow costs the quirk or the whole
 * model, so a wrong one is refused where it is typed and told where it lies in the store.
 */
import { mayBePlainHttp } from '@llmbench/providers/addresses'
import { profileIds } from '@llmbench/providers/profiles'
import { CONFIGURED_DIALECTS, findProvider } from '@llmbench/providers/registry'
import { requestFaults } from '@llmbench/providers/request-fields'
import { z } from 'zod'
import { isSafeKey } from '../documents/extras.ts'
import type { CatalogueDocument } from '../store/store.ts'
import { instantOf, isAdministrative } from './entry.ts'

const amount = z.number().nonnegative('must be a number of the currency, 0 or more')

const Price = z.object({
  from: z.unknown().refine((value) => instantOf(value) !== null, 'must be a date'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a currency code like USD'),
  input_per_million: amount,
  output_per_million: amount,
})

const Quirks = z.object({
  omit_temperature: z.boolean('must be true or false').nullish(),
  accept_id: z.boolean('must be true or false').nullish(),
  additional_model_request_fields: z
    .record(z.string(), z.unknown(), 'must be an object that goes into the request')
    .nullish(),
  reasoning_effort: z.string('must be a word like low').min(1, 'must be a word like low').max(64).nullish(),
  profile: z.enum(profileIds(), `must be one of ${profileIds().join(', ')}`).nullish(),
  prices: z
    .array(Price, 'must be a list of { from, currency, input_per_million, output_per_million }')
    .nullish(),
})

const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(Quirks.shape),
  'request_mode',
  'base_url',
  'request_headers',
])

/** Fields that mean nothing to a runner: most likely a known one spelled wrongly. */
export const unknownQuirks = (fields: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(fields).filter((field) => !KNOWN.has(field))

/** What is wrong with an entry's quirks, a sentence each that names the field. */
export function quirkFaults(provider: string, document: CatalogueDocument): string[] {
  const parsed = Quirks.safeParse(document)
  const faults = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')} ${message}`)
  // What goes into requests is judged where it is built: by the runner's own rules.
  faults.push(...requestFaults(document))
  for (const fault of [
    modeFault(provider, document['request_mode']),
    urlFault(provider, document['base_url']),
  ])
    if (fault !== null) faults.push(fault)
  return faults
}

/** Why a field cannot be set as a quirk; null where it can. */
export function fieldFault(field: string): string | null {
  if (isAdministrative(field)) return `"${field}" has a command of its own and is no quirk`
  return isSafeKey(field) ? null : `"${field}" is no name for a field: a-z, 0-9 and _ only`
}

/** Whether the provider is built in; others are described in a file of the runner. */
export const hasAdapter = (provider: string): boolean => findProvider(provider) !== undefined

function modeFault(slug: string, mode: unknown): string | null {
  if (mode == null) return null
  const dialects = findProvider(slug)?.dialects
  if (dialects?.some((dialect) => dialect.mode === mode || dialect.requestMode === mode)) return null
  // Which one a vendor of a runner's file has is in that file alone.
  const offered = dialects?.map((dialect) => dialect.mode) ?? CONFIGURED_DIALECTS
  if (dialects === undefined && offered.some((name) => name === mode)) return null
  return `request_mode must be an API that ${slug} offers: ${offered.join(', ')}`
}

function urlFault(slug: string, url: unknown): string | null {
  if (url == null) return null
  const provider = findProvider(slug)
  if (provider !== undefined && provider.baseUrlVariable === undefined)
    return `base_url is for self-hosted vendors only, and ${slug} is none`
  if (typeof url !== 'string' || !URL.canParse(url)) return 'base_url must be a URL like https://host/v1'
  const { protocol, hostname, username, password, search, hash } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') return 'base_url must begin with https:// or http://'
  if (protocol === 'http:' && !mayBePlainHttp(hostname, 'private'))
    return 'base_url must begin with https://: plain http is for loopback and private addresses only'
  if (username !== '' || password !== '') return 'base_url must hold no user name or password'
  return search === '' && hash === '' ? null : 'base_url must end with its path'
}
