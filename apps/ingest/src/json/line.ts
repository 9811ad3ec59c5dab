import { printable } from '@llmbench/providers/printable'
import { digitsOfLong } from './odd-values.ts'

/** A value as one line of JSON, with control and invisible characters escaped: the same value, safe on a terminal. */
export const jsonLine = (value: unknown): string => escapeUnprintable(JSON.stringify(value, digitsOfLong))

/** Escapes control and invisible characters in JSON text; line feeds stay. */
export const escapeUnprintable = (json: string): string =>
  json.replaceAll(/[^\n -~]/gu, (character) =>
    printable(character) === character ? character : escape(character),
  )

const escape = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
