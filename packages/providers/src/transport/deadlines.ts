/** The deadlines of a run. One timer looks at what the tape says; nothing runs for them when a read arrives. */
import { monotonicNs } from './clock.ts'
import type { DeadlineName } from './tape.ts'

export type DeadlineLimits = {
  readonly connectMs: number
  readonly firstTokenMs: number
  readonly idleMs: number
  readonly totalMs: number
}

/** What the watch reads from a run that goes on. */
export type Progress = {
  readonly startNs: bigint
  /** Arrival of the newest read, or `startNs` before the first. */
  readonly newestReadNs: () => bigint
  readonly anyRead: () => boolean
  /** Whether any content has come; asked only once the first-token deadline has passed, as it reads the stream. */
  readonly hasContent: () => boolean
  /** The moment from which nothing is awaited any more, or null; asked once a second. */
  readonly awaitedUntilNs: () => bigint | null
}

/** How often a stream is asked whether it is over although its connection stays open. */
const END_CHECK_MS = 1_000

export type Watch = {
  readonly onPassed: (passed: DeadlinePassed) => void
  /** The stream is over, and its connection is not: it may be closed. */
  readonly onEnded: () => void
}

/** A deadline that passed; the reason a run was cut. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed'
  readonly deadline: DeadlineName
  constructor(deadline: DeadlineName, limitMs: number) {
    super(`${deadline} deadline of ${limitMs / 1000} s passed`)
    this.deadline = deadline
  }
}

/** Calls `onPassed` at the first deadline that passes, or `onEnded` before; returns how to stop watching. */
export function watchDeadlines(limits: DeadlineLimits, progress: Progress, watch: Watch): () => void {
  const { onPassed, onEnded } = watch
  let firstTokenCame = false
  let timer: NodeJS.Timeout
  const look = (): void => {
    const nowNs = monotonicNs()
    const sinceStartMs = elapsedMs(progress.startNs, nowNs)
    const sinceReadMs = elapsedMs(progress.newestReadNs(), nowNs)
    const untilNs = progress.anyRead() ? progress.awaitedUntilNs() : null
    if (untilNs !== null && nowNs >= untilNs) return onEnded()
    if (sinceStartMs >= limits.totalMs) return onPassed(new DeadlinePassed('total', limits.totalMs))
    if (!firstTokenCame && sinceStartMs >= limits.firstTokenMs) {
      firstTokenCame = progress.anyRead() && progress.hasContent()
      if (!firstTokenCame) return onPassed(new DeadlinePassed('first_token', limits.firstTokenMs))
    }
    if (progress.anyRead() && sinceReadMs >= limits.idleMs)
      return onPassed(new DeadlinePassed('idle', limits.idleMs))
    const waits = [
      limits.totalMs - sinceStartMs,
      progress.anyRead() ? limits.idleMs - sinceReadMs : limits.idleMs,
    ]
    if (!firstTokenCame) waits.push(limits.firstTokenMs - sinceStartMs)
    waits.push(END_CHECK_MS)
    timer = setTimeout(look, Math.max(1, Math.ceil(Math.min(...waits))))
    return undefined
  }
  timer = setTimeout(look, Math.min(limits.totalMs, limits.firstTokenMs, limits.idleMs, END_CHECK_MS))
  return () => clearTimeout(timer)
}

function elapsedMs(fromNs: bigint, toNs: bigint): number {
  return Number(toNs - fromNs) / 1e6
}
