/** `--daemon`: lanes measure, the delivery sends, a heartbeat tells, until a signal ends them in order. */
import type { Environment, Outbound, VendorEntry } from '@llmbench/providers'
import { endOf } from './attempt-end.ts'
import type { Target } from './attempt.ts'
import type { CalibrationReport } from './calibrate/verdict.ts'
import type { Options } from './cli.ts'
import { pause } from './clock.ts'
import type { Config } from './config.ts'
import type { Discovery } from './discovery/discovery.ts'
import { openDiscovery } from './discovery/open.ts'
import { describeError } from './faults.ts'
import { createHeartbeat } from './heartbeat.ts'
import type { Heartbeat } from './heartbeat.ts'
import { createLane } from './lane.ts'
import type { Lane } from './lane.ts'
import { LOOP_CHECK_MS, watchLoops } from './loops.ts'
import type { NotifySupervisor } from './notify.ts'
import { serveMetrics } from './metrics/server.ts'
import { createReporter } from './report.ts'
import type { Reporter } from './report.ts'
import type { Session } from './session.ts'
import { aborted } from './signals.ts'
import type { Signals } from './signals.ts'
import type { StandardOutput } from './standard-output.ts'
import { createStatusWriter } from './status/file.ts'
import type { StatusWriter } from './status/file.ts'
import { createStreakMemory } from './streak-memory.ts'
import type { StreakMemory } from './streak-memory.ts'

/** A stop takes at most their sum: lanes end and record what they cut, then what is left is sent once. */
const LANES_END_MS = 12_000
const LAST_FLUSH_MS = 15_000
/** What hangs may be what has to be closed: after giving up nobody waits for it longer than this. */
const GIVE_UP_MS = 5_000

export type DaemonParts = {
  readonly session: Session
  readonly options: Options
  readonly config: Config
  readonly environment: Environment
  readonly version: string
  readonly outbound: Outbound
  readonly vendors: readonly VendorEntry[]
  readonly signals: Signals
  readonly notify: NotifySupervisor
  readonly output: Pick<StandardOutput, 'boundOut' | 'dropped'>
}

/** Runs until a signal. Returns 0, or 1 when a loop stood still and a supervisor should start it anew. */
export async function runDaemon(parts: DaemonParts): Promise<number> {
  const { session, options, signals } = parts
  const { metricsPort } = parts.config
  const { logger, shipping } = session
  parts.output.boundOut()
  const stuck = new AbortController()
  const stop = AbortSignal.any([signals.stop, stuck.signal])
  const lanes = new Map(
    session.targets.map((target) => [target.provider.slug, laneOf(session, target, options)]),
  )
  const discovery = await openDiscovery(parts)
  const voices = voicesOf(parts, lanes, discovery)
  signals.onReload(() => reload(session, lanes))
  if (voices !== null && metricsPort !== null) {
    serveMetrics({ ...session, report: voices.report, port: metricsPort }, stop)
  }
  logger.info({ providers: [...lanes.keys()], version: parts.version }, 'started')
  const measuring = Promise.all([...lanes.values()].map((lane) => lane.run(stop)))
  const others = Promise.all([
    shipping?.delivery.run(stop),
    voices?.heartbeat.run(stop),
    voices?.status.run(stop),
    discovery?.run(stop),
    session.calibrator?.run(stop, () => untilDueMs(lanes)),
    watchLoops({ ...session, lanes, discovery, notify: parts.notify, checkMs: LOOP_CHECK_MS }, stop, () => {
      signals.endWithin(GIVE_UP_MS)
      stuck.abort()
    }),
  ])
  await Promise.race([Promise.all([measuring, others]), aborted(stop).then(() => ended(measuring))])
  if (stuck.signal.aborted) return 1
  await others
  await lastFlush(session, voices)
  logger.info('stopped')
  return 0
}

function laneOf(session: Session, target: Target, { intervalMinutes }: Options): Lane {
  return createLane({
    ...session,
    provider: target.provider,
    attempt: async (item, slot, signal) => {
      const made = await session.attempt(target, item, slot, signal)
      if ('notMade' in made) return null
      const { document } = made
      session.logger.info(
        { provider: document.provider, model: document.model_name, id: document.result_id },
        'measured',
      )
      return endOf(document, session.clock.wallMs())
    },
    streaks: streaksOf(session, target),
    intervalMinutes,
    // One at a time: two runs side by side would compete for the client's own network and processor.
    concurrency: 1,
  })
}

/** Until the first of the lanes has something due; infinite when none can. */
function untilDueMs(lanes: ReadonlyMap<string, Lane>): number {
  return Math.min(...[...lanes.values()].map((lane) => (lane.state().nextDueSeconds ?? Infinity) * 1000))
}

function streaksOf({ shipping, clock, logger }: Session, { provider }: Target): StreakMemory | null {
  if (shipping === null) return null
  return createStreakMemory({ store: shipping.outbox, provider: provider.slug, clock, logger })
}

/** Who tells of the daemon: the heartbeat to the ingest, the status to who looks at the state directory. */
type Voices = { readonly heartbeat: Heartbeat; readonly status: StatusWriter; readonly report: Reporter }

function voicesOf(
  { session, config, version, output }: DaemonParts,
  lanes: ReadonlyMap<string, Lane>,
  discovery: Discovery | null,
): Voices | null {
  const { shipping, http } = session
  if (shipping === null) return null
  const { runnerId, region, stateDirectory: directory } = config
  const calibration = (): CalibrationReport | null => session.calibrator?.report() ?? null
  const parts = { ...session, ...shipping }
  const report = createReporter({
    ...parts,
    lanes,
    calibration,
    discovery,
    runnerId,
    version,
    region,
    dropped: output.dropped,
  })
  const url = `${shipping.ingestUrl}/heartbeat`
  return {
    report,
    heartbeat: createHeartbeat({ ...parts, report, send: http.send, url }),
    status: createStatusWriter({ ...parts, report, directory }),
  }
}

/** SIGHUP: keys and worklists are read again; what cannot be read is kept as it was. */
function reload({ shipping, logger }: Session, lanes: ReadonlyMap<string, Lane>): void {
  try {
    shipping?.keys.reload()
    logger.info('Keys and worklists are read again')
  } catch (error) {
    logger.error({ reason: describeError(error) }, 'The keys stay as they were')
  }
  shipping?.delivery.retryNow()
  for (const lane of lanes.values()) lane.reload()
}

async function lastFlush({ shipping }: Session, voices: Voices | null): Promise<void> {
  if (shipping === null) return
  const signal = AbortSignal.timeout(LAST_FLUSH_MS)
  shipping.delivery.retryNow()
  await shipping.delivery.flush(signal, { failures: 1, waitMs: 0 })
  await voices?.heartbeat.sendStopped(AbortSignal.any([signal, AbortSignal.timeout(2000)]))
  await voices?.status.writeStopped()
}

/** The lanes' end, or the moment after which nobody waits for it. */
async function ended(measuring: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  await Promise.race([measuring, pause(LANES_END_MS, done.signal)])
  done.abort()
}
