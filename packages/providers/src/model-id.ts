/** Verdict on a model id by its provider's rules; one pure function for the ingest, the runner and the command line. */
export type ModelIdVerdict =
  | { readonly valid: true }
  | { readonly valid: false; readonly reason: string; readonly suggestion: string | null }

/** Whether `modelId` can be called at `provider`, and if not, why and which id would work. */
export function checkModelId(provider: string, modelId: string): ModelIdVerdict {
  if (provider !== 'bedrock') return { valid: true }
  return checkBedrockModelId(modelId)
}
