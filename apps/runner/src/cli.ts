/** The runner's command line: flags in, options out. Faults name the flag, the value and what is accepted. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { findProfile, profileIds } from '@llmbench/providers'
import type { ModelMetadata, ModeName, Profile } from '@llmbench/providers'
import { ExitFault } from './faults.ts'
import { addParameter, metadataOf } from './request-options.ts'
import type { Parameters } from './request-options.ts'

const MODES = ['chat', 'completions', 'responses', 'messages', 'generate_content', 'converse'] as const
const LONGEST_INTERVAL_MINUTES = 10_080

export type Options = {
  readonly providers: readonly string[] | 'all'
  readonly exclude: readonly string[]
  readonly models: readonly string[] | null
  readonly daemon: boolean
  readonly intervalMinutes: number | null
  readonly profile: Profile | null
  readonly requestMode: ModeName | null
  /** What the requests of the named models differ in from those of their profile. */
  readonly metadata: ModelMetadata
  readonly local: boolean
  readonly saveTapes: string | null
  readonly json: boolean
  readonly verify: boolean
  readonly discover: boolean
}

type Flags = {
  readonly provider?: readonly string[] | 'all'
  readonly exclude?: readonly string[]
  readonly models?: readonly string[]
  readonly daemon?: boolean
  readonly interval?: number
  readonly profile?: Profile
  readonly requestMode?: ModeName
  readonly param?: Parameters
  readonly omitTemperature?: boolean
  readonly reasoningEffort?: string
  readonly local?: boolean
  readonly saveTapes?: string
  readonly json?: boolean
  readonly once?: boolean
  readonly verify?: boolean
  readonly discover?: boolean
}

/**
 * The options of a command line, without the program's own name; `slugs` are the providers there are. Null when help was
 * asked for and has been written. Throws ExitFault 2 after commander has said on stderr what is wrong.
 */
export function parseOptions(
  args: readonly string[],
  output: Output,
  slugs: readonly string[],
): Options | null {
  const command: Command = createCommand(slugs).configureOutput(output)
  try {
    command.parse([...args], { from: 'user' })
    const flags = command.opts<Flags>()
    // Not commander's own required option: it would complain of this one before it names a flag nobody knows.
    if (flags.provider === undefined) {
      command.error(`error: --provider <a,b|all> is required. Accepted: all, ${slugs.join(', ')}`)
    }
    return optionsOf(flags, flags.provider)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return null
    throw new ExitFault(2, '')
  }
}

/**
 * Parses and runs a subcommand whose actions are synchronous. False when help was asked for and has been written.
 * Throws ExitFault 2 after commander has said on stderr what is wrong.
 */
export function parseSubcommand(command: Command, args: readonly string[], output: Output): boolean {
  for (const one of [command, ...command.commands]) {
    one.configureOutput(output).exitOverride().showHelpAfterError(`See ${command.name()} --help`)
  }
  try {
    command.parse([...args], { from: 'user' })
    return true
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return false
    throw new ExitFault(2, '')
  }
}

function optionsOf(flags: Flags, providers: Options['providers']): Options {
  return {
    providers,
    exclude: flags.exclude ?? [],
    models: flags.models ?? null,
    daemon: flags.daemon ?? false,
    intervalMinutes: flags.interval ?? null,
    profile: flags.profile ?? null,
    requestMode: flags.requestMode ?? null,
    metadata: readMetadata(flags),
    local: flags.local ?? false,
    saveTapes: flags.saveTapes ?? null,
    json: flags.json ?? false,
    verify: flags.verify ?? false,
    discover: flags.discover ?? false,
  }
}

export type Output = {
  readonly writeOut: (text: string) => void
  readonly writeErr: (text: string) => void
}

