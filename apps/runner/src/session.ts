/** Everything a cycle and the daemon share, opened from options and configuration and closed again. */
import { ConfigurationError, createMeasurer } from '@llmbench/providers'
import type { Environment, Outbound, RunDocument } from '@llmbench/providers'
import type { Logger } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import type { Target } from './attempt.ts'
import { createAttempts } from './attempts.ts'
import type { MakeAttempt } from './attempts.ts'
import { hasMoneyLimit } from './budget/budget.ts'
import { createBudgetKeeper } from './budget/keeper.ts'
import type { BudgetKeeper } from './budget/keeper.ts'
import type { Options } from './cli.ts'
import type { Calibrator } from './calibrate/calibrator.ts'
import { createFloor } from './calibrate/floor.ts'
import type { Floor } from './calibrate/floor.ts'
import { openCalibrator } from './calibrate/open.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import { createDelivery } from './delivery/delivery.ts'
import type { Delivery } from './delivery/delivery.ts'
import { createKeyRing } from './delivery/keys.ts'
import type { KeyRing } from './delivery/keys.ts'
import { createHosts } from './hosts.ts'
import { createHttpClient } from './http.ts'
import type { HttpClient } from './http.ts'
import { startOutbox } from './outbox/client.ts'
import type { OutboxClient } from './outbox/client.ts'
import { reportOpening } from './outbox/opening.ts'
import { OUTBOX_LIMITS } from './outbox/types.ts'
import type { Gate } from './outbox/types.ts'
import type { KeySource } from './key-source.ts'
import { createRecorder } from './recorder.ts'
import type { Secrets } from './secrets.ts'
import { createTally } from './tally.ts'
import type { Tally } from './tally.ts'
import { openWorklistCache } from './worklist/cache.ts'
import { createRemoteWorklists } from './worklist/remote.ts'
import { createWorklistSource, namedIn } from './worklist/worklist.ts'
import type { WorklistSource } from './worklist/worklist.ts'

/** How results leave: the outbox and what empties it. */
export type Shipping = {
  readonly outbox: OutboxClient
  readonly delivery: Delivery
  readonly keys: KeyRing
  readonly ingestUrl: string
  readonly budget: BudgetKeeper
}

export type Session = {
  readonly targets: readonly Target[]
  readonly worklists: WorklistSource
  /** Null with --local. */
  readonly shipping: Shipping | null
  /** Measures and records one attempt, where the budget lets it. */
  readonly attempt: MakeAttempt
  /** Null where nothing is calibrated. */
  readonly calibrator: Calibrator | null
  /** What every run enters; whatever would disturb runs takes it alone. */
  readonly floor: Floor
  readonly gate: () => Promise<Gate>
  readonly tally: Tally
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly http: HttpClient
  readonly logger: Logger
  readonly close: () => Promise<void>
}

export type SessionParts = {
  readonly options: Options
  readonly config: Config
  readonly environment: Environment
  readonly targets: readonly Target[]
  readonly secrets: Secrets
  readonly logger: Logger
  readonly version: string
  readonly outbound: Outbound
  /** Takes each document once it is safe, and as it goes over the wire. */
  readonly show: (document: RunDocument, wire: string) => void
}

