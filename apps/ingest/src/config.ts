import { isIP } from 'node:net'
import { z } from 'zod'
import { secretSource, type SecretSource } from './secret-source.ts'
import type { StoreTarget } from './store/create-store.ts'
import { readStoreTarget } from './store/target.ts'
import { parseVariables, whole, wholeOrNone, type Environment } from './variables.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** An address or a range. A range of all addresses is refused: any client could choose its own address. */
const isAddressOrRange = (text: string): boolean => {
  const [address = '', bits, ...more] = text.split('/')
  const version = isIP(address)
  // Addresses are compared without zone, and IPv4-mapped ones as IPv4.
  if (version === 0 || more.length > 0 || /%|^::ffff:/i.test(address)) return false
  return (
    bits === undefined ||
    (/^[0-9]{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128))
  )
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?$/i
const host = z
  .string()
  .refine(
    (text) => isIP(text) !== 0 || HOST_NAME.test(text),
    'must be an address like 127.0.0.1 or ::1, or a name, without brackets and port',
  )
  .default('127.0.0.1')

const PROFILE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

const Variables = z.object({
  HOST: host,
  PORT: whole(8080, 0, 65_535),
  INTERVAL_MINUTES: whole(30, 1, 10_080),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  PUBLISHED_PROFILES: z
    .string()
    .transform((text) => text.split(',').map((id) => id.trim()))
    .refine(
      (ids) => ids.every((id) => PROFILE_ID.test(id)),
      'must be ids of profiles like cloud-default-v1, separated by commas',
    )
    .default(['cloud-default-v1']),
  PROMOTE_AUTOMATICALLY: z.enum(['0', '1'], 'must be 1 or 0').default('0'),
  MAX_BODY_BYTES: whole(1_048_576, 1024, 67_108_864),
  MAX_DECODED_BYTES: whole(4_194_304, 1024, 268_435_456),
  MAX_BATCH_ITEMS: whole(500, 1, 10_000),
  MAX_ITEM_BYTES: whole(65_536, 1024, 4_194_304),
  MAX_NESTING: whole(16, 4, 48),
  RATE_LIMIT_PER_MINUTE: whole(1200, 1, 1_000_000),
  FAILED_LOGINS_PER_MINUTE: whole(100, 1, 1000),
  MAX_BYTES_UNDER_WAY: whole(67_108_864, 1024, 999_999_999),
  METRICS_HOST: host,
  METRICS_PORT: wholeOrNone(0, 65_535),
  TRUSTED_PROXIES: z
    .string()
    .transform((text) => text.split(',').map((proxy) => proxy.trim()))
    .refine(
      (proxies) => proxies.every(isAddressOrRange),
      'must be addresses or ranges like 10.0.0.0/8, separated by commas, and not all addresses',
    )
    .optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .optional(),
})

export type Limits = {
  readonly bodyBytes: number
  readonly decodedBytes: number
  readonly batchItems: number
  readonly itemBytes: number
  readonly nesting: number
  readonly requestsPerMinute: number
  readonly failedLoginsPerMinute: number
  readonly bytesUnderWay: number
}

export type IngestConfig = {
  readonly host: string
  readonly port: number
  readonly logLevel: (typeof LOG_LEVELS)[number]
  readonly intervalMinutes: number
  readonly publishedProfiles: ReadonlySet<string>
  /** Whether candidates that have earned their place are enabled without a person. */
  readonly promoteAutomatically: boolean
  readonly limits: Limits
  /** Whose word for a client's address is taken. */
  readonly trustedProxies: readonly string[]
  /** Where metrics are served instead of beside the routes; null: beside them. */
  readonly metricsAddress: { readonly host: string; readonly port: number } | null
  readonly tracing: boolean
  readonly ingestKeys: SecretSource
  readonly runnerConfigTokens: SecretSource
  readonly store: StoreTarget
}

/** The configuration of the ingest out of its environment. Throws `ConfigFault` naming the variable, never its value. */
export function readConfig(environment: Environment): IngestConfig {
  const variables = parseVariables(Variables, environment)
  return {
    host: variables.HOST,
    port: variables.PORT,
    logLevel: variables.LOG_LEVEL,
    intervalMinutes: variables.INTERVAL_MINUTES,
    publishedProfiles: new Set(variables.PUBLISHED_PROFILES),
    promoteAutomatically: variables.PROMOTE_AUTOMATICALLY === '1',
    limits: {
      bodyBytes: variables.MAX_BODY_BYTES,
      decodedBytes: variables.MAX_DECODED_BYTES,
      batchItems: variables.MAX_BATCH_ITEMS,
      itemBytes: variables.MAX_ITEM_BYTES,
      nesting: variables.MAX_NESTING,
      requestsPerMinute: variables.RATE_LIMIT_PER_MINUTE,
      failedLoginsPerMinute: variables.FAILED_LOGINS_PER_MINUTE,
      bytesUnderWay: variables.MAX_BYTES_UNDER_WAY,
    },
    trustedProxies: variables.TRUSTED_PROXIES ?? [],
    metricsAddress:
      variables.METRICS_PORT === undefined
        ? null
        : { host: variables.METRICS_HOST, port: variables.METRICS_PORT },
    tracing: variables.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    ingestKeys: secretSource(environment, 'INGEST_API_KEY'),
    runnerConfigTokens: secretSource(environment, 'RUNNER_CONFIG_TOKEN'),
    store: readStoreTarget(environment),
  }
}

/** What the catalogue's command line reads beside the store: the ingest's own settings, for the same meaning of words. */
export function readModelsSettings(
  environment: Environment,
): Pick<IngestConfig, 'intervalMinutes' | 'publishedProfiles'> {
  const variables = parseVariables(
    Variables.pick({ INTERVAL_MINUTES: true, PUBLISHED_PROFILES: true }),
    environment,
  )
  return {
    intervalMinutes: variables.INTERVAL_MINUTES,
    publishedProfiles: new Set(variables.PUBLISHED_PROFILES),
  }
}
