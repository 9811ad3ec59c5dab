/** `runner dead-letters`: lists what the ingest refused, and sends it again once the reason is gone. */
import { printable } from '@llmbench/providers'
import { Command, InvalidArgumentError } from 'commander'
import { parseSubcommand } from '../cli.ts'
import type { Output } from '../cli.ts'
import { ExitFault } from '../faults.ts'
import { alignTable } from '../output.ts'
import { openDeadLetters } from './dead-letters.ts'
import type { Chosen, DeadLetter, Resent } from './dead-letters.ts'

const LONGEST_REASON = 100
const DAY_MS = 86_400_000

const EXAMPLES = `Examples:
  runner dead-letters list
  runner dead-letters list --json | jq .reason
  runner dead-letters resend 0193b0a6-7e3c-7d0e-a1d5-0d8c6f1f2a3b
  runner dead-letters resend --all
  runner dead-letters drop --code model_unknown --older-than 7 --yes`

/** Runs the command on a state directory; returns the exit code. Throws ExitFault for what a person has to put right. */
export function runDeadLetters(
  args: readonly string[],
  directory: string,
  nowMs: number,
  output: Output,
): number {
  let code = 0
  const command: Command = new Command('runner dead-letters')
    .description(
      'Results that the ingest refused: kept until they are sent again. RUNNER_STATE_DIR says where',
    )
    .addHelpText('after', `\n${EXAMPLES}`)
  command
    .command('list')
    .description('what was refused, when and why')
    .option('--json', 'one document a line')
    .allowExcessArguments(false)
    .action(({ json }: { json?: boolean }) => list(directory, json === true, output))
  command
    .command('resend')
    .description('moves them back to the outbox; a running daemon sends them within half a minute')
    .argument('[ids...]', 'result ids')
    .option('--all', 'every one')
    .option('--json', 'one document')
    .action((ids: string[], { all, json }: { all?: boolean; json?: boolean }) => {
      if (ids.length === 0 && all !== true) throw new ExitFault(2, 'Name result ids to send again, or --all')
      if (ids.length > 0 && all === true) throw new ExitFault(2, '--all takes no result ids')
      code = resend(directory, all === true ? 'all' : ids, nowMs, json === true, output)
    })
  command
    .command('drop')
    .description('deletes them for good: they are measurements that nobody will have')
    .argument('[ids...]', 'result ids')
    .option('--all', 'every one')
    .option('--older-than <days>', 'that were refused more than so many days ago', readDays)
    .option('--code <code>', 'that were refused with that code, such as model_unknown')
    .option('--yes', 'without it, it only says how many it would be')
    .option('--json', 'one document')
    .action((ids: string[], flags: DropFlags) => drop(directory, ids, flags, nowMs, output))
  return parseSubcommand(command, args, output) ? code : 0
}

type DropFlags = {
  readonly all?: boolean
  readonly olderThan?: number
  readonly code?: string
  readonly yes?: boolean
  readonly json?: boolean
}

function readDays(value: string): number {
  const days = Number(value)
  if (value.trim() !== '' && days >= 0 && days <= 36_500) return days
  throw new InvalidArgumentError('It should be a number of days, such as 7')
}

function drop(
  directory: string,
  ids: readonly string[],
  { all, olderThan, code, yes, json }: DropFlags,
  nowMs: number,
  { writeOut }: Output,
): void {
  const narrowed = ids.length > 0 || olderThan !== undefined || code !== undefined
  if (!narrowed && all !== true)
    throw new ExitFault(2, 'Name result ids to drop, --older-than, --code, or --all')
  if (narrowed && all === true) throw new ExitFault(2, '--all goes without ids, --older-than and --code')
  const chosen: Chosen = {
    resultIds: ids.length > 0 ? [...new Set(ids)] : null,
    beforeMs: olderThan === undefined ? null : nowMs - olderThan * DAY_MS,
    code: code ?? null,
  }
  const letters = openDeadLetters(directory, { readOnly: yes !== true })
  try {
    const dropped = yes === true ? letters.drop(chosen) : letters.count(chosen)
    if (json === true)
      writeOut(`${JSON.stringify({ dropped: yes === true ? dropped : 0, found: dropped })}\n`)
    else if (yes === true) writeOut(`${dropped} dead letters are dropped\n`)
    else writeOut(`${dropped} dead letters would be dropped for good: add --yes to do it\n`)
  } finally {
    letters.close()
  }
}

function list(directory: string, json: boolean, { writeOut }: Output): void {
  const letters = openDeadLetters(directory, { readOnly: true })
  try {
    const found = letters.list()
    if (json) for (const letter of found) writeOut(`${JSON.stringify(asDocument(letter))}\n`)
    else if (found.length === 0) writeOut('No dead letters\n')
    else writeOut(alignTable(['RESULT ID', 'MODEL', 'VERDICT', 'MOVED AT', 'REASON'], found.map(asCells)))
  } finally {
    letters.close()
  }
}

function resend(
  directory: string,
  ids: readonly string[] | 'all',
  nowMs: number,
  json: boolean,
  { writeOut, writeErr }: Output,
): number {
  const letters = openDeadLetters(directory, { readOnly: false })
  try {
    const resent = letters.resend(ids === 'all' ? ids : [...new Set(ids)], nowMs)
    if (json) writeOut(`${JSON.stringify(asAnswer(resent))}\n`)
    else writeOut(`${resent.moved} dead letters are back in the outbox\n`)
    for (const { resultId, reason } of resent.kept)
      writeErr(`${printable(`runner: ${resultId} stays: ${reason}`)}\n`)
    return resent.kept.length === 0 ? 0 : 1
  } finally {
    letters.close()
  }
}

function asAnswer({ moved, kept }: Resent) {
  return { moved, kept: kept.map(({ resultId, reason }) => ({ result_id: resultId, reason })) }
}

function asDocument({ resultId, body, verdict, code, reason, movedMs }: DeadLetter) {
  const moved_at = new Date(movedMs).toISOString()
  return { result_id: resultId, verdict, code, reason, moved_at, document: parsed(body) }
}

function asCells({ resultId, body, verdict, code, reason, movedMs }: DeadLetter): string[] {
  const document = parsed(body) as { provider?: unknown; model_name?: unknown } | null
  const model = document === null ? '-' : `${String(document.provider)} ${String(document.model_name)}`
  const why = (reason ?? code ?? '-').replaceAll(/\s+/g, ' ').slice(0, LONGEST_REASON)
  return [resultId, model, verdict, new Date(movedMs).toISOString(), why]
}

/** The document, or null where the disk changed it beyond reading. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}
