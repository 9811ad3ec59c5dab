/** What a Dockerfile says, as far as the two of this project go; anything else is refused rather than passed over. */
import { type Copy, DockerfileParser, type Instruction, type PropertyInstruction } from 'dockerfile-ast'

export type Step =
  | { readonly kind: 'run'; readonly command: string; readonly folder: string }
  | {
      readonly kind: 'copy'
      /** The stage that is copied from; null for the build context. */
      readonly from: string | null
      readonly sources: readonly string[]
      readonly target: string
      readonly folder: string
    }

export type Stage = {
  readonly name: string
  readonly base: string
  readonly steps: readonly Step[]
  readonly labels: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly user: string | null
  readonly folder: string
  readonly volumes: readonly string[]
  /** Entry point and command together: what a container starts with. */
  readonly command: readonly string[]
  readonly healthCheck: readonly string[] | null
}

type Draft = { -readonly [Key in keyof Stage]: Stage[Key] } & {
  entryPoint: readonly string[]
  arguments: readonly string[]
}

/** The stages of a Dockerfile in order; the last is the image. Throws at an instruction it does not know. */
export function readDockerfile(text: string): Stage[] {
  const drafts: Draft[] = []
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword()
    const words = wordsOf(instruction)
    if (keyword === 'FROM') drafts.push(startStage(words, drafts.length))
    else if (keyword !== 'ARG') read(drafts, keyword, words, instruction)
  }
  return drafts.map(finish)
}

function finish({ entryPoint, arguments: rest, ...stage }: Draft): Stage {
  return { ...stage, command: [...entryPoint, ...rest] }
}

function startStage(words: readonly string[], nth: number): Draft {
  const [base = '', , name = String(nth)] = words
  return {
    name,
    base,
    steps: [],
    labels: [],
    environment: {},
    user: null,
    folder: '/',
    volumes: [],
    command: [],
    healthCheck: null,
    entryPoint: [],
    arguments: [],
  }
}

function read(drafts: readonly Draft[], keyword: string, words: string[], instruction: Instruction): void {
  const stage = drafts.at(-1)
  if (stage === undefined) throw new Error(`${keyword} stands before FROM`)
  const content = instruction.getArgumentsContent() ?? ''
  const { folder } = stage
  if (keyword === 'RUN') stage.steps = [...stage.steps, { kind: 'run', command: content, folder }]
  else if (keyword === 'COPY') {
    const from = (instruction as Copy).getFromFlag()?.getValue() ?? null
    const [target = '', ...sources] = words.toReversed()
    stage.steps = [...stage.steps, { kind: 'copy', from, sources: sources.toReversed(), target, folder }]
  } else if (keyword === 'WORKDIR') stage.folder = words[0] ?? '/'
  else if (keyword === 'USER') stage.user = words[0] ?? null
  else if (keyword === 'VOLUME') stage.volumes = words
  else if (keyword === 'ENV') stage.environment = { ...stage.environment, ...pairs(instruction) }
  else if (keyword === 'LABEL') stage.labels = Object.keys(pairs(instruction))
  else if (keyword === 'ENTRYPOINT') stage.entryPoint = JSON.parse(content) as string[]
  else if (keyword === 'CMD') stage.arguments = JSON.parse(content) as string[]
  else if (keyword === 'HEALTHCHECK') stage.healthCheck = healthCheckOf(content)
  else if (keyword !== 'EXPOSE') throw new Error(`${keyword} cannot be rehearsed`)
}

function wordsOf(instruction: Instruction): string[] {
  return instruction
    .getArguments()
    .map((argument) => argument.getValue())
    .filter((word) => !word.startsWith('--'))
}

function pairs(instruction: Instruction): Record<string, string> {
  const properties = (instruction as PropertyInstruction).getProperties()
  return Object.fromEntries(properties.map((one) => [one.getName(), one.getValue() ?? '']))
}

function healthCheckOf(content: string): string[] | null {
  const command = /\bCMD\s+(\[.*\])\s*$/s.exec(content)?.[1]
  return command === undefined ? null : (JSON.parse(command) as string[])
}
