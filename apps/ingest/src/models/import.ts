import { Command } from 'commander'
import { UsageFault, WorkFault } from '../errors.ts'
import { jsonLine } from '../json/line.ts'
import { table } from '../table.ts'
import { readReason } from './arguments.ts'
import type { ModelsDependencies } from './dependencies.ts'
import { planImport, type Step } from './import-plan.ts'
import { readEntries } from './import-entries.ts'

type ImportOptions = { apply?: boolean; reason?: string; force?: boolean; json?: boolean }

/** `models import`: brings entries of a file in. Says first what it would do; takes nothing away. */
export const importCommand = (dependencies: ModelsDependencies): Command =>
  new Command('import')
    .arguments('<file>')
    .description('bring in what "models export" printed; says what it would do, and does it with --apply')
    .option('--apply', 'do it')
    .option('--reason <text>', 'why, for the record; needed with --apply', readReason)
    .option('--force', 'take ids that break their provider’s rules, and keep that they were forced')
    .option('--json', 'one JSON document per entry and line')
    .addHelpText(
      'after',
      `
Entries and fields the file does not name stay as they are. FILE may be - for the standard input.

Example:
  models import catalogue.json
  models import catalogue.json --apply --reason "moved from the old host"`,
    )
    .action((file: string, options: ImportOptions) => bringIn(dependencies, file, options))

async function bringIn(
  dependencies: ModelsDependencies,
  file: string,
  { apply = false, reason, force = false, json = false }: ImportOptions,
): Promise<void> {
  const { store, print, readText } = dependencies
  if (apply && reason === undefined) throw new UsageFault('--reason must say why, with --apply')
  const entries = await readEntries(file, readText)
  await store.prepare()
  const steps = planImport(entries, await store.listModels(), { force, now: dependencies.now() })
  const done = apply ? await applySteps(dependencies, steps, reason ?? null) : steps
  if (json) for (const { entry: _, ...step } of done) print(jsonLine(step))
  else printSteps(print, done, apply)
  const refused = done.filter(({ step }) => step === 'refused').length
  if (refused > 0) throw new WorkFault(`${refused} of ${done.length} entries are refused`)
}

/** Takes the steps one by one; what cannot be done does not keep the others from it. */
async function applySteps(
  { store, actor, now }: ModelsDependencies,
  steps: readonly Step[],
  reason: string | null,
): Promise<Step[]> {
  const done: Step[] = []
  for (const step of steps) {
    const { provider, model_id: modelId, entry, forced } = step
    const change = { action: 'import', at: now(), actor, reason, forced } as const
    const model = { provider, modelId }
    const outcome =
      step.step === 'add'
        ? await store.addModel({ ...model, ...entry.asNew }, change)
        : step.step === 'change'
          ? await store.changeModel(model, entry.changes, change)
          : null
    const clash = outcome === 'clash' || outcome === 'missing'
    done.push(clash ? { ...step, step: 'refused', why: 'somebody else has changed it meanwhile' } : step)
  }
  return done
}

function printSteps(print: (text: string) => void, steps: readonly Step[], applied: boolean): void {
  const shown = steps.filter(({ step }) => step !== 'same')
  if (shown.length > 0) {
    const rows = shown.map(({ step, provider, model_id, why }) => [step, provider, model_id, why])
    print(table(['step', 'provider', 'model_id', ''], rows))
  }
  const count = (wanted: Step['step']): number => steps.filter(({ step }) => step === wanted).length
  const words = `${count('add')} to add, ${count('change')} to change, ${count('same')} as they are, ${count('refused')} refused`
  print(
    applied
      ? words.replaceAll(' to add', ' added').replace(' to change', ' changed')
      : `${words}; --apply does it`,
  )
}
