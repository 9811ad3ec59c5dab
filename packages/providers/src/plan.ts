/** A plan is everything that is decided before a run: what is measured, under which protocol, as which attempt. */
import type { Profile } from './profiles.ts'
import type { RequestMode } from './result.ts'

/** Quirks of one model, from the catalogue's metadata and never from the model's name. */
export type ModelMetadata = {
  readonly omit_temperature?: boolean | undefined
  readonly additional_model_request_fields?: Record<string, unknown> | undefined
  readonly reasoning_effort?: string | undefined
  /** Headers of the request; only those of `SETTABLE_HEADERS` are sent. */
  readonly request_headers?: unknown
  readonly request_mode?: string | undefined
  /** The id is called although what its family was like speaks against it. */
  readonly accept_id?: boolean | undefined
  readonly profile?: string | undefined
  /** Where a self-hosted server stands; it counts only where the runner's own configuration allows it. */
  readonly base_url?: unknown
}

export type Plan = {
  readonly resultId: string
  readonly provider: string
  readonly model: string
  readonly requestMode: RequestMode
  readonly profile: Profile
  readonly metadata: ModelMetadata
  readonly attempt: number
  readonly attemptGroup: string
  /** ISO 8601 moment of the slot this run belongs to, or null for a run nobody scheduled. */
  readonly scheduledAt: string | null
  readonly region: string | null
  readonly runnerVersion: string
}
