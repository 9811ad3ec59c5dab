import { stateOf } from '../catalogue/entry.ts'
import { UsageFault } from '../errors.ts'
import { readAccount, type AccountListing } from './bedrock-account.ts'
import { judgeId } from './bedrock-verdict.ts'
import type { ModelsDependencies } from './dependencies.ts'
import type { Finding } from './findings.ts'

/** Which measured Bedrock ids the account can call, and in which Region: a finding for each. */
export async function askAccount(
  { store, environment, now }: ModelsDependencies,
  regions: readonly string[] | null,
): Promise<Finding[]> {
  const documents = await store.listModels('bedrock')
  const ids = documents
    .filter((document) => ['enabled', 'probe'].includes(stateOf(document, now())))
    .flatMap(({ model_id: id }) => (typeof id === 'string' ? [id] : []))
    .sort()
  const listings: AccountListing[] = []
  for (const region of regions ?? [defaultRegion(environment)])
    listings.push(await readAccount(region, environment['AWS_ENDPOINT_URL_BEDROCK'] || undefined))
  return [...new Set(ids)].map((id) => findingOf(id, listings, now()))
}

function defaultRegion(environment: ModelsDependencies['environment']): string {
  const region = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION']
  if (region) return region
  throw new UsageFault('--live needs a Region: set AWS_REGION, or name some with --region us-east-1')
}

function findingOf(id: string, listings: readonly AccountListing[], now: Date): Finding {
  const verdicts = listings.map((listing) => ({ region: listing.region, ...judgeId(id, listing, now) }))
  const regionsOf = (callable: boolean | null): string =>
    verdicts.flatMap((verdict) => (verdict.callable === callable ? [verdict.region] : [])).join(', ')
  const named = { provider: 'bedrock', model_id: id } as const
  if (verdicts.some(({ callable }) => callable === true))
    return {
      ...named,
      severity: 'notice',
      kind: 'callable',
      problem: `can be called in ${regionsOf(true)}${regionsOf(false) === '' ? '' : `, not in ${regionsOf(false)}`}`,
    }
  const told = verdicts.map(({ region, reason, suggestion }) =>
    suggestion === null ? `${region}: ${reason}` : `${region}: ${reason}; this id would work: ${suggestion}`,
  )
  const isKnown = verdicts.some(({ callable }) => callable === false)
  return {
    ...named,
    severity: isKnown ? 'fault' : 'notice',
    kind: isKnown ? 'not_callable' : 'unknown',
    problem: isKnown ? `cannot be called: ${told.join('; ')}` : `cannot be judged: ${told.join('; ')}`,
  }
}
