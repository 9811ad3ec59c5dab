import { copyFileSync, mkdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { expect, test } from 'vitest'
import { createHost, packRelease } from './support/host.ts'
import { ROOT } from './support/processes.ts'

type Parameter = { default: string; allowedValues?: string[]; allowedPattern?: string }
type SsmDocument = {
  parameters: Record<string, Parameter>
  mainSteps: { inputs: { runCommand: string[] } }[]
}

const document = parse(readFileSync(join(ROOT, 'deploy/ec2/ssm/llmbench-runner.yaml'), 'utf8')) as SsmDocument

/** The document's script with its parameters put in as the SSM agent does: as they are, into the text. */
function scriptWith(given: Readonly<Record<string, string>>): string {
  const script = document.mainSteps.flatMap(({ inputs }) => inputs.runCommand).join('\n')
  return script.replaceAll(
    /\{\{ (\w+) \}\}/g,
    (_, name: string) => given[name] ?? document.parameters[name]!.default,
  )
}

test('one command installs a release on a fresh host, another shows it', async () => {
  const one = createHost()
  const { path, sha256 } = packRelease(one, '0.1.0-abc')
  mkdirSync(join(one.root, 'aws/bucket/llmbench-runner'), { recursive: true })
  copyFileSync(path, join(one.root, 'aws/bucket/llmbench-runner/release.tar.gz'))
  one.write('aws/llmbench/runner/config', 'INGEST_API_URL=https://bench.example.com/ingest\n')
  one.write('aws/llmbench/runner/ingest-api-key', 'good-key-0123456789\n')
  one.write('aws/llmbench/runner/runner-config-token', 'good-token-0123456789\n')
  const parameters = {
    Action: 'install',
    Artifact: 's3://bucket/llmbench-runner/release.tar.gz',
    Sha256: sha256,
  }
  const done = await one.script(scriptWith(parameters))
  expect(done).toMatchObject({ code: 0, stderr: '' })
  expect(readlinkSync(join(one.root, 'opt/llmbench/runner/current'))).toBe('releases/0.1.0-abc')
  expect(done.stdout).not.toMatch(/good-/)
  expect((await one.script(scriptWith({ Action: 'status' }))).stdout).toContain('release 0.1.0-abc')
  expect(await one.script(scriptWith({ ...parameters, Sha256: 'a'.repeat(64) }))).toMatchObject({ code: 1 })
})

test.each([
  ['Artifact', "s3://bucket/x'; rm -rf /; '"],
  ['Artifact', 's3://bucket/$(reboot)'],
  ['Sha256', '"; reboot; "'],
  ['Prefix', "/llmbench'; reboot; '"],
])('the document takes no %s that would be a command', (name, value) => {
  const { allowedPattern = '.*' } = document.parameters[name]!
  expect(value).not.toMatch(new RegExp(allowedPattern))
})
