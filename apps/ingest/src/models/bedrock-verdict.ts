import { modelObstacle, ownIdObstacle, profileObstacle } from '@llmbench/providers/bedrock-facts'
import type { AccountListing, InferenceProfile } from './bedrock-account.ts'

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
  const obstacle = modelObstacle(model, now)
  if (obstacle !== null) return no(obstacle)
  const own = ownIdObstacle(model)
  if (own === null) return CALLABLE
  return no(own, model.inferenceTypes.includes('INFERENCE_PROFILE') ? bestProfile(name, listing) : null)
}

function judgeProfile(
  { id, status, models }: InferenceProfile,
  listing: AccountListing,
  now: Date,
): AccountVerdict {
  const obstacle = profileObstacle(id, status)
  if (obstacle !== null) return no(obstacle)
  for (const model of listing.models) {
    // The Region may list the model or not; what it does list counts.
    const behind = models.includes(model.modelId) ? modelObstacle(model, now) : null
    if (behind !== null) return no(behind)
  }
  return CALLABLE
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
