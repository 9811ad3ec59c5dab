import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const MANIFEST = join(import.meta.dirname, '../package.json')

/** The flags that a script of this repository gives Node; those of `runner` are what a runner measures with. */
export function nodeFlagsOf(script: string): string[] {
  const { scripts } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { scripts: Record<string, string> }
  return flagsIn(scripts[script]?.split(' ') ?? [])
}

/** The flags of a command line that stand before the program that Node runs. */
export function flagsIn(command: readonly string[]): string[] {
  const program = command.findIndex((word) => word.endsWith('.ts'))
  return command.slice(0, program).filter((word) => word.startsWith('--'))
}
