/** What Bedrock's own rows say of whether and how a model can be called: data, not vendor names. Pure. */
import { asList, asRecord, asText } from '../json.ts'
import type { JsonRecord } from '../json.ts'

/**
 * Why the listed id cannot be measured in this account and region, or null where its row says nothing against it.
 * `rowOf` finds the row of another id of the same list: a profile is as good as the model behind it.
 */
export function bedrockObstacle(
  modelId: string,
  rowOf: (modelId: string) => JsonRecord | undefined,
  nowMs: number,
): string | null {
  const row = rowOf(modelId)
  if (row === undefined) return null
  if (row['inferenceProfileId'] === undefined) {
    return modelObstacle(row, nowMs) ?? onDemandObstacle(row)
  }
  if (asText(row['status']) !== 'ACTIVE') return 'The inference profile is not active'
  const base = rowOf(modelId.slice(modelId.indexOf('.') + 1))
  return base === undefined ? null : modelObstacle(base, nowMs)
}

function modelObstacle(row: JsonRecord, nowMs: number): string | null {
  const { status, endOfLifeTime } = asRecord(row['modelLifecycle'])
  if (asText(status) !== 'ACTIVE') return `The model is ${(asText(status) ?? 'not active').toLowerCase()}`
  if (asText(endOfLifeTime) !== null && Date.parse(String(endOfLifeTime)) < nowMs)
    return 'The model has reached the end of its life'
  if (!asList(row['outputModalities']).includes('TEXT')) return 'The model returns no text'
  return row['responseStreamingSupported'] === true ? null : 'The model does not stream'
}

/** The API also says INFERENCE_PROFILE here, which the SDK's own list of values lacks. */
function onDemandObstacle(row: JsonRecord): string | null {
  const types = asList(row['inferenceTypesSupported'])
  if (types.includes('ON_DEMAND')) return null
  return types.includes('INFERENCE_PROFILE')
    ? 'The model is called through an inference profile only'
    : 'The model is called with provisioned throughput only'
}
