/** What people and machines see on stdout: a table, or one document a line. */
import { styleText } from 'node:util'
import { isErrorDocument, printable } from '@llmbench/providers'
import type { RunDocument } from '@llmbench/providers'
import { isSuccess } from './attempt-end.ts'

const COLUMNS = ['PROVIDER', 'MODEL', 'OUTCOME', 'FIRST TOKEN', 'TOKENS', 'TOKENS/S', 'TIME', 'NOTE'] as const
const LONGEST_NOTE = 80

/** An aligned table of documents, one line each; green and red only where `colour` is wanted. */
export function formatTable(documents: readonly RunDocument[], colour: boolean): string {
  const [head = '', ...body] = linesOf([COLUMNS, ...documents.map(rowOf)])
  const shown = documents.map((document, at) => {
    const text = body[at] ?? ''
    return colour ? styleText(isSuccess(document) ? 'green' : 'red', text, { validateStream: false }) : text
  })
  return `${[head, ...shown].join('\n')}\n`
}

/** An aligned table: a head and rows of as many cells. */
export function alignTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${linesOf([head, ...rows]).join('\n')}\n`
}

function linesOf(unsafe: readonly (readonly string[])[]): string[] {
  // Cells hold what providers say: a terminal must not obey it.
  const rows = unsafe.map((cells) => cells.map(printable))
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows.map((cells) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function rowOf(document: RunDocument): string[] {
  const { provider, model_name: model } = document
  if (isErrorDocument(document)) {
    const { error_kind: kind, phase, message } = document
    return [provider, model, kind, '-', '-', '-', '-', `${phase}: ${oneLine(message)}`]
  }
  // Tokens are the provider's own; where it reports none they are the tokenizer's, and look it.
  const estimate = document.token_source?.startsWith('tiktoken') === true ? '~' : ''
  return [
    provider,
    model,
    document.outcome ?? 'completed',
    seconds(document.time_to_first_token ?? null),
    `${estimate}${document.output_tokens}`,
    `${estimate}${document.tokens_per_second.toFixed(1)}`,
    seconds(document.total_time ?? null),
    (document.quality?.tainted ?? []).map((reason) => `tainted: ${reason}`).join(', '),
  ]
}

function seconds(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(3)} s`
}

function oneLine(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim()
  return line.length > LONGEST_NOTE ? `${line.slice(0, LONGEST_NOTE - 1)}…` : line
}