function createCommand(slugs: readonly string[]): Command {
  const readSlugs = (value: string): string[] => readKnown(value, slugs)
  return new Command('runner')
    .description('Measures LLM APIs by streaming from them and delivers what it measured to the ingest')
    .option('--provider <a,b|all>', 'providers to measure (required)', (value: string) =>
      value.trim() === 'all' ? 'all' : readSlugs(value),
    )
    .option('--exclude <a,b>', 'providers to leave out of "all"', readSlugs)
    .option(
      '--models <ids>',
      'models, separated by commas; provider:model with several providers',
      readModels,
    )
    .addOption(new Option('--daemon', 'measure around the clock').conflicts(['once', 'verify']))
    .option('--interval <minutes>', 'minutes between two runs of a model (with --daemon)', readMinutes)
    .option('--profile <id>', `protocol of the runs: ${profileIds().join(', ')}`, readProfile)
    .addOption(new Option('--request-mode <mode>', 'which API, where a vendor offers several').choices(MODES))
    .option('--omit-temperature', 'send no temperature: many reasoning models refuse one (with named models)')
    .option(
      '--reasoning-effort <word>',
      'how hard the models are to think, in the provider’s word: none, low, high …',
      readWord,
    )
    .option(
      '--param <name=value>',
      'a further field of each request; JSON or text, dots go inside: thinking.type=enabled; repeatable',
      addParameter,
    )
    .option('--local', 'measure and print; no ingest, no outbox')
    .option('--save-tapes <dir>', 'keep what the wire did, for replay')
    .option('--json', 'one document per attempt and line on stdout, as sent on the wire')
    .option('--once', 'one cycle, then deliver and exit (the default)')
    .addOption(
      new Option(
        '--discover',
        'read the providers’ own lists of models, report them to the ingest and print them; measure nothing',
      ).conflicts(['daemon', 'once', 'verify', 'models', 'saveTapes']),
    )
    .option('--verify', 'check configuration, keys, ingest and worklist; measure nothing')
    .allowExcessArguments(false)
    .addHelpText('after', `\n${EXAMPLES}`)
    .showHelpAfterError('See runner --help for the flags and what they accept')
    .exitOverride()
}

const EXAMPLES = `Exit codes: 0 success, 1 the work failed, 2 bad usage or configuration, 75 the state directory is in use.

Examples:
  GROQ_API_KEY=… runner --local --provider groq --models llama-3.3-70b-versatile
  OPENAI_API_KEY=… runner --local --provider openai --models gpt-5.1 --omit-temperature --reasoning-effort none
  runner --provider bedrock --daemon --interval 30
  runner --provider all --exclude ollama,vllm --verify
  GROQ_API_KEY=… runner --local --provider groq --discover

Beside a running daemon, or without one: runner status --help, runner dead-letters --help`

/** Throws as commander does for a flag, since one alone may be right and two together wrong. */
function readMetadata({ param, omitTemperature, reasoningEffort }: Flags): ModelMetadata {
  const read = metadataOf({ param, omitTemperature, reasoningEffort })
  if ('fault' in read) throw new ExitFault(2, read.fault)
  return read.metadata
}

function readWord(value: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(value)) return value
  throw new InvalidArgumentError('It should be a word of the provider, such as low')
}

function readKnown(value: string, accepted: readonly string[]): string[] {
  const slugs = readList(value)
  const unknown = slugs.find((slug) => !accepted.includes(slug))
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`"${unknown}" is no provider. Accepted: all, ${accepted.join(', ')}`)
  }
  return slugs
}

function readModels(value: string): string[] {
  return readList(value)
}

function readList(value: string): string[] {
  const entries = splitList(value)
  if (entries.length === 0) throw new InvalidArgumentError('It should hold at least one name')
  return entries
}

/** The entries of a list separated by commas or white space, each once. */
export function splitList(value: string): string[] {
  return [...new Set(value.split(/[\s,]+/).filter((entry) => entry !== ''))]
}

function readMinutes(value: string): number {
  const minutes = value.trim() === '' ? Number.NaN : Number(value)
  if (!(minutes > 0 && minutes <= LONGEST_INTERVAL_MINUTES)) {
    throw new InvalidArgumentError(
      `It should be a number of minutes above 0 and up to ${LONGEST_INTERVAL_MINUTES}, such as 30 or 0.5`,
    )
  }
  return minutes
}

function readProfile(value: string): Profile {
  const profile = findProfile(value)
  if (profile === undefined) throw new InvalidArgumentError(`Accepted: ${profileIds().join(', ')}`)
  return profile
}
