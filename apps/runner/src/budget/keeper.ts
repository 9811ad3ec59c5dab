/** Keeps the budgets: a request leaves only once its reservation is on the disk, and is settled with what it used. */
import type { Profile, RunDocument } from '@llmbench/providers'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { describeError } from '../faults.ts'
import type { OutboxClient } from '../outbox/client.ts'
import { dayOf, describeRefusal, hasMoneyLimit, isLimited } from './budget.ts'
import type { Amounts, Budgets } from './budget.ts'
import { priceAt } from './prices.ts'
import type { Price } from './prices.ts'
import { describeBudget } from './report.ts'
import type { BudgetReport } from './report.ts'
import { reservationOf, usageOf } from './usage.ts'

/** Leave for one request. */
export type Permit = { readonly settle: (document: RunDocument) => Promise<void> }

export type BudgetKeeper = {
  /** A permit, or the sentence that says which budget leaves no room, or cannot be kept. Never rejects. */
  readonly reserve: (
    provider: string,
    model: string,
    profile: Profile,
    prices: readonly Price[],
  ) => Promise<Permit | { readonly notMade: string }>
  /** Why the provider's last request was not made; null when it was. */
  readonly refusedAt: (provider: string) => string | null
  readonly report: () => Promise<BudgetReport>
}

export type KeeperParts = {
  readonly outbox: Pick<OutboxClient, 'reserveBudget' | 'settleBudget' | 'readSpending'>
  readonly budgets: Budgets
  readonly clock: Clock
  readonly newId: () => string
  readonly logger: Logger
}

/** A permit that nothing is kept for. */
export const FREE_PERMIT: Permit = { settle: () => Promise.resolve() }

/** A keeper of these budgets; without limits it counts and refuses nothing. */
export function createBudgetKeeper(parts: KeeperParts): BudgetKeeper {
  const { outbox, budgets, clock, newId, logger } = parts
  const refused = new Map<string, string>()
  const unpriced = new Set<string>()

  /** A model without a price spends money that no limit sees: said once for each. */
  function announce(provider: string, model: string): void {
    const key = `${provider}\n${model}`
    if (!hasMoneyLimit(budgets, provider) || unpriced.has(key)) return
    unpriced.add(key)
    const reason = 'it has no price in the catalogue (models set … --price)'
    logger.error({ provider, model, reason, alarm: true }, 'A money budget does not limit this model')
  }

  function note(provider: string, sentence: string | null): void {
    const before = refused.get(provider) ?? null
    if (sentence === null) refused.delete(provider)
    else refused.set(provider, sentence)
    // Said when it begins and when it ends, not at each of a day's slots.
    if (before === null && sentence !== null)
      logger.error({ provider, reason: sentence, alarm: true }, 'Measuring stops: the budget leaves no room')
    if (before !== null && sentence === null) logger.info({ provider }, 'The budget has room again')
  }

  async function settle(id: string, used: Amounts): Promise<void> {
    try {
      await outbox.settleBudget(id, used)
    } catch (error) {
      logger.warn({ reason: describeError(error) }, 'A reservation stays as if it was spent in full')
    }
  }

  return {
    reserve: async (provider, model, profile, prices) => {
      const nowMs = clock.wallMs()
      const price = priceAt(prices, nowMs)
      if (price === null) announce(provider, model)
      const asked = reservationOf(profile, price)
      const id = newId()
      try {
        const refusal = await outbox.reserveBudget({ id, day: dayOf(nowMs), provider, asked }, budgets)
        const sentence = refusal === null ? null : describeRefusal(refusal)
        note(provider, sentence)
        if (sentence !== null) return { notMade: sentence }
      } catch (error) {
        const reason = describeError(error)
        if (!isLimited(budgets, provider)) {
          logger.warn({ provider, reason }, 'What is spent cannot be counted')
          return FREE_PERMIT
        }
        const sentence = `what is spent cannot be kept, and a budget is set: ${reason}`
        note(provider, sentence)
        return { notMade: sentence }
      }
      return { settle: (document) => settle(id, usageOf(document, asked, profile, price)) }
    },
    refusedAt: (provider) => refused.get(provider) ?? null,
    report: async () => {
      const day = dayOf(clock.wallMs())
      return describeBudget(day, await outbox.readSpending(day), budgets, Object.fromEntries(refused))
    },
  }
}
