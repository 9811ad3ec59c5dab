/** What Bedrock's own rows, as a list of models has them, say of whether and how a model can be called. Pure. */
import { asList, asRecord, asText } from '../json.ts'
import type { JsonRecord } from '../json.ts'
import { modelObstacle, ownIdObstacle, profileObstacle } from './bedrock-facts.ts'
import type { BedrockModel } from './bedrock-facts.ts'

/**
 * Why the listed id cannot be measured in this account and region, or null where its row says nothing against it.
 * `rowOf` finds the row of another id of the same list: a profile is as good as the model behind it.
 */
export function bedrockObstacle(
  modelId: string,
  rowOf: (modelId: string) => JsonRecord | undefined,
  now: Date,
): string | null {
  const row = rowOf(modelId)
  if (row === undefined) return null
  if (row['inferenceProfileId'] === undefined) {
    const model = modelOf(row)
    return modelObstacle(model, now) ?? ownIdObstacle(model)
  }
  const base = rowOf(modelId.slice(modelId.indexOf('.') + 1))
  const behind = base === undefined ? null : modelObstacle(modelOf(base), now)
  return profileObstacle(modelId, asText(row['status'])) ?? behind
}

function modelOf(row: JsonRecord): BedrockModel {
  const { status, endOfLifeTime } = asRecord(row['modelLifecycle'])
  const endOfLife = new Date(asText(endOfLifeTime) ?? Number.NaN)
  return {
    inferenceTypes: asList(row['inferenceTypesSupported']),
    outputModalities: asList(row['outputModalities']),
    streams: row['responseStreamingSupported'] === true,
    lifecycle: asText(status),
    endOfLife: Number.isNaN(endOfLife.getTime()) ? null : endOfLife,
  }
}
