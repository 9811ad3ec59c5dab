import { Command, InvalidArgumentError } from 'commander'
import { compareText, instantOf } from '../catalogue/entry.ts'
import { UsageFault } from '../errors.ts'
import type { CatalogueDocument, ModelRef, StoredValue } from '../store/store.ts'
import { readJsonObject, readReason } from './arguments.ts'
import { changeEntry } from './change.ts'
import type { ModelsDependencies } from './dependencies.ts'

type Price = {
  readonly from: Date
  readonly currency: string
  readonly input_per_million: number
  readonly output_per_million: number
}
type SetOptions = {
  reason: string
  name?: string
  omitTemperature?: boolean
  additionalModelRequestFields?: string
  reasoningEffort?: string
  profile?: string
  requestMode?: string
  baseUrl?: string
  acceptId?: boolean
  price?: Price[]
  metadata?: string
  unset?: string[]
}

/** `models set`: quirks and prices of an entry. */
export const setCommand = (dependencies: ModelsDependencies): Command =>
  new Command('set')
    .arguments('<provider> <model-id>')
    .description('set quirks and prices of a model')
    .requiredOption('--reason <text>', 'why, for the record', readReason)
    .option('--name <display-name>', 'what people call it')
    .option('--omit-temperature <true|false>', 'whether it takes no temperature', readBoolean)
    .option('--additional-model-request-fields <json>', 'fields that go into each request as they are')
    .option('--reasoning-effort <word>', 'how hard it is to think: low, medium, high …')
    .option('--profile <id>', 'the protocol of its runs, where it is not the default')
    .option('--request-mode <mode>', 'which API, where a vendor offers several: chat, responses …')
    .option('--base-url <url>', 'where a self-hosted server stands; runners must allow it')
    .option(
      '--price <from,currency,input,output>',
      'price per million tokens from a day on; repeatable',
      collectPrice,
    )
    .option(
      '--accept-id <true|false>',
      'measure the id although a rule about its family speaks against it',
      readBoolean,
    )
    .option('--metadata <json>', 'any further quirks')
    .option('--unset <field>', 'a quirk it has no more; repeatable', collect)
    .addHelpText(
      'after',
      `
Example:
  models set groq llama-3.1-8b-instant --price 2026-01-01,USD,0.05,0.08 --reason "price list"
  models set bedrock us.anthropic.claude-opus-4-5-20251101-v1:0 --omit-temperature true --reason "refuses it"`,
    )
    .action((provider: string, modelId: string, options: SetOptions) =>
      set(dependencies, { provider, modelId }, options),
    )

async function set(
  dependencies: ModelsDependencies,
  model: ModelRef,
  { reason, name, price: prices, unset, ...quirks }: SetOptions,
): Promise<void> {
  const { fieldFault, quirkFaults, unknownQuirks } = await import('../catalogue/quirks.ts')
  const fields = { ...fieldsOf(quirks), ...Object.fromEntries((unset ?? []).map((field) => [field, null])) }
  const odd = Object.keys(fields).flatMap((field) => fieldFault(field) ?? [])
  const [fault] = odd.length > 0 ? odd : quirkFaults(model.provider, fields)
  if (fault !== undefined) throw new UsageFault(`Cannot be set: ${fault}`)
  for (const field of unknownQuirks(fields)) dependencies.warn(`Warning: no runner follows "${field}"`)
  if (name === undefined && prices === undefined && Object.keys(fields).length === 0)
    throw new UsageFault('Nothing to set: name a quirk, a --price, a --name or a field to --unset')
  await changeEntry(dependencies, model, {
    action: 'set',
    reason,
    done: 'set',
    edit: () => (before) => ({
      ...fields,
      ...(name === undefined ? {} : { display_name: name }),
      ...(prices === undefined ? {} : { prices: withPrices(before, prices) }),
    }),
  })
}

function fieldsOf(options: Omit<SetOptions, 'reason' | 'name' | 'price' | 'unset'>): Record<string, unknown> {
  const { additionalModelRequestFields: additional, metadata } = options
  const named = {
    omit_temperature: options.omitTemperature,
    additional_model_request_fields:
      additional === undefined
        ? undefined
        : readJsonObject('--additional-model-request-fields', additional, '{"top_k":5}'),
    reasoning_effort: options.reasoningEffort,
    profile: options.profile,
    request_mode: options.requestMode,
    base_url: options.baseUrl,
    accept_id: options.acceptId,
  }
  const given = Object.entries(named).filter(([, value]) => value !== undefined)
  const more = metadata === undefined ? {} : readJsonObject('--metadata', metadata, '{"top_k":5}')
  return { ...more, ...Object.fromEntries(given) }
}

/** The entry's prices with these among them, by day; one of the same day and currency is replaced. */
function withPrices(before: CatalogueDocument, prices: readonly Price[]): StoredValue {
  const known = Array.isArray(before['prices'])
    ? (before['prices'] as Readonly<Record<string, unknown>>[])
    : []
  const keyOf = (price: Readonly<Record<string, unknown>>): string =>
    `${instantOf(price['from'])?.toISOString() ?? ''} ${String(price['currency'])}`
  const all = new Map([...known, ...prices].map((price) => [keyOf(price), price]))
  return [...all]
    .sort(([left], [right]) => compareText(left, right))
    .map(([, price]) => price) as unknown as StoredValue
}

function readBoolean(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new InvalidArgumentError('Accepted: true or false.')
}

function collectPrice(text: string, before: readonly Price[] = []): Price[] {
  const [day = '', currency = '', input = '', output = '', ...more] = text.split(',')
  const from = instantOf(day)
  const amounts = [input, output].map((amount) =>
    /^\d+(\.\d+)?$/.test(amount) ? Number(amount) : Number.NaN,
  )
  const [input_per_million = Number.NaN, output_per_million = Number.NaN] = amounts
  if (from === null || !/^[A-Z]{3}$/.test(currency) || amounts.some(Number.isNaN) || more.length > 0)
    throw new InvalidArgumentError(
      'Accepted: a day, a currency and two amounts, like 2026-01-01,USD,0.05,0.08.',
    )
  return [...before, { from, currency, input_per_million, output_per_million }]
}

const collect = (text: string, before: readonly string[] = []): string[] => [...before, text]
