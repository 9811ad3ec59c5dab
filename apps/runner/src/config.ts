/** The runner's configuration out of an environment. A fault names the variable and what it should be, never its value. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { ConfigurationError, providerSlugs } from '@llmbench/providers'
import type { Environment } from '@llmbench/providers'
import type { Budgets } from './budget/budget.ts'
import { readBudgets } from './budget/limits.ts'
import { splitList } from './cli.ts'
import { readProxy } from './proxy.ts'
import type { ConfiguredProxy } from './proxy.ts'
import { serviceUrl } from './service-url.ts'
import { contact } from './user-agent.ts'
import { readKeys } from './key-source.ts'
import type { KeySource } from './key-source.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const DEFAULT_STATE_DIRECTORY = 'data/runner'
const DEFAULT_CALIBRATION_LIMIT_MS = 5
const SIX_HOURS_SECONDS = 21_600
const HOUR_MS = 3_600_000
const LONGEST_DISCOVERY_HOURS = 720

const label = (what: string) =>
  z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/, `should be ${what} of 1 to 64 printable characters`)
    .optional()

const Variables = z.object({
  INGEST_API_URL: serviceUrl('the full URL of the ingest, such as https://host/ingest').optional(),
  RUNNER_CONFIG_URL: serviceUrl(
    'the full URL of the worklist, such as https://host/runner-config',
  ).optional(),
  BENCHMARK_MODELS: z.string().optional(),
  BENCHMARK_MODELS_OVERRIDE: z.enum(['0', '1'], 'should be 1 or 0').optional(),
  RUNNER_CONFIG_GRACE_SECONDS: z
    .string()
    .regex(/^\d{1,7}$/, 'should be a whole number of seconds')
    .transform(Number)
    .default(SIX_HOURS_SECONDS),
  RUNNER_CONFIG_CACHE_PATH: z.string().optional(),
  RUNNER_STATE_DIR: z.string().default(DEFAULT_STATE_DIRECTORY),
  RUNNER_ID: label('a name'),
  RUNNER_REGION: label('a region'),
  RUNNER_PROXY: z.enum(['off', 'environment'], 'should be off or environment').default('off'),
  RUNNER_CONTACT: contact().optional(),
  AWS_REGION: z.string().max(64).optional(),
  RUNNER_CALIBRATION: z.enum(['daily', 'off'], 'should be daily or off').default('daily'),
  RUNNER_CALIBRATION_LIMIT_MS: z
    .string()
    .regex(/^\d{1,4}(\.\d{1,6})?$/, 'should be a number of milliseconds, such as 5')
    .transform(Number)
    .default(DEFAULT_CALIBRATION_LIMIT_MS),
  RUNNER_METRICS_PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'should be a port number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'should be a port number')
    .optional(),
  DISCOVERY_INTERVAL_HOURS: z
    .string()
    .transform(Number)
    .refine(
      (hours) => hours >= 0 && hours <= LONGEST_DISCOVERY_HOURS,
      `should be a number of hours up to ${LONGEST_DISCOVERY_HOURS}, or 0 to read no lists of models`,
    )
    .default(12),
  ALLOWED_BASE_URLS: z
    .string()
    .transform(splitList)
    .pipe(
      z.array(serviceUrl('a list of base URLs of self-hosted servers, such as https://host/v1', 'private')),
    )
    .default([]),
  LOG_LEVEL: z.enum(LOG_LEVELS, `should be one of ${LOG_LEVELS.join(', ')}`).default('info'),
})

export type WorklistConfig = {
  readonly models: readonly string[] | null
  readonly override: boolean
  readonly remote: { readonly url: string; readonly tokens: KeySource } | null
  readonly graceSeconds: number
  /** Null: nothing is kept between two starts. */
  readonly cachePath: string | null
}

