/** Verdict on a model id by its provider's rules; one pure function for the ingest, the runner and the command line. */
import { findBedrockFault, type IdFault } from './bedrock-id.ts'

export type ModelIdVerdict =
  | { readonly valid: true }
  | {
      readonly valid: false
      readonly reason: string
      readonly suggestion: string | null
      /** Only what models of its family were like speaks against it: a person or the account's own list may overrule that. */
      readonly inferred: boolean
    }

const VALID: ModelIdVerdict = { valid: true }
const LONGEST = 256

/** Whether `modelId` can be called at `provider`, and if not, why and which id would work. */
export function checkModelId(provider: string, modelId: string): ModelIdVerdict {
  const fault = findFault(provider, modelId)
  if (fault === null) return VALID
  const suggestion = workingForm(provider, fault.instead)
  return { valid: false, reason: fault.reason, suggestion, inferred: fault.inferred === true }
}

/** The same for an entry of the catalogue: `accept_id` overrules a rule that is only inferred. */
export function checkEntryId(provider: string, modelId: string, acceptId: unknown): ModelIdVerdict {
  const verdict = checkModelId(provider, modelId)
  return !verdict.valid && verdict.inferred && acceptId === true ? VALID : verdict
}

function findFault(provider: string, modelId: string): IdFault | null {
  if (modelId === '' || modelId.length > LONGEST || /[\s\p{Cc}]/u.test(modelId)) {
    const reason = `A model id has 1 to ${LONGEST} characters and no white space`
    const trimmed = modelId.trim()
    return { reason, instead: trimmed === '' || trimmed === modelId ? null : trimmed }
  }
  return provider === 'bedrock' ? findBedrockFault(modelId) : null
}

/** More faults than one id can have; rules that send it to and fro must not do so for ever. */
const MOST_FAULTS = 8

/** An id that can be called, from a first idea of one: each rule speaks of one fault, and there may be more. */
function workingForm(provider: string, idea: string | null): string | null {
  let form = idea
  for (let faults = 0; form !== null && faults < MOST_FAULTS; faults += 1) {
    const fault = findFault(provider, form)
    if (fault === null) return form
    form = fault.instead
  }
  return null
}
