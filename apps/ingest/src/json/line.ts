import { printable } from '@llmbench/providers/printable'
import { digitsOfLong } from './odd-values.ts'

/**
 * A value as JSON on one line for a person's terminal or a program: what a terminal would obey or nobody sees is
 * escaped, so that it is the same value and does nothing.
 */
export const jsonLine = (value: unknown): string => escapeUnprintable(JSON.stringify(value, digitsOfLong))

/** The same for JSON that is text already, with or without the end of its line. */
export const escapeUnprintable = (json: string): string =>
  json.replaceAll(/[^\n -~]/gu, (character) =>
    printable(character) === character ? character : escape(character),
  )

const escape = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
