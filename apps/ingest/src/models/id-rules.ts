import { checkModelId } from '@llmbench/providers/model-id'

/** Why the id cannot work at this provider, with the id that would; null where no rule is broken. */
export function refusal(provider: string, modelId: string): string | null {
  const verdict = checkModelId(provider, modelId)
  if (verdict.valid) return null
  const works = verdict.suggestion ? `; this id would work: ${verdict.suggestion}` : ''
  return `${provider} ${modelId}: ${verdict.reason}${works}`
}
