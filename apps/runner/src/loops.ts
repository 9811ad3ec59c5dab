/** Watches that the loops advance, and tells the supervisor so: a loop that stands still must not look alive. */
import type { Logger } from 'pino'
import { createAlarm } from './alarm.ts'
import { pause } from './clock.ts'
import type { Clock } from './clock.ts'
import type { Delivery } from './delivery/delivery.ts'
import type { Discovery } from './discovery/discovery.ts'
import type { Lane } from './lane.ts'
import type { NotifySupervisor } from './notify.ts'

/** A supervisor has to wait for a few of these: `WatchdogSec` of a minute or more. */
export const LOOP_CHECK_MS = 10_000
/** Every loop turns at least each half minute; a worklist and a gate may hold it up somewhat longer. */
const STUCK_MS = 300_000
/** A list of models waits ten minutes for a quiet moment, and is then read and reported. */
const DISCOVERY_STUCK_MS = 1_200_000

export type LoopParts = {
  readonly lanes: ReadonlyMap<string, Pick<Lane, 'turns' | 'state'>>
  readonly shipping: { readonly delivery: Pick<Delivery, 'turns'> } | null
  /** Null where no lists are read. */
  readonly discovery: Pick<Discovery, 'turns'> | null
  readonly logger: Logger
  readonly notify: NotifySupervisor
  readonly clock: Clock
  readonly checkMs: number
}

/**
 * Watches until the signal aborts. One lane or the discovery that stands still is an alarm; the delivery, or every
 * lane, is the process's end: `giveUp` is called once, so that eight good lanes are not restarted for one bad one.
 */
export async function watchLoops(parts: LoopParts, signal: AbortSignal, giveUp: () => void): Promise<void> {
  const { lanes, shipping, discovery, logger, notify, clock, checkMs } = parts
  const isStuck = createStandstill(clock)
  const alarm = createAlarm(parts)
  const isDiscoveryStuck = createStandstill(clock, DISCOVERY_STUCK_MS)
  notify('READY=1', describeLanes(lanes))
  while (!signal.aborted) {
    const stuckLanes = [...lanes].filter(([slug, lane]) => isStuck(slug, lane.turns())).map(([slug]) => slug)
    const deliveryStuck = shipping !== null && isStuck('delivery', shipping.delivery.turns())
    if (stuckLanes.length > 0) alarm.raise('lanes', { providers: stuckLanes }, 'A lane does not advance')
    else alarm.clear('lanes', {}, 'Every lane advances again')
    if (discovery !== null && isDiscoveryStuck('discovery', discovery.turns()))
      alarm.raise('discovery', {}, 'The discovery of models does not advance')
    if (deliveryStuck || stuckLanes.length === lanes.size) {
      logger.fatal({ providers: stuckLanes, delivery: deliveryStuck }, 'The loops stand still: ending')
      return giveUp()
    }
    notify('WATCHDOG=1', describeLanes(lanes))
    await pause(checkMs, signal)
  }
  notify('STOPPING=1')
}

/** What `systemctl status` shows. */
function describeLanes(lanes: LoopParts['lanes']): string {
  const states = [...lanes.values()].map((lane) => lane.state())
  const models = states.reduce((sum, state) => sum + state.models, 0)
  const running = states.reduce((sum, state) => sum + state.running, 0)
  const blocked = states.filter((state) => state.blocked).length
  const refusing = blocked === 0 ? '' : `, ${blocked} providers refuse us`
  return `STATUS=${models} models of ${states.length} providers, ${running} being measured${refusing}`
}

/** Says of each counter whether it has not moved for so long, five minutes where nothing else is said. */
export function createStandstill(
  clock: Clock,
  stuckMs: number = STUCK_MS,
): (name: string, count: number) => boolean {
  const seen = new Map<string, { readonly count: number; readonly atMs: number }>()
  return (name, count) => {
    const now = clock.monotonicMs()
    const before = seen.get(name)
    if (before?.count !== count) seen.set(name, { count, atMs: now })
    return before?.count === count && now - before.atMs > stuckMs
  }
}