/** Opens a session. Rejects with ExitFault where the state directory is held or cannot be used. */
export async function openSession(parts: SessionParts): Promise<Session> {
  const { options, config, environment, targets, secrets, logger, version } = parts
  const clock = systemClock
  const random = Math.random
  const newId = (): string => uuidv7()
  const http = createHttpClient(parts.outbound)
  const tally = createTally(clock.wallMs)
  const worklists = await openWorklists(parts, http, clock)
  refuseBlindBudget(parts)
  const shipping = await openShipping(parts, { http, clock, random, newId, tally })
  const measurer = createMeasurer(parts.outbound)
  const record = createRecorder({
    outbox: shipping?.outbox ?? null,
    show: parts.show,
    tapeDirectory: options.saveTapes,
    wake: () => shipping?.delivery.wake(),
    clock,
    tally,
    logger,
  })
  const floor = createFloor()
  const calibrator = openCalibrator({ ...parts, floor, measurer, clock, tally })
  const calibration = { floor, taint: () => calibrator?.taint() ?? null }
  const { region, allowedBaseUrls } = config
  const hosts = createHosts()
  const attempt = { measurer, environment, allowedBaseUrls, secrets, hosts, clock, newId, region, version }
  return {
    targets,
    worklists,
    shipping,
    attempt: createAttempts({ attempt, budget: shipping?.budget ?? null, record, calibration }),
    calibrator,
    floor,
    gate: async () => (shipping === null ? null : (await shipping.outbox.status()).gate),
    tally,
    clock,
    random,
    newId,
    http,
    logger,
    close: async () => {
      await measurer.close()
      await shipping?.outbox.close()
      await http.close()
    },
  }
}

/** Models that a person names have no prices: a budget in money would limit nothing, and nobody would know. */
function refuseBlindBudget({ options, config, targets }: SessionParts): void {
  const { worklist, ingest } = config
  const named = namedIn({ ...worklist, commandLine: options.models }, worklist.remote !== null)
  if (ingest === null || named === null) return
  const blind = targets
    .map(({ provider }) => provider.slug)
    .filter((slug) => hasMoneyLimit(config.budgets, slug))
  if (blind.length === 0) return
  throw new ConfigurationError(
    `A budget in USD is set for ${blind.join(', ')}, and models that are named on the command line or in BENCHMARK_MODELS have no price: limit requests or output tokens instead, or measure models of the catalogue`,
  )
}

/** The worklists as options and configuration say. Throws ExitFault 2 when nothing names a model. */
export async function openWorklists(
  {
    options,
    config,
    targets,
    secrets,
    logger,
  }: Omit<SessionParts, 'environment' | 'version' | 'outbound' | 'show'>,
  http: HttpClient,
  clock: Clock,
): Promise<WorklistSource> {
  const { remote, cachePath, graceSeconds, models, override } = config.worklist
  const slugs = targets.map(({ provider }) => provider.slug)
  const named = { commandLine: options.models, models, override, metadata: options.metadata }
  if (remote === null) return createWorklistSource(named, null, slugs)
  const cache = await openWorklistCache(cachePath, logger)
  const { url } = remote
  // Read at each use, so that a replaced file counts without a signal.
  const tokens = watched(remote.tokens, secrets).read
  const worklists = createRemoteWorklists({
    url,
    tokens,
    graceSeconds,
    cache,
    send: http.send,
    clock,
    logger,
  })
  return createWorklistSource(named, worklists, slugs, config.allowedBaseUrls)
}

type ShippingParts = Pick<Session, 'http' | 'clock' | 'random' | 'newId' | 'tally'>

async function openShipping(
  { config, secrets, logger }: SessionParts,
  { http, ...shared }: ShippingParts,
): Promise<Shipping | null> {
  if (config.ingest === null) return null
  const keys = createKeyRing(watched(config.ingest.keys, secrets))
  const outbox = await startOutbox(
    { directory: config.stateDirectory, ...OUTBOX_LIMITS },
    shared.clock.wallMs(),
  )
  reportOpening(outbox, shared.tally, logger)
  const budget = createBudgetKeeper({ ...shared, outbox, budgets: config.budgets, logger })
  const batchUrl = `${config.ingest.url}/batch`
  const delivery = createDelivery({ ...shared, outbox, send: http.send, batchUrl, keys, logger })
  return { outbox, delivery, keys, ingestUrl: config.ingest.url, budget }
}

/** The source, with whatever is read from it struck out of every log from then on. */
function watched({ variable, read }: KeySource, secrets: Secrets): KeySource {
  return {
    variable,
    read: () => {
      const keys = read()
      secrets.add(keys)
      return keys
    },
  }
}