export type Config = {
  /** Null with --local: nothing leaves but requests to providers. */
  readonly ingest: { readonly url: string; readonly keys: KeySource } | null
  readonly worklist: WorklistConfig
  readonly stateDirectory: string
  /** How often the providers' own lists of models are read, ms; null: never. */
  readonly discoveryIntervalMs: number | null
  readonly runnerId: string
  readonly region: string | null
  /** Whom to ask about our requests; null where nobody is named. */
  readonly contact: string | null
  /** Null: nothing goes through a proxy, whatever the environment holds. */
  readonly proxy: ConfiguredProxy | null
  readonly budgets: Budgets
  /** The highest p99 of the runner's own error that is accepted; null: a daemon does not calibrate. */
  readonly calibrationLimitMs: number | null
  /** Where a daemon serves metrics, on loopback; null nowhere. */
  readonly metricsPort: number | null
  /** Where the catalogue may say that a self-hosted server stands, and its key be sent. */
  readonly allowedBaseUrls: readonly string[]
  readonly logLevel: (typeof LOG_LEVELS)[number]
}

/**
 * Reads and checks everything the runner takes from its environment; `slugs` are the providers there are. Throws
 * ConfigurationError at the first fault.
 */
export function readConfig(
  environment: Environment,
  { local }: { readonly local: boolean },
  slugs: readonly string[] = providerSlugs(),
): Config {
  const parsed = Variables.safeParse(withoutEmpty(environment))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new ConfigurationError(`${String(issue?.path[0])} ${issue?.message}`)
  }
  const variables = parsed.data
  const worklistUrl = variables.RUNNER_CONFIG_URL
  return {
    ingest: local ? null : readIngest(environment, variables.INGEST_API_URL),
    worklist: {
      models: variables.BENCHMARK_MODELS === undefined ? null : splitList(variables.BENCHMARK_MODELS),
      override: variables.BENCHMARK_MODELS_OVERRIDE === '1',
      remote:
        worklistUrl === undefined
          ? null
          : { url: worklistUrl, tokens: readKeys(environment, 'RUNNER_CONFIG_TOKEN') },
      graceSeconds: variables.RUNNER_CONFIG_GRACE_SECONDS,
      cachePath:
        variables.RUNNER_CONFIG_CACHE_PATH ??
        (local ? null : join(variables.RUNNER_STATE_DIR, 'runner-config.json')),
    },
    stateDirectory: variables.RUNNER_STATE_DIR,
    discoveryIntervalMs:
      variables.DISCOVERY_INTERVAL_HOURS === 0 ? null : variables.DISCOVERY_INTERVAL_HOURS * HOUR_MS,
    runnerId: variables.RUNNER_ID ?? hostname().slice(0, 64),
    region: variables.RUNNER_REGION ?? variables.AWS_REGION ?? null,
    proxy: variables.RUNNER_PROXY === 'environment' ? readProxy(environment) : null,
    contact: variables.RUNNER_CONTACT ?? null,
    budgets: readBudgets(environment, slugs),
    calibrationLimitMs: variables.RUNNER_CALIBRATION === 'off' ? null : variables.RUNNER_CALIBRATION_LIMIT_MS,
    metricsPort: variables.RUNNER_METRICS_PORT ?? null,
    allowedBaseUrls: variables.ALLOWED_BASE_URLS,
    logLevel: variables.LOG_LEVEL,
  }
}

/** The state directory alone: all that the commands beside a daemon need. */
export function readStateDirectory(environment: Environment): string {
  return withoutEmpty(environment)['RUNNER_STATE_DIR'] ?? DEFAULT_STATE_DIRECTORY
}

function readIngest(environment: Environment, url: string | undefined): Config['ingest'] {
  if (url === undefined) {
    throw new ConfigurationError(
      'INGEST_API_URL is not set: it should be the full URL of the ingest, such as https://host/ingest (or measure with --local)',
    )
  }
  if (!/\/ingest\/?$/.test(url)) throw new ConfigurationError('INGEST_API_URL should end in /ingest')
  return { url: url.replace(/\/$/, ''), keys: readKeys(environment, 'INGEST_API_KEY') }
}

/** `RUNNER_ID=` in a shell or a compose file means "not set". */
function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
}
