import { Command } from 'commander'
import { admissionOf } from '../catalogue/admission.ts'
import { instantOf, stateOf } from '../catalogue/entry.ts'
import { promoted } from '../catalogue/transitions.ts'
import { WorkFault } from '../errors.ts'
import type { CatalogueDocument, ModelRef } from '../store/store.ts'
import { readReason } from './arguments.ts'
import { changeEntry } from './change.ts'
import type { ModelsDependencies } from './dependencies.ts'
import { checkRules } from './id-rules.ts'
import { publishedOf } from '../documents/publication.ts'

const MAX_RUNS = 500

/** `models promote`: a candidate that has earned its place is enabled. */
export const promoteCommand = (dependencies: ModelsDependencies): Command =>
  new Command('promote')
    .arguments('<provider> <model-id>')
    .description('enable a candidate that has earned it: 3 successes in 3 different hours')
    .option('--reason <text>', 'why, for the record', readReason)
    .addHelpText(
      'after',
      `
With PROMOTE_AUTOMATICALLY=1 the ingest does this by itself.

Example:
  models promote groq new-model`,
    )
    .action((provider: string, modelId: string, options: { reason?: string }) =>
      promote(dependencies, { provider, modelId }, options.reason ?? null),
    )

async function promote(
  dependencies: ModelsDependencies,
  model: ModelRef,
  reason: string | null,
): Promise<void> {
  const { store, now, warn } = dependencies
  const name = `${model.provider} ${model.modelId}`
  checkRules([model], { force: false, warn })
  await store.prepare()
  const [entry] = await store.findModels([model])
  const isCandidate = (document: CatalogueDocument): boolean => stateOf(document, now()) === 'probe'
  if (entry !== undefined && !isCandidate(entry))
    throw new WorkFault(`${name} is no candidate: it is ${stateOf(entry, now())}`)
  const { missing, successes, hours } = await look(dependencies, model, entry)
  if (entry !== undefined && missing.length > 0) {
    const way = `To enable it all the same: models enable ${name}`
    throw new WorkFault(`${name} is not ready: ${missing.join('; ')}. ${way}`)
  }
  await changeEntry(dependencies, model, {
    action: 'promote',
    reason: reason ?? `${successes} successes in ${hours} hours`,
    done: 'promoted',
    enables: true,
    edit: (at) => (before) => (isCandidate(before) ? promoted(at) : null),
  })
}

async function look(
  { store, settings }: ModelsDependencies,
  model: ModelRef,
  entry: CatalogueDocument | undefined,
): Promise<ReturnType<typeof admissionOf>> {
  const since = instantOf(entry?.['probe_since']) ?? new Date(0)
  const runs = await store.recentRuns(model, { since, limit: MAX_RUNS })
  return admissionOf(runs, publishedOf(entry ?? {}, settings.publishedProfiles))
}
