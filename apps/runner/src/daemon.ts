/** `--daemon`: lanes measure, the delivery sends, a heartbeat tells, until a signal ends them in order. */
import { endOf } from './attempt-end.ts'
import type { Target } from './attempt.ts'
import type { Options } from './cli.ts'
import { pause } from './clock.ts'
import type { Config } from './config.ts'
import { describeError } from './faults.ts'
import { createHeartbeat } from './heartbeat.ts'
import type { Heartbeat } from './heartbeat.ts'
import { createLane } from './lane.ts'
import type { Lane } from './lane.ts'
import { watchLoops } from './loops.ts'
import type { NotifySupervisor } from './loops.ts'
import type { Session } from './session.ts'
import type { Signals } from './signals.ts'

/** A stop takes at most their sum: lanes end and record what they cut, then what is left is sent once. */
const LANES_END_MS = 12_000
const LAST_FLUSH_MS = 15_000

export type DaemonParts = {
  readonly session: Session
  readonly options: Options
  readonly config: Config
  readonly version: string
  readonly signals: Signals
  readonly notify: NotifySupervisor
}

/** Runs until a signal. Returns 0, or 1 when a loop stood still and a supervisor should start it anew. */
export async function runDaemon(parts: DaemonParts): Promise<number> {
  const { session, options, signals } = parts
  const { logger, shipping } = session
  const stuck = new AbortController()
  const stop = AbortSignal.any([signals.stop, stuck.signal])
  const lanes = new Map(
    session.targets.map((target) => [target.provider.slug, laneOf(session, target, options)]),
  )
  const heartbeat = heartbeatOf(parts, lanes)
  signals.onReload(() => reload(session, lanes))
  logger.info({ providers: [...lanes.keys()], version: parts.version }, 'started')
  const measuring = Promise.all([...lanes.values()].map((lane) => lane.run(stop)))
  const others = Promise.all([
    shipping?.delivery.run(stop),
    heartbeat?.run(stop),
    watchLoops({ lanes, shipping, logger, notify: parts.notify, clock: session.clock }, stop, () =>
      stuck.abort(),
    ),
  ])
  await Promise.race([Promise.all([measuring, others]), aborted(stop).then(() => ended(measuring))])
  if (stuck.signal.aborted) return 1
  await others
  await lastFlush(session, heartbeat)
  logger.info('stopped')
  return 0
}

function laneOf(session: Session, target: Target, { intervalMinutes }: Options): Lane {
  return createLane({
    ...session,
    provider: target.provider,
    attempt: async (item, slot, signal) => {
      const { document } = await session.attempt(target, item, slot, signal)
      session.logger.info(
        { provider: document.provider, model: document.model_name, id: document.result_id },
        'measured',
      )
      return endOf(document, session.clock.wallMs())
    },
    intervalMinutes,
    // One at a time: two runs side by side would compete for the client's own network and processor.
    concurrency: 1,
  })
}

function heartbeatOf(
  { session, config, version }: DaemonParts,
  lanes: ReadonlyMap<string, Lane>,
): Heartbeat | null {
  const { shipping, http } = session
  if (shipping === null) return null
  const { runnerId, region } = config
  const url = `${shipping.ingestUrl}/heartbeat`
  return createHeartbeat({ ...session, ...shipping, send: http.send, url, lanes, runnerId, version, region })
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

async function lastFlush({ shipping }: Session, heartbeat: Heartbeat | null): Promise<void> {
  if (shipping === null) return
  const signal = AbortSignal.timeout(LAST_FLUSH_MS)
  shipping.delivery.retryNow()
  await shipping.delivery.flush(signal, { failures: 1, waitMs: 0 })
  await heartbeat?.sendStopped(AbortSignal.any([signal, AbortSignal.timeout(2000)]))
}

/** The lanes' end, or the moment after which nobody waits for it. */
async function ended(measuring: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  await Promise.race([measuring, pause(LANES_END_MS, done.signal)])
  done.abort()
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
