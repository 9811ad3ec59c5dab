/** What the runner remembers between two starts: what it spent, and which models keep failing. */
import type { Amounts, Budgets, Refusal, Spending } from '../budget/budget.ts'

export type Reservation = {
  readonly id: string
  /** The UTC day that pays. */
  readonly day: string
  readonly provider: string
  readonly asked: Amounts
}

/** What is known of a model: when it was attempted, and why it is attempted less often than others. */
export type KeptModel = {
  readonly model: string
  /** Slots in a row that ended in a failure. */
  readonly failures: number
  /** Wall time before which it is not attempted; null it waits for its next slot only. */
  readonly restsUntilMs: number | null
  /** Wall time of its last attempt; null where a restart is to try it at once. */
  readonly attemptedMs: number | null
  /** Why it rests or failed last, in a few words; null where it does not. */
  readonly reason: string | null
}

export type KeptModels = {
  /** Wall time of one slot of the provider's grid; null at the first start. */
  readonly anchorMs: number | null
  readonly models: readonly KeptModel[]
}

export type State = {
  /** Takes the reservation where every limit leaves room for it; else says which does not, and takes nothing. */
  readonly reserveBudget: (reservation: Reservation, budgets: Budgets) => Refusal | null
  /** Puts what was used in the place of what was reserved. A second time, or without a reservation, it does nothing. */
  readonly settleBudget: (id: string, used: Amounts) => void
  /** What each provider took that day, reservations included. */
  readonly readSpending: (day: string) => Spending[]
  /** A provider's grid, and those of its models that are recent enough to mean anything. */
  readonly readModels: (provider: string, nowMs: number) => KeptModels
  readonly keepModel: (provider: string, kept: KeptModel, nowMs: number) => void
  /** A model that left the worklist: if it comes back, a person enabled it, and it is to run. */
  readonly forgetModel: (provider: string, model: string) => void
  readonly keepAnchor: (provider: string, anchorMs: number) => void
  readonly close: () => void
}
