/** What people and machines see on stdout: a table, or one document a line. */
import { styleText } from 'node:util'
import { isErrorDocument } from '@llmbench/providers'
import type { RunDocument } from '@llmbench/providers'
import { isSuccess } from './attempt-end.ts'

const COLUMNS = ['PROVIDER', 'MODEL', 'OUTCOME', 'FIRST TOKEN', 'TOKENS', 'TOKENS/S', 'TIME', 'NOTE'] as const
const LONGEST_NOTE = 80

/** An aligned table of documents, one line each; green and red only where `colour` is wanted. */
export function formatTable(documents: readonly RunDocument[], colour: boolean): string {
  const rows = documents.map(rowOf)
  const widths = COLUMNS.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  const body = documents.map((document, at) => {
    const text = line(rows[at] ?? [])
    return colour ? styleText(isSuccess(document) ? 'green' : 'red', text, { validateStream: false }) : text
  })
  return `${[line(COLUMNS), ...body].join('\n')}\n`
}

function rowOf(document: RunDocument): string[] {
  const { provider, model_name: model } = document
  if (isErrorDocument(document)) {
    const { error_kind: kind, phase, message } = document
    return [provider, model, kind, '-', '-', '-', '-', `${phase}: ${oneLine(message)}`]
  }
  return [
    provider,
    model,
    document.outcome ?? 'completed',
    seconds(document.time_to_first_token ?? null),
    String(document.output_tokens),
    document.tokens_per_second.toFixed(1),
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
