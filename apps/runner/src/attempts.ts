/** What becomes of one request: the floor, leave of the budget, the measurement, its document made safe, the budget settled. */
import { runAttempt, profileOf } from './attempt.ts'
import type { Attempted, AttemptParts, AttemptSlot, Target } from './attempt.ts'
import { FREE_PERMIT } from './budget/keeper.ts'
import type { BudgetKeeper, Permit } from './budget/keeper.ts'
import type { Floor } from './calibrate/floor.ts'
import type { Recorder } from './recorder.ts'
import type { WorkItem } from './worklist/worklist.ts'

/** A request that did not leave because we did not let it: no row, only a reason. */
export type NotMade = { readonly notMade: string }

/** Measures and records one attempt. */
export type MakeAttempt = (
  target: Target,
  item: WorkItem,
  slot: AttemptSlot,
  signal: AbortSignal,
) => Promise<Attempted | NotMade>

export type AttemptsParts = {
  readonly attempt: AttemptParts
  /** Null with --local: nothing is kept, so nothing is counted. */
  readonly budget: Pick<BudgetKeeper, 'reserve'> | null
  readonly record: Recorder
  /** Null: nothing is calibrated beside it. */
  readonly calibration: CalibrationGuard | null
}

/** What keeps a run apart from calibrations, and says when runs cannot be trusted. */
export type CalibrationGuard = { readonly floor: Floor; readonly taint: () => string | null }

/** Attempts with everything that belongs to one. */
export function createAttempts({ attempt, budget, record, calibration }: AttemptsParts): MakeAttempt {
  return async (target, item, slot, signal) => {
    const leave = calibration === null ? stay : await calibration.floor.enter(signal)
    if (leave === null) return { notMade: 'the runner was stopped before' }
    let measured: { readonly attempted: Attempted; readonly permit: Permit }
    try {
      const prices = item.metadata.prices ?? []
      const reserved = await budget?.reserve(
        target.provider.slug,
        item.model,
        profileOf(target, item),
        prices,
      )
      const permit = reserved ?? FREE_PERMIT
      if ('notMade' in permit) return permit
      measured = { permit, attempted: await runAttempt(attempt, target, item, slot, signal) }
    } finally {
      leave()
    }
    const reason = calibration?.taint() ?? null
    const attempted = reason === null ? measured.attempted : taintedBy(measured.attempted, reason)
    await record(attempted, signal)
    await measured.permit.settle(attempted.document)
    return attempted
  }
}

const stay = (): void => undefined

/** The same with one more reason not to publish it; on the tape as well, from which it may be derived again. */
function taintedBy({ document, tape }: Attempted, reason: string): Attempted {
  const { quality } = document
  return {
    document: quality === undefined ? document : { ...document, quality: withReason(quality, reason) },
    tape: tape === null ? null : { ...tape, quality: withReason(tape.quality, reason) },
  }
}

function withReason(quality: Quality, reason: string): Quality {
  return { ...quality, tainted: [...quality.tainted, reason] }
}

type Quality = NonNullable<Attempted['document']['quality']>
