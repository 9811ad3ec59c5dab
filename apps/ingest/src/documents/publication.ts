import { METRICS_SCHEMA_VERSION, type ResultDocument } from '@llmbench/providers/result'
import { PUBLISHED, UNPUBLISHED, type ResultCollection } from '../store/store.ts'
import type { LegacyResult } from './legacy.ts'

/** How far a rate may lie from tokens ÷ time: rounding of the sender's, no more. */
const RATE_TOLERANCE = 0.05

/** The protocol the predecessor's rows were measured under, whose id they do not carry. */
const LEGACY_PROFILE = 'cloud-default-v1'
const LEGACY_CAP = 64

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
export function placeLegacyResult(result: LegacyResult, published: ReadonlySet<string>): ResultCollection {
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
