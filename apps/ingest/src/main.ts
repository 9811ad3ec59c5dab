import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import { Command } from 'commander'
import { pino, type DestinationStream, type Logger } from 'pino'
import { buildApp } from './app.ts'
import { createBookkeeper } from './bookkeeper.ts'
import { createKeeper } from './catalogue/keeper.ts'
import { parseArguments, runProgram, type Terminal } from './command-line.ts'
import { readConfig, type IngestConfig } from './config.ts'
import { connectionLimit, openFilesLimit } from './connections.ts'
import { ConfigFault } from './errors.ts'
import { escapeUnprintable } from './json/line.ts'
import { listen } from './listening.ts'
import { listenForMetrics } from './metrics-server.ts'
import { createMetrics } from './metrics.ts'
import { serializeError } from './log-error.ts'
import { createSecretSet, type SecretSet } from './secrets.ts'
import { countAttempts } from './store/count-attempts.ts'
import { createStore } from './store/create-store.ts'
import { observeStore } from './store/observe-store.ts'
import { keepPrepared } from './preparation.ts'
import { createSupervisor } from './supervisor.ts'
import { createTroubleLog } from './trouble-log.ts'
import { verify } from './verify.ts'

const PREPARE_GRACE_MS = 3000
/** Assumed where the limit is unknown. */
const FEW_OPEN_FILES = 1024
const CLOSE_MS = 15_000
const STORE_CLOSE_MS = 2000

const command = new Command('ingest')
  .description('The ingest API: takes results from runners, stores them, serves worklists')
  .option('--verify', 'check the configuration and the store, and serve nothing')
  .addHelpText(
    'after',
    `
Configured by the environment: INGEST_API_KEY and RUNNER_CONFIG_TOKEN, HOST, PORT, MONGODB_URI or STORE_PATH,
INTERVAL_MINUTES, PUBLISHED_PROFILES, PROMOTE_AUTOMATICALLY, LOG_LEVEL, TRUSTED_PROXIES, METRICS_HOST,
METRICS_PORT, OTEL_EXPORTER_OTLP_ENDPOINT, limits; docs/ingest.md has them all. Each may be in a file instead, named by
the same variable with _FILE.

Example:
  INGEST_API_KEY=… RUNNER_CONFIG_TOKEN=… PORT=8080 ingest
  INGEST_API_KEY=… RUNNER_CONFIG_TOKEN=… ingest --verify`,
  )

await runProgram('ingest', async (terminal) => {
  await parseArguments(command, process.argv, terminal)
  const config = readConfig(process.env)
  if (command.opts<{ verify?: true }>().verify) {
    await verify(config, terminal.print)
    return 'done'
  }
  await serve(config, terminal)
  return 'serving'
})

async function serve(config: IngestConfig, terminal: Terminal): Promise<void> {
  const logger = createLogger(config.logLevel, terminal)
  const supervisor = createSupervisor(process.env, logger)
  const metrics = createMetrics({ ofProcess: true })
  const version = readVersion()
  // Loaded only where traces are wanted: it costs every start and every request something.
  const tracing = config.tracing ? (await import('./tracing.ts')).startTracing(version) : null
  const counted = countAttempts(
    createStore(config.store, { note: createTroubleLog(logger) }),
    metrics.countAttempt,
  )
  const metered = observeStore(counted, metrics.observeStore)
  const store = tracing ? observeStore(metered, tracing.observeStore) : metered
  const secrets = createSecretSet({
    'results:write': config.ingestKeys.read(),
    'config:read': config.runnerConfigTokens.read(),
  })
  const bookkeeper = createBookkeeper({
    store,
    logger,
    cadenceSeconds: config.intervalMinutes * 60,
    now: () => new Date(),
  })
  const keeper = createKeeper({ ...config, store, logger, now: () => new Date() })
  const preparation = keepPrepared({ store, logger })
  const { app, drain } = await buildApp({
    config,
    store,
    bookkeeper,
    secrets,
    logger,
    metrics,
    version,
    ...(tracing ? { traceRequests: tracing.traceRequests } : {}),
    catalogueProblems: preparation.problems,
    droppedLogLines: () => terminal.dropped().stderr,
    maxConnections: connectionLimit(openFilesLimit(process.report) ?? FEW_OPEN_FILES),
  })

  const metricsServer = config.metricsAddress
    ? await listenForMetrics(metrics, config.metricsAddress, logger)
    : null
  // Without a listener SIGUSR1 would open Node's inspector.
  process.on('SIGUSR1', () => logger.info('SIGUSR1 is ignored'))
  process.on('SIGHUP', () => reloadSecrets(config, secrets, logger))
  closeWithGrace({ delay: CLOSE_MS, logger, skip: ['SIGHUP'] }, async ({ err, signal }) => {
    if (err) {
      terminal.makeRoom()
      logger.fatal({ err }, 'Unexpected error, closing')
    } else logger.info({ signal }, 'Closing')
    supervisor.stopping()
    const unprepared = preparation.stop()
    await drain.close()
    await metricsServer?.close()
    await Promise.race([
      Promise.all([bookkeeper.stop(), keeper.stop(), unprepared]).then(() => store.close()),
      sleep(STORE_CLOSE_MS),
    ])
    await Promise.race([tracing?.stop(), sleep(STORE_CLOSE_MS)])
  })

  const prepared = preparation.ready.then((isReady) => {
    if (!isReady) return
    bookkeeper.start()
    keeper.start()
  })
  // A store that is there is ready before the port is open; one that is not holds nothing up.
  await Promise.race([prepared, sleep(PREPARE_GRACE_MS)])
  const { host, port } = config
  const address = await listen(app, { host, port, named: { host: 'HOST', port: 'PORT' } })
  // Whoever started this waits for the line, however little else is logged.
  const told = logger.child({}, { level: config.logLevel === 'silent' ? 'silent' : 'info' })
  told.info({ address, pid: process.pid, store: store.kind }, 'listening')
  supervisor.ready()
}

function reloadSecrets(config: IngestConfig, secrets: SecretSet, logger: Logger): void {
  for (const [scope, source] of [
    ['results:write', config.ingestKeys],
    ['config:read', config.runnerConfigTokens],
  ] as const) {
    try {
      secrets.replace(scope, source.read())
      logger.info({ scope }, 'Secrets read again')
    } catch (error) {
      const fault = error instanceof ConfigFault ? error.message : error
      logger.error({ scope, fault }, 'Secrets kept as they were')
    }
  }
}

/** Logs are JSON lines on stderr; writing them never blocks. */
function createLogger(level: string, { writeErr, makeRoom }: Terminal): Logger {
  return pino({ level, serializers: { err: serializeError } }, {
    write: (line: string) => writeErr(escapeUnprintable(line)),
    flushSync: makeRoom,
  } as DestinationStream)
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return manifest.version
}
