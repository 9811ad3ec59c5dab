import type { IngestConfig } from './config.ts'
import { createStore } from './store/create-store.ts'

/**
 * Says what would be served out of what: the settings, which have been read, and the store, which is opened and made
 * ready as at a start. Serves nothing. Throws `StoreUnavailable` where the store cannot be used.
 */
export async function verify(config: IngestConfig, print: (line: string) => void): Promise<void> {
  const [keys, tokens] = [config.ingestKeys.read().length, config.runnerConfigTokens.read().length]
  print(
    `ok    configuration  to listen on ${config.host}:${config.port}, every ${config.intervalMinutes} min`,
  )
  print(`ok    secrets        ${keys} of INGEST_API_KEY, ${tokens} of RUNNER_CONFIG_TOKEN`)
  const store = createStore(config.store)
  try {
    const { problems } = await store.prepare()
    print(`ok    store          ${store.kind}, ${(await store.listModels()).length} models`)
    for (const problem of problems) print(`odd   catalogue      ${problem}`)
  } finally {
    await store.close()
  }
}
