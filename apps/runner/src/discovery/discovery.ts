/** Reads each provider's list of models twice a day and reports it, beside measuring and never during a run. */
import type { Logger } from 'pino'
import { pause } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { describeError } from '../faults.ts'
import type { Tally } from '../tally.ts'
import { concludeFrom, NEVER_READ } from './conclusion.ts'
import type { ListState, Outcome } from './conclusion.ts'
import type { Memory } from './memory.ts'
import type { Posted } from './post.ts'
import type { WhenQuiet } from './quiet.ts'
import type { ReadList } from './reader.ts'
import type { PackedReport } from './report.ts'
import { busyDue, firstDue, nextDue, restoredDue, retryDue } from './schedule.ts'

const LONGEST_IDLE_MS = 60_000
const SHORTEST_IDLE_MS = 100

export type DiscoveryParts = {
  /** Providers that keep a list. */
  readonly providers: readonly string[]
  readonly intervalMs: number
  readonly read: ReadList
  readonly post: (body: Uint8Array, signal: AbortSignal) => Promise<Posted>
  readonly whenQuiet: WhenQuiet
  readonly memory: Memory
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly tally: Tally
}

/** What a heartbeat tells of one provider's list. */
export type DiscoveryFacts = ListState & { readonly due_in_seconds: number }

export type Discovery = {
  /** Reads what is due until the signal aborts; a reading under way is cut then. */
  readonly run: (signal: AbortSignal) => Promise<void>
  readonly facts: () => Readonly<Record<string, DiscoveryFacts>>
  /** Counts what the loop has done, so that a standstill can be seen. */
  readonly turns: () => number
}

type Entry = { readonly dueMs: number; readonly state: ListState }

/** A discovery that goes on where the memory says. */
export function createDiscovery(parts: DiscoveryParts): Discovery {
  const { clock, intervalMs, random, memory, logger, tally } = parts
  const book = new Map<string, Entry>(parts.providers.map((slug) => [slug, openEntry(parts, slug)]))

  let turns = 0

  async function look(slug: string, before: ListState, signal: AbortSignal): Promise<void> {
    const read = await parts.whenQuiet(() => readOrFail(slug, signal), signal)
    if (signal.aborted) return
    if (read === null) {
      logger.warn({ provider: slug }, 'The list waits: runs follow each other without a pause')
      return await plan(slug, busyDue(clock.monotonicMs(), intervalMs), before)
    }
    const isRead = 'facts' in read
    const posted = isRead ? await parts.post(read.body, signal) : null
    if (!signal.aborted) await conclude(slug, before, { read: isRead ? read.facts : read, posted })
  }

  async function readOrFail(slug: string, signal: AbortSignal): Promise<PackedReport | { failure: string }> {
    try {
      return await parts.read(slug, signal)
    } catch (error) {
      return { failure: describeError(error) }
    }
  }

  async function conclude(slug: string, before: ListState, outcome: Outcome): Promise<void> {
    const { state, failed, retryAfterMs } = concludeFrom(before, outcome, clock.wallMs())
    const { models, reason } = state
    tally.add(reason === null ? 'listings_read' : 'listings_failed')
    if (reason === null) {
      const created = outcome.posted?.stored === true ? outcome.posted.newCount : null
      logger.info({ provider: slug, models, new: created }, 'The list was read')
    } else {
      // A server that is never there is told once as a fault, and then as what it is.
      const isNews = state.failures <= 1 && reason !== before.reason
      if (isNews) tally.fault(`${slug}: list of models: ${reason}`)
      const level = isNews ? 'error' : 'warn'
      logger[level]({ provider: slug, models, reason }, 'The list was not read to its end and reported')
    }
    const nowMs = clock.monotonicMs()
    const dueMs = failed
      ? retryDue(nowMs, state.failures, { intervalMs, retryAfterMs }, random)
      : nextDue(nowMs, intervalMs, random)
    await plan(slug, dueMs, state)
  }

  async function plan(slug: string, dueMs: number, state: ListState): Promise<void> {
    book.set(slug, { dueMs, state })
    const dueWallMs = Math.round(clock.wallMs() + dueMs - clock.monotonicMs())
    await memory.keep(slug, { ...state, due_ms: dueWallMs })
  }

  function survive(slug: string, state: ListState, error: unknown): void {
    tally.fault(`${slug}: list of models: ${describeError(error)}`)
    logger.error({ err: error, provider: slug }, 'Discovery failed and goes on')
    book.set(slug, { dueMs: busyDue(clock.monotonicMs(), intervalMs), state })
  }

  return {
    run: async (signal) => {
      while (!signal.aborted) {
        turns += 1
        const [next] = [...book].toSorted(([, one], [, other]) => one.dueMs - other.dueMs)
        if (next === undefined) return
        const [slug, { dueMs, state }] = next
        const inMs = dueMs - clock.monotonicMs()
        if (inMs > 0) await pause(Math.min(LONGEST_IDLE_MS, Math.max(SHORTEST_IDLE_MS, inMs)), signal)
        else await look(slug, state, signal).catch((error: unknown) => survive(slug, state, error))
      }
    },
    turns: () => turns,
    facts: () => {
      const nowMs = clock.monotonicMs()
      return Object.fromEntries(
        [...book].map(([slug, { dueMs, state }]) => [
          slug.replaceAll('-', '_'),
          { ...state, due_in_seconds: Math.max(0, Math.round((dueMs - nowMs) / 1000)) },
        ]),
      )
    },
  }
}

/** Where the memory says nothing, the first reading is soon; never is it before that, so that starts differ. */
function openEntry({ clock, memory, intervalMs, random }: DiscoveryParts, slug: string): Entry {
  const monotonicMs = clock.monotonicMs()
  const soonMs = firstDue(monotonicMs, intervalMs, random)
  const kept = memory.find(slug)
  if (kept === null) return { dueMs: soonMs, state: NEVER_READ }
  const { due_ms: dueWallMs, ...state } = kept
  const dueMs = restoredDue(dueWallMs, { wallMs: clock.wallMs(), monotonicMs }, intervalMs)
  return { dueMs: Math.max(dueMs, soonMs), state }
}
