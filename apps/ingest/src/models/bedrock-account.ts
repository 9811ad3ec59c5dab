import type { BedrockModel } from '@llmbench/providers/bedrock-facts'
import { WorkFault } from '../errors.ts'

/** A foundation model as an account's listing has it. */
export type FoundationModel = BedrockModel & { readonly modelId: string }

export type InferenceProfile = {
  readonly id: string
  readonly arn: string
  readonly status: string
  /** Ids of the foundation models it leads to. */
  readonly models: readonly string[]
}

/** What one account may name in one Region. */
export type AccountListing = {
  readonly region: string
  readonly models: readonly FoundationModel[]
  readonly profiles: readonly InferenceProfile[]
}

const DEADLINE_MS = 30_000
const PAGE_SIZE = 1000
/** Far more than there are: a listing that leads in circles must end. */
const MAX_PAGES = 100

/**
 * Reads what the account behind the SDK's own credential chain may name in a Region. `endpoint` stands in for AWS.
 * Throws `WorkFault` with the Region and the reason, the deadline among them.
 */
export async function readAccount(region: string, endpoint: string | undefined): Promise<AccountListing> {
  // Loaded here: nobody else needs the SDK.
  const aws = await import('@aws-sdk/client-bedrock')
  const client = new aws.BedrockClient({ region, ...(endpoint === undefined ? {} : { endpoint }) })
  const abortSignal = AbortSignal.timeout(DEADLINE_MS)
  try {
    const listed = await client.send(new aws.ListFoundationModelsCommand({}), { abortSignal })
    const profiles: InferenceProfile[] = []
    for (const typeEquals of ['SYSTEM_DEFINED', 'APPLICATION'] as const) {
      let nextToken: string | undefined
      for (let page = 0; page === 0 || nextToken !== undefined; page += 1) {
        if (page === MAX_PAGES) throw new Error(`the listing has more than ${MAX_PAGES} pages`)
        const command = new aws.ListInferenceProfilesCommand({ typeEquals, maxResults: PAGE_SIZE, nextToken })
        const answer = await client.send(command, { abortSignal })
        profiles.push(...(answer.inferenceProfileSummaries ?? []).map(toProfile))
        nextToken = answer.nextToken
      }
    }
    return { region, models: (listed.modelSummaries ?? []).map(toModel), profiles }
  } catch (error) {
    const late = abortSignal.aborted ? ` within the deadline of ${DEADLINE_MS / 1000} s` : ''
    throw new WorkFault(
      `Bedrock in ${region} did not say what the account can call${late}: ${describe(error)}`,
    )
  } finally {
    client.destroy()
  }
}

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown'

type Summary = {
  readonly modelId?: string | undefined
  readonly inferenceTypesSupported?: readonly string[] | null | undefined
  readonly outputModalities?: readonly string[] | null | undefined
  readonly responseStreamingSupported?: boolean | null | undefined
  readonly modelLifecycle?:
    | { readonly status?: string | undefined; readonly endOfLifeTime?: Date | undefined }
    | null
    | undefined
}

const toModel = (summary: Summary): FoundationModel => ({
  modelId: summary.modelId ?? '',
  inferenceTypes: summary.inferenceTypesSupported ?? [],
  outputModalities: summary.outputModalities ?? [],
  streams: summary.responseStreamingSupported === true,
  lifecycle: summary.modelLifecycle?.status ?? null,
  endOfLife: summary.modelLifecycle?.endOfLifeTime ?? null,
})

type ProfileSummary = {
  readonly inferenceProfileId?: string | undefined
  readonly inferenceProfileArn?: string | undefined
  readonly status?: string | undefined
  readonly models?: readonly { readonly modelArn?: string | undefined }[] | undefined
}

const toProfile = (summary: ProfileSummary): InferenceProfile => ({
  id: summary.inferenceProfileId ?? '',
  arn: summary.inferenceProfileArn ?? '',
  status: summary.status ?? '',
  models: [...new Set((summary.models ?? []).map(({ modelArn }) => modelArn?.split('/').at(-1) ?? ''))],
})
