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

/** Calls `onPassed` at the first deadline that passes; returns how to stop watching. */
export function watchDeadlines(
  limits: DeadlineLimits,
  progress: Progress,
  onPassed: (passed: DeadlinePassed) => void,
): () => void {
  let firstTokenCame = false
  let timer: NodeJS.Timeout
  const look = (): void => {
    const nowNs = monotonicNs()
    const sinceStartMs = elapsedMs(progress.startNs, nowNs)
    const sinceReadMs = elapsedMs(progress.newestReadNs(), nowNs)
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
    timer = setTimeout(look, Math.max(1, Math.ceil(Math.min(...waits))))
    return undefined
  }
  timer = setTimeout(look, Math.min(limits.totalMs, limits.firstTokenMs, limits.idleMs))
  return () => clearTimeout(timer)
}

function elapsedMs(fromNs: bigint, toNs: bigint): number {
  return Number(toNs - fromNs) / 1e6
}
