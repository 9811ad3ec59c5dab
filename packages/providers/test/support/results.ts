import { analyse } from '../../src/analyse.ts'
import type { Plan } from '../../src/plan.ts'
import type { ResultDocument } from '../../src/result.ts'
import type { Tape } from '../../src/transport/tape.ts'
import { isErrorDocument } from '../../src/wire-document.ts'
import { makeTape, saved } from './plans.ts'

/** The result of a run whose reads arrived at those milliseconds; throws where it is an error. */
export function resultOfReads(
  reads: Parameters<typeof makeTape>[0],
  changes: Partial<Tape> = {},
  plan: Partial<Plan> = {},
): ResultDocument {
  const document = analyse(saved(makeTape(reads, changes), plan))
  if (isErrorDocument(document)) throw new Error(`An error: ${document.message}`)
  return document
}
