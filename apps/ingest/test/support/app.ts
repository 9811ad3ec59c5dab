import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { pino, type Logger } from 'pino'
import { onTestFinished } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { createBookkeeper } from '../../src/bookkeeper.ts'
import { readConfig, type Limits } from '../../src/config.ts'
import { createMetrics } from '../../src/metrics.ts'
import { createSecretSet } from '../../src/secrets.ts'
import type { Store } from '../../src/store/store.ts'
import { GROQ } from './documents.ts'
import { openStore } from './stores.ts'

export const KEY = 'a-key-of-the-test-run'
export const TOKEN = 'a-token-of-the-test-run'
const CADENCE_SECONDS = 1800

export type TestApp = {
  readonly app: FastifyInstance
  readonly store: Store
  readonly post: (
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ) => Promise<LightMyRequestResponse>
  readonly get: (path: string, headers?: Record<string, string>) => Promise<LightMyRequestResponse>
  /** Resolves when everything that came in so far has been accounted for. */
  readonly bookkeepingDone: () => Promise<void>
}

/** The API on an empty SQLite store, or the given one, with one active model. */
export async function openApp(
  options: {
    store?: Store
    limits?: Partial<Limits>
    trustedProxies?: readonly string[]
    /** Silent where none is given. */
    logger?: Logger
  } = {},
): Promise<TestApp> {
  const store = options.store ?? (await openStore('sqlite'))
  const logger = options.logger ?? pino({ level: 'silent' })
  const config = readConfig({ INGEST_API_KEY: KEY, RUNNER_CONFIG_TOKEN: TOKEN })
  const now = (): Date => new Date()
  const bookkeeper = createBookkeeper({ store, logger, cadenceSeconds: CADENCE_SECONDS, now })
  const { app } = await buildApp({
    config: {
      ...config,
      limits: { ...config.limits, ...options.limits },
      trustedProxies: options.trustedProxies ?? [],
    },
    store,
    bookkeeper,
    secrets: createSecretSet({ 'results:write': [KEY], 'config:read': [TOKEN] }),
    logger,
    metrics: createMetrics(),
    version: '0.0.0',
  })
  onTestFinished(() => app.close())
  const ask = (request: InjectOptions): Promise<LightMyRequestResponse> => app.inject(request)
  return {
    app,
    store,
    post: (url, body, headers = {}) =>
      ask({
        method: 'POST',
        url,
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
        payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      }),
    get: (url, headers = {}) => ask({ url, headers: { authorization: `Bearer ${TOKEN}`, ...headers } }),
    bookkeepingDone: async () => {
      bookkeeper.start()
      await bookkeeper.stop()
    },
  }
}

export async function addModel(
  store: Store,
  modelId: string = GROQ.modelId,
  provider: string = GROQ.provider,
): Promise<void> {
  const change = { action: 'add', at: new Date(), actor: 'test', reason: null } as const
  await store.addModel({ provider, modelId, displayName: modelId, quirks: {} }, change)
}
