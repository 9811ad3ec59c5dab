/** What Bedrock says of a foundation model, judged the same whoever read it. Data, not vendor names. Pure. */
export type BedrockModel = {
  /** The API also says INFERENCE_PROFILE here, which the SDK's own list of values lacks. */
  readonly inferenceTypes: readonly unknown[]
  readonly outputModalities: readonly unknown[]
  readonly streams: boolean
  /** Null where nothing is said, which is nothing against the model. */
  readonly lifecycle: string | null
  readonly endOfLife: Date | null
}

/** Why nobody can measure the model, by whatever id it is called; null where nothing speaks against it. */
export function modelObstacle(model: BedrockModel, now: Date): string | null {
  if (!model.outputModalities.includes('TEXT')) return 'it returns no text, so there is nothing to measure'
  if (!model.streams) return 'it does not stream, so there is nothing to measure'
  const { endOfLife, lifecycle } = model
  if (endOfLife !== null && endOfLife <= now) return `its life ended ${endOfLife.toISOString().slice(0, 10)}`
  if (lifecycle === null || lifecycle === 'ACTIVE') return null
  return `AWS is retiring it: its state is ${lifecycle}`
}

/** Why the model is not called by its own id; null where it is. */
export function ownIdObstacle({ inferenceTypes }: BedrockModel): string | null {
  if (inferenceTypes.includes('ON_DEMAND')) return null
  return inferenceTypes.includes('INFERENCE_PROFILE')
    ? 'it is reached through an inference profile only'
    : 'it can be had with provisioned throughput only'
}

/** Why an inference profile cannot be called, whatever is behind it; null where it can. */
export const profileObstacle = (id: string, status: string | null): string | null =>
  status === 'ACTIVE' ? null : `the inference profile ${id} is ${status ?? 'not active'}`
