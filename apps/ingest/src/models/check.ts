import { Command, InvalidArgumentError } from 'commander'
import { UsageFault, WorkFault } from '../errors.ts'
import { jsonLine } from '../json/line.ts'
import { table } from '../table.ts'
import { readProvider } from './arguments.ts'
import type { ModelsDependencies } from './dependencies.ts'
import type { Finding } from './findings.ts'

type CheckOptions = { provider?: string; live?: boolean; region?: string[]; json?: boolean }

/** `models check`: whatever about the catalogue a person should look at. */
export const checkCommand = (dependencies: ModelsDependencies): Command =>
  new Command('check')
    .description('check ids, duplicates, adapters, freshness and documents written by hand')
    .option('--provider <provider>', 'one provider only', readProvider)
    .option('--live', 'with --provider bedrock: ask the account which enabled ids it can call')
    .option('--region <regions>', 'with --live: AWS regions, separated by commas (AWS_REGION)', readRegions)
    .option('--json', 'one JSON document per finding and line')
    .addHelpText(
      'after',
      `
Ends with 1 where something is wrong; what only waits for a person (a candidate that is ready, a disabled model that
answers again) is told and ends with 0.

Example:
  models check
  models check --provider bedrock --live --region us-east-1,eu-west-1`,
    )
    .action((options: CheckOptions) => check(dependencies, options))

async function check(dependencies: ModelsDependencies, options: CheckOptions): Promise<void> {
  const { provider, live = false, region } = options
  if (live && provider !== 'bedrock') throw new UsageFault('--live goes with --provider bedrock')
  if (!live && region !== undefined) throw new UsageFault('--region goes with --live')
  const { findAll } = await import('./findings.ts')
  await dependencies.store.prepare()
  const findings = await findAll(dependencies, provider)
  if (live) {
    const { askAccount } = await import('./live.ts')
    findings.push(...(await askAccount(dependencies, region ?? null)))
  }
  tell(dependencies, findings, options.json ?? false)
}

function tell({ print }: ModelsDependencies, findings: readonly Finding[], json: boolean): void {
  if (json) {
    for (const finding of findings) print(jsonLine(finding))
  } else if (findings.length === 0) print('Nothing to look at')
  else {
    const heads = ['', 'provider', 'model_id', 'kind', 'what']
    print(table(heads, findings.map(rowOf)))
  }
  const faults = findings.filter(({ severity }) => severity === 'fault').length
  if (faults > 0) throw new WorkFault(`${faults} ${faults === 1 ? 'fault' : 'faults'} in the catalogue`)
}

const rowOf = ({ severity, provider, model_id, kind, problem }: Finding): string[] => [
  severity,
  provider ?? '?',
  model_id ?? '?',
  kind,
  problem.replaceAll(/\s+/g, ' '),
]

function readRegions(text: string): string[] {
  const regions = text.split(',').map((region) => region.trim())
  if (regions.every((region) => /^[a-z]{2,3}(-[a-z]+)+-\d$/.test(region))) return regions
  throw new InvalidArgumentError('Accepted: AWS regions like us-east-1, separated by commas.')
}
