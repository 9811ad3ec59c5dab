import { printable } from '@llmbench/providers/printable'

/**
 * An aligned table for people: a heading, then rows; the last column is not padded. Control and invisible characters in
 * cells, which may come from providers, become spaces.
 */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows.map((row) => row.map(printable))]
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
