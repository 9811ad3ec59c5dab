import type { AccountListing, FoundationModel, InferenceProfile } from './bedrock-account.ts'

/** Whether an account can call an id in a Region; `null` where a listing cannot say. */
export type AccountVerdict = {
  readonly callable: boolean | null
  readonly reason: string
  /** What the account can call instead. */
  readonly suggestion: string | null
}

const CALLABLE: AccountVerdict = { callable: true, reason: '', suggestion: null }

const no = (reason: string, suggestion: string | null = null): AccountVerdict => ({
  callable: false,
  reason,
  suggestion,
})

/** What an account's listing says of a model id. Decided from the data, not from the vendor's name. */
export function judgeId(modelId: string, listing: AccountListing, now: Date): AccountVerdict {
  if (/^arn:.*:(provisioned-model|custom-model-deployment)\//.test(modelId))
    return { callable: null, reason: 'a listing does not name provisioned models', suggestion: null }
  const name = modelId.startsWith('arn:') ? (modelId.split('/').at(-1) ?? '') : modelId
  const profile = listing.profiles.find(({ id, arn }) => id === name || arn === modelId)
  if (profile !== undefined) return judgeProfile(profile, listing, now)
  const model = listing.models.find((each) => each.modelId === name)
  if (model === undefined) {
    const base = name.slice(name.indexOf('.') + 1)
    const other = bestProfile(base, listing)
    return no(`${listing.region} lists no such model or inference profile`, other)
  }
  const fault = modelFault(model, now)
  if (fault !== null) return no(fault)
  if (model.inferenceTypes.includes('ON_DEMAND')) return CALLABLE
  if (!model.inferenceTypes.includes('INFERENCE_PROFILE'))
    return no('it can be had with provisioned throughput only')
  const suggestion = bestProfile(name, listing)
  return no('it is reached through an inference profile only', suggestion)
}

function judgeProfile(
  { id, status, models }: InferenceProfile,
  listing: AccountListing,
  now: Date,
): AccountVerdict {
  if (status !== 'ACTIVE') return no(`the inference profile ${id} is ${status}`)
  for (const model of listing.models) {
    // The Region may list the model or not; what it does list counts.
    const fault = models.includes(model.modelId) ? modelFault(model, now) : null
    if (fault !== null) return no(fault)
  }
  return CALLABLE
}

function modelFault(model: FoundationModel, now: Date): string | null {
  if (!model.outputModalities.includes('TEXT') || !model.streams)
    return 'it streams no text, so there is nothing to measure'
  if (model.endOfLife !== null && model.endOfLife <= now)
    return `its life ended ${model.endOfLife.toISOString().slice(0, 10)}`
  return model.lifecycle === 'ACTIVE' ? null : `AWS is retiring it: its state is ${model.lifecycle}`
}

/** The account's profile of a model that this Region would use: its country, its continent, then the whole world. */
function bestProfile(base: string, { region, profiles }: AccountListing): string | null {
  const active = profiles.filter(({ id, status }) => status === 'ACTIVE' && id.endsWith(`.${base}`))
  for (const geography of geographiesOf(region)) {
    const found = active.find(({ id }) => id === `${geography}.${base}`)
    if (found !== undefined) return found.id
  }
  return null
}

const JAPAN = new Set(['ap-northeast-1', 'ap-northeast-3'])
const AUSTRALIA = new Set(['ap-southeast-2', 'ap-southeast-4'])

function geographiesOf(region: string): string[] {
  if (region.startsWith('us-gov-')) return ['us-gov']
  const area = region.split('-')[0] ?? ''
  if (area !== 'ap') return [area, 'global']
  const country = JAPAN.has(region) ? ['jp'] : AUSTRALIA.has(region) ? ['au'] : []
  return [...country, 'apac', 'global']
}
