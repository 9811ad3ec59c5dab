/** Performs the steps of a Dockerfile, word by word, on roots of their own. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { basename, isAbsolute, join, relative } from 'node:path'
import ignore from '@balena/dockerignore'
import { readDockerfile, type Stage, type Step } from './dockerfile.ts'
import { mountRoot, type Base } from './root.ts'

const STEP_MS = 300_000
const PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'

export type Image = { readonly root: string; readonly stage: Stage }

export type BuildParts = {
  /** The build context: the repository. */
  readonly context: string
  readonly scratch: string
  readonly base: Base
  /** What RUN steps need of this machine to reach the package registry. */
  readonly environment: Readonly<Record<string, string>>
  readonly say: (text: string) => void
}

/** Builds the image of `docker/NAME.Dockerfile`. Throws with a step's output when it fails. */
export function buildImage(name: string, parts: BuildParts): Image {
  const stages = readDockerfile(readFileSync(join(parts.context, `docker/${name}.Dockerfile`), 'utf8'))
  const built = new Map<string, Image>()
  for (const stage of stages) {
    const root = mountRoot(parts.scratch, `${name}-${stage.name}`, parts.base)
    for (const step of stage.steps) perform(step, root, stage, built, parts)
    built.set(stage.name, { root, stage })
  }
  const image = [...built.values()].at(-1)
  if (image === undefined) throw new Error(`docker/${name}.Dockerfile has no stage`)
  return image
}

function perform(
  step: Step,
  root: string,
  stage: Stage,
  built: ReadonlyMap<string, Image>,
  { context, environment, say }: BuildParts,
): void {
  mkdirSync(join(root, step.folder), { recursive: true })
  if (step.kind === 'run') {
    say(`${stage.name}: RUN ${step.command}`)
    const env = { PATH, HOME: '/root', ...environment }
    const shell = ['env', `--chdir=${step.folder}`, 'sh', '-c', step.command]
    execFileSync('chroot', [root, ...shell], { env, timeout: STEP_MS, stdio: 'pipe' })
    return
  }
  say(`${stage.name}: COPY ${step.sources.join(' ')} ${step.target}`)
  const target = join(root, isAbsolute(step.target) ? '' : step.folder, step.target)
  if (step.from === null) copyContext(step, context, target)
  else for (const source of step.sources) copyTree(join(rootOf(built, step.from), source), target)
}

/** From the repository, without what `.dockerignore` names. */
function copyContext(
  { sources, target: given }: Step & { kind: 'copy' },
  context: string,
  target: string,
): void {
  const left = ignore.default().add(readFileSync(join(context, '.dockerignore'), 'utf8'))
  const kept = (path: string): boolean => path === context || !left.ignores(relative(context, path))
  for (const source of sources) {
    const from = join(context, source)
    const into = statSync(from).isFile() && given.endsWith('/') ? join(target, basename(source)) : target
    cpSync(from, into, { recursive: true, filter: kept, verbatimSymlinks: true })
  }
}

/** Modes and links as they are. */
function copyTree(source: string, target: string): void {
  mkdirSync(target, { recursive: true })
  execFileSync('cp', ['--archive', `${source}/.`, target], { stdio: 'pipe', timeout: STEP_MS })
}

function rootOf(built: ReadonlyMap<string, Image>, stage: string): string {
  const found = built.get(stage)
  if (found === undefined) throw new Error(`COPY --from=${stage} names no stage before it`)
  return found.root
}
