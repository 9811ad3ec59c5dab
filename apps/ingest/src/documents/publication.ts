import { METRICS_SCHEMA_VERSION, type ResultDocument } from '@llmbench/providers/result'
import { PUBLISHED, UNPUBLISHED, type ResultCollection } from '../store/store.ts'
import type { LegacyResult } from './legacy.ts'

/** How far a rate may lie from tokens ÷ time: rounding of the sender's, no more. */
const RATE_TOLERANCE = 0.05

/** The protocol the predecessor's rows were measured under, whose id they do not carry. */
const LEGACY_PROFILE = 'cloud-default-v1'
const LEGACY_CAP = 64

/**
 * Profiles that are published for the models whose catalogue entry names them: a model that always thinks has spent the
 * default cap before it says a word.
 */
const CHOSEN_PROFILES: ReadonlySet<string> = new Set(['cloud-reasoning-v1'])

/** The profiles that are published of a model: those of the configuration, and the one that its entry chose. */
export function publishedOf(
  entry: Readonly<Record<string, unknown>>,
  published: ReadonlySet<string>,
): ReadonlySet<string> {
  const chosen = chosenProfile(entry)
  return chosen === null ? published : new Set([...published, chosen])
}

/** The profile that an entry of the catalogue chose to be published, or null. */
export function chosenProfile({ profile }: Readonly<Record<string, unknown>>): string | null {
  return typeof profile === 'string' && CHOSEN_PROFILES.has(profile) ? profile : null
}

/** The profile that an entry would have to choose for the result to be published; null where none would do. */
export function profileToChoose(result: ResultDocument): string | null {
  const { benchmark_profile_id: profile } = result
  return profile !== undefined && placeResult(result, CHOSEN_PROFILES) === PUBLISHED ? profile : null
}

/** Legacy rows of a role of their own were never published by their sender. */
const UNPUBLISHED_ROLES: ReadonlySet<unknown> = new Set(['probe', 'shadow'])

/** Whether a rate is tokens ÷ seconds within 5 %. No time: only no rate agrees. */
export function rateAgrees(rate: number, tokens: number, seconds: number): boolean {
  if (seconds === 0) return rate === 0
  const expected = tokens / seconds
  return Math.abs(rate - expected) <= expected * RATE_TOLERANCE
}

/**
 * Where a schema 3 result belongs: the published collection only if its profile is published, the run came to its
 * normal end with visible text, and the runner vouches that it was able to measure. No reader filters, so anything
 * that is not known to be good goes to the other one.
 */
export function placeResult(result: ResultDocument, published: ReadonlySet<string>): ResultCollection {
  const profile = result.benchmark_profile_id
  const good =
    profile !== undefined &&
    published.has(profile) &&
    (result.outcome === 'completed' || result.outcome === 'length') &&
    (result.visible_output_tokens ?? 0) > 0 &&
    result.visible_characters !== 0 &&
    result.tokens_per_second > 0 &&
    result.quality?.tainted.length === 0
  return good ? PUBLISHED : UNPUBLISHED
}

/** The same for a row of the predecessor, whose protocol is told by its cap alone. */
export function placeLegacyResult(
  result: LegacyResult & { readonly sample_role?: unknown },
  published: ReadonlySet<string>,
): ResultCollection {
  const capAsPublished = (result.requested_tokens ?? LEGACY_CAP) === LEGACY_CAP
  const profile = result.benchmark_profile_id ?? (capAsPublished ? LEGACY_PROFILE : null)
  const counts = [result.output_tokens, result.generated_output_tokens, result.visible_output_tokens]
  const consistent = counts.some(
    (tokens) =>
      typeof tokens === 'number' && rateAgrees(result.tokens_per_second, tokens, result.generate_time),
  )
  const good =
    profile !== null &&
    published.has(profile) &&
    !UNPUBLISHED_ROLES.has(result.sample_role) &&
    (result.visible_output_tokens ?? result.output_tokens) > 0 &&
    result.tokens_per_second > 0 &&
    consistent
  return good ? PUBLISHED : UNPUBLISHED
}

/** Whether a stored row is one that belongs in the published collection, wherever its model's state has put it. */
export function wouldBePublished(
  document: Readonly<Record<string, unknown>>,
  published: ReadonlySet<string>,
): boolean {
  const place =
    document['metrics_schema_version'] === METRICS_SCHEMA_VERSION
      ? placeResult(document as ResultDocument, published)
      : placeLegacyResult(document as LegacyResult, published)
  return place === PUBLISHED
}
