import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { readDockerfile } from '../rehearse/dockerfile.ts'

const FOLDER = join(import.meta.dirname, '..')

type Service = {
  readonly restart?: string
  readonly read_only?: boolean
  readonly cap_drop?: string[]
  readonly security_opt?: string[]
  readonly logging?: { readonly options: Record<string, string> }
  readonly ports?: string[]
  readonly volumes?: string[]
  readonly environment?: Record<string, string>
  readonly stop_grace_period?: string
}
const text = readFileSync(join(FOLDER, 'compose.yaml'), 'utf8')
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> }

test.each(Object.entries(services))(
  '%s is restarted, logs within bounds and has no more rights than it needs',
  (name, service) => {
    expect(service.restart).toBe(name === 'mongo-setup' ? 'on-failure' : 'unless-stopped')
    expect(service.logging?.options).toEqual({ 'max-size': '10m', 'max-file': '5' })
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    })
  },
)

test('nothing but Caddy is reachable from outside the host', () => {
  const open = Object.entries(services).flatMap(([name, { ports = [] }]) =>
    ports.filter((port) => !port.startsWith('127.0.0.1:')).map(() => name),
  )
  expect(new Set(open)).toEqual(new Set(['caddy']))
})

test('no secret stands in the compose file: keys and passwords are files', () => {
  for (const { environment = {} } of Object.values(services)) {
    const named = Object.keys(environment).filter((name) => /KEY|TOKEN|PASSWORD|SECRET/.test(name))
    expect(named.filter((name) => !name.endsWith('_FILE'))).toEqual([])
  }
  expect(readFileSync(join(FOLDER, '../.gitignore'), 'utf8')).toContain('docker/secrets')
  expect(readFileSync(join(FOLDER, '../.dockerignore'), 'utf8')).toContain('**/secrets')
})

test('each stop is given longer than the program takes for it', () => {
  expect(services['runner']?.stop_grace_period).toBe('35s')
  expect(services['ingest']?.stop_grace_period).toBe('20s')
})

test.each(['ingest', 'runner'])('the %s image runs as a user without rights and tells what it is', (name) => {
  const image = readDockerfile(readFileSync(join(FOLDER, `${name}.Dockerfile`), 'utf8')).at(-1)
  expect(image?.user).toBe('1000:1000')
  expect(image?.volumes).toEqual(['/data'])
  expect(image?.command.slice(0, 1)).toEqual(['node'])
  expect(image?.labels).toEqual(
    ['title', 'description', 'licenses', 'version', 'revision'].map(
      (label) => `org.opencontainers.image.${label}`,
    ),
  )
})

test('the runner in its image is started as by hand', () => {
  const image = readDockerfile(readFileSync(join(FOLDER, 'runner.Dockerfile'), 'utf8')).at(-1)
  const manifest = JSON.parse(readFileSync(join(FOLDER, '../package.json'), 'utf8')) as {
    scripts: { runner: string }
  }
  const byHand = manifest.scripts.runner.replace('apps/runner/', '')
  expect(image?.command.join(' ')).toMatch(new RegExp(`^${byHand.replaceAll('.', String.raw`\.`)} `))
})

test('setup makes random secrets in a folder of its owner alone, and changes none that is there', () => {
  const parent = mkdtempSync(join(tmpdir(), 'setup-'))
  onTestFinished(() => rmSync(parent, { recursive: true }))
  const folder = join(parent, 'secrets')
  const setup = (): string => execFileSync('bash', [join(FOLDER, 'setup.sh'), folder], { encoding: 'utf8' })
  const read = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  expect(setup().trimEnd().split('\n')).toHaveLength(7)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  const made = read()
  expect(new Set(made).size).toBe(made.length)
  expect(made.filter((secret) => /^[a-zA-Z0-9]{48}\n$/.test(secret))).toHaveLength(4)
  expect(setup()).toBe('')
  expect(read()).toEqual(made)
})
