/** What the runner remembers between two starts: what it spent, and which models keep failing. */
import type { Amounts, Budgets, Refusal, Spending } from '../budget/budget.ts'

export type Reservation = {
  readonly id: string
  /** The UTC day that pays. */
  readonly day: string
  readonly provider: string
  readonly asked: Amounts
}

/** Why a model is attempted less often than others. */
export type KeptStreak = {
  readonly model: string
  /** Slots in a row that ended in a failure. */
  readonly failures: number
  /** Wall time before which it is not attempted; null it waits for its next slot only. */
  readonly restsUntilMs: number | null
}

export type State = {
  /** Takes the reservation where every limit leaves room for it; else says which does not, and takes nothing. */
  readonly reserveBudget: (reservation: Reservation, budgets: Budgets) => Refusal | null
  /** Puts what was used in the place of what was reserved. A second time, or without a reservation, it does nothing. */
  readonly settleBudget: (id: string, used: Amounts) => void
  /** What each provider took that day, reservations included. */
  readonly readSpending: (day: string) => Spending[]
  /** The streaks of a provider's models that are recent enough to mean anything. */
  readonly readStreaks: (provider: string, nowMs: number) => KeptStreak[]
  /** Keeps the streak; one without failures or rest is forgotten. */
  readonly keepStreak: (provider: string, streak: KeptStreak, nowMs: number) => void
  readonly close: () => void
}
