import { digitsOfLong } from '../json/odd-values.ts'

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const

/** How long ago a moment was, for people; empty for none. */
export function agoOf(moment: Date | null, now: Date): string {
  if (moment === null) return ''
  const seconds = Math.max(0, Math.round((now.getTime() - moment.getTime()) / 1000))
  const [unit, size] = UNITS.find(([, each]) => seconds >= each) ?? ['s', 1]
  return `${Math.floor(seconds / size)} ${unit} ago`
}

/** A value of a document on one line. */
export const inline = (value: unknown): string =>
  value === undefined ? '–' : JSON.stringify(value, digitsOfLong)
