/** What people type, read and refused with the flag, the value and what is accepted. */
import { InvalidArgumentError } from 'commander'
import { instantOf } from '../catalogue/entry.ts'
import { UsageFault } from '../errors.ts'
import type { ModelRef } from '../store/store.ts'

const SLUG = /^[a-z0-9][a-z0-9-]{0,63}$/
const UNIT_MS = { h: 3_600_000, d: 86_400_000 } as const

/** The new entry two arguments name. Throws `UsageFault` where the first is no slug. */
export function readNewModel(provider: string, modelId: string): ModelRef {
  if (!SLUG.test(provider)) throw new UsageFault(`PROVIDER "${provider}" must be a lower-case slug like groq`)
  return { provider, modelId }
}

/** Parses `--provider`. */
export function readProvider(text: string): string {
  if (SLUG.test(text)) return text
  throw new InvalidArgumentError('Accepted: a lower-case slug like groq.')
}

/** Parses the reason of a change, which says why. */
export function readReason(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must say why.')
  return text.trim()
}

/** A day, a moment with a zone, or a span from now on like 12h or 30d; null for anything else. */
export function readMoment(text: string, now: Date): Date | null {
  const [, count, unit] = /^(\d{1,4})([hd])$/.exec(text) ?? []
  if (count !== undefined && (unit === 'h' || unit === 'd'))
    return new Date(now.getTime() + Number(count) * UNIT_MS[unit])
  return instantOf(text)
}

/** The object a flag holds as JSON. Throws `UsageFault` naming the flag. */
export function readJsonObject(flag: string, text: string, example: string): Record<string, unknown> {
  const fault = new UsageFault(`${flag} must be a JSON object like ${example}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw fault
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw fault
  return value as Record<string, unknown>
}
