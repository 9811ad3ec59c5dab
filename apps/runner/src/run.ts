/** The runner as one function: arguments, environment and signals in, an exit code out. */
import { createRegistry } from '@llmbench/providers'
import type { Environment, Outbound, VendorEntry } from '@llmbench/providers'
import type { Logger } from 'pino'
import { parseOptions } from './cli.ts'
import type { Options } from './cli.ts'
import { systemClock } from './clock.ts'
import { readConfig, readStateDirectory } from './config.ts'
import type { Config } from './config.ts'
import { runDaemon } from './daemon.ts'
import { runDeadLetters } from './dead-letters/command.ts'
import { createKeyRing } from './delivery/keys.ts'
import { discoverOnce } from './discovery/once.ts'
import { postReport } from './discovery/post.ts'
import { createHttpClient } from './http.ts'
import { createLogger } from './logger.ts'
import type { NotifySupervisor } from './notify.ts'
import { runOnce } from './once.ts'
import { formatTable } from './output.ts'
import { proxyVariable } from './proxy.ts'
import { createProgress } from './progress.ts'
import type { Secrets } from './secrets.ts'
import { openSession, openWorklists } from './session.ts'
import type { Session } from './session.ts'
import type { Signals } from './signals.ts'
import type { StandardOutput } from './standard-output.ts'
import { runStatus } from './status/command.ts'
import { resolveTargets } from './targets.ts'
import type { Target } from './attempt.ts'
import { userAgentOf } from './user-agent.ts'
import { readVendors } from './vendors-file.ts'
import { formatChecks, verify } from './verify.ts'

export type Surroundings = {
  readonly args: readonly string[]
  readonly environment: Environment
  readonly signals: Signals
  readonly secrets: Secrets
  readonly version: string
  readonly notify: NotifySupervisor
  readonly output: Pick<StandardOutput, 'boundOut' | 'dropped'>
  readonly writeOut: (text: string) => void
  readonly writeErr: (text: string) => void
  /** Whether stdout may be coloured. */
  readonly colour: boolean
  /** Whether a person watches stderr. */
  readonly errIsTerminal: boolean
}

/** What can be asked of a state directory while a daemon uses it; nothing else of the configuration is needed. */
const SUBCOMMANDS = new Map([
  ['status', runStatus],
  ['dead-letters', runDeadLetters],
])

/** Runs the command. Throws ExitFault or ConfigurationError for what a person has to put right. */
export async function run(surroundings: Surroundings): Promise<number> {
  const { args, environment, secrets, writeOut, writeErr } = surroundings
  const subcommand = SUBCOMMANDS.get(args[0] ?? '')
  if (subcommand !== undefined) {
    const directory = readStateDirectory(environment)
    return subcommand(args.slice(1), directory, systemClock.wallMs(), { writeOut, writeErr })
  }
  const vendors = readVendors(environment)
  const registry = createRegistry(vendors)
  const options = parseOptions(args, { writeOut, writeErr }, registry.slugs())
  if (options === null) return 0
  const config = readConfig(environment, options, registry.slugs())
  secrets.add(config.ingest?.keys.read() ?? [])
  secrets.add(config.worklist.remote?.tokens.read() ?? [])
  secrets.add(config.proxy?.secrets ?? [])
  const logger = createLogger(config.logLevel, secrets, writeErr)
  warnOfUnusedProxy(environment, config, logger)
  const targets = await resolveTargets(options, environment, {
    secrets,
    logger,
    allowedBaseUrls: config.allowedBaseUrls,
    registry,
  })
  const outbound = {
    userAgent: userAgentOf(surroundings.version, config.contact),
    proxy: config.proxy?.settings ?? null,
  }
  const parts = { ...surroundings, options, config, targets, logger, outbound, vendors }
  if (options.verify) return await runVerify(parts)
  return options.discover ? await runDiscover(parts) : await measure(parts)
}

/** Most programs would use it without being asked: whoever set it may wait for that. */
function warnOfUnusedProxy(environment: Environment, { proxy }: Config, logger: Logger): void {
  const [variable] = proxyVariable(environment) ?? []
  if (proxy === null && variable !== undefined)
    logger.warn({ variable }, 'A proxy is set and not used: RUNNER_PROXY=environment uses it')
}

type Parts = Surroundings & {
  readonly options: Options
  readonly config: Config
  readonly targets: readonly Target[]
  readonly logger: Logger
  readonly outbound: Outbound
  readonly vendors: readonly VendorEntry[]
}

async function measure(parts: Parts): Promise<number> {
  const { options, signals, writeOut } = parts
  const show = (_document: unknown, wire: string): void => {
    if (options.json) writeOut(`${wire}\n`)
  }
  const session = await openSession({ ...parts, show })
  try {
    return options.daemon ? await runDaemon({ ...parts, session }) : await runCycleOnce(parts, session)
  } finally {
    await session.close()
    signals.onReload(() => undefined)
  }
}

async function runCycleOnce(parts: Parts, session: Session): Promise<number> {
  const { options, writeOut, writeErr, logger } = parts
  const progress = createProgress(writeErr, parts.errIsTerminal, systemClock.monotonicMs)
  const output = {
    progress: progress.show,
    finish: (documents: Parameters<typeof formatTable>[0]): void => {
      progress.clear()
      if (!options.json && documents.length > 0) writeOut(formatTable(documents, parts.colour))
    },
    problem: (sentence: string): void => logger.error(sentence),
  }
  return await runOnce(session, output, parts.signals.stop)
}

async function runDiscover(parts: Parts): Promise<number> {
  const { config, options, environment, writeOut, writeErr } = parts
  const http = createHttpClient(parts.outbound)
  const progress = createProgress(writeErr, parts.errIsTerminal, systemClock.monotonicMs)
  const { ingest } = config
  const to = ingest === null ? null : { keys: createKeyRing(ingest.keys), url: `${ingest.url}/catalog` }
  try {
    return await discoverOnce({
      providers: parts.targets.map(({ provider }) => provider),
      named: options.providers !== 'all',
      environment,
      outbound: parts.outbound,
      runnerId: config.runnerId,
      post:
        to && ((body, signal) => postReport({ ...to, send: http.send, clock: systemClock }, body, signal)),
      progress,
      json: options.json,
      write: (text) => writeOut(parts.secrets.scrub(text)),
      problem: (sentence) => parts.logger.error(sentence),
      stop: parts.signals.stop,
    })
  } finally {
    await http.close()
  }
}

async function runVerify(parts: Parts): Promise<number> {
  const { options, config, targets, secrets, logger, writeOut } = parts
  const http = createHttpClient(parts.outbound)
  try {
    const worklists = await openWorklists({ options, config, targets, secrets, logger }, http, systemClock)
    const { environment } = parts
    const checks = await verify({
      config,
      environment,
      targets,
      worklists,
      send: http.send,
      clock: systemClock,
    })
    const print = options.json
      ? checks.map((check) => `${JSON.stringify(check)}\n`).join('')
      : formatChecks(checks)
    writeOut(secrets.scrub(print))
    return checks.every(({ ok }) => ok) ? 0 : 1
  } finally {
    await http.close()
  }
}
