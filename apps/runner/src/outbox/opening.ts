/** What was found when the state directory was opened, said to a person. */
import type { Logger } from 'pino'
import type { Tally } from '../tally.ts'
import type { OutboxClient } from './client.ts'

/** Logs and counts as a fault what was damaged or cannot be used. */
export function reportOpening(
  { report, stateReport }: Pick<OutboxClient, 'report' | 'stateReport'>,
  tally: Tally,
  logger: Logger,
): void {
  if (report.movedTo !== null) {
    const { movedTo, salvaged } = report
    tally.fault(`outbox: damaged, moved to ${movedTo}, ${salvaged} results saved from it`)
    const facts = { moved_to: movedTo, salvaged, alarm: true }
    logger.error(facts, 'The outbox was damaged: moved aside, a new one begun')
  }
  if (stateReport.movedTo !== null) {
    tally.fault(`state: damaged, moved to ${stateReport.movedTo}: what was spent today is forgotten`)
    const facts = { moved_to: stateReport.movedTo, alarm: true }
    logger.error(facts, 'The state was damaged: moved aside, budgets and failure streaks begin anew')
  }
  if (stateReport.fault !== null) {
    tally.fault(`state: ${stateReport.fault}`)
    const facts = { reason: stateReport.fault, alarm: true }
    logger.error(facts, 'The state cannot be used: with a budget nothing is measured until it can')
  }
}
