import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createControl, spawnSimulator, startSimulator } from '../src/index.ts'
import { ask } from './support/ask.ts'
import { selfSigned } from './support/self-signed.ts'

const MAIN = join(import.meta.dirname, '../src/main.ts')

function launch(...flags: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...flags])
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (bytes: Buffer) => (said.stdout += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (said.stderr += bytes.toString()))
  return { child, said }
}

async function outcomeOf(...flags: readonly string[]) {
  const { child, said } = launch(...flags)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...said }
}

test('the process says one line of JSON once it listens, and SIGTERM ends it with 0', async () => {
  const { child, said } = launch()
  await once(child.stdout, 'data')
  expect(JSON.parse(said.stdout)).toEqual({
    msg: 'listening',
    address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  })
  child.kill('SIGTERM')
  expect(await once(child, 'close')).toEqual([0, null])
})

test('the end of standard input ends the process only when asked to', async () => {
  const { child } = launch('--exit-with-stdin')
  const other = launch()
  await Promise.all([once(child.stdout, 'data'), once(other.child.stdout, 'data')])
  other.child.stdin.end()
  child.stdin.end()
  expect(await once(child, 'close')).toEqual([0, null])
  expect(other.child.exitCode).toBeNull()
})

test('help shows an example and ends with 0', async () => {
  const { code, stdout } = await outcomeOf('--help')
  expect(code).toBe(0)
  expect(stdout).toContain('Example:')
})

test('bad usage ends with 2 and a sentence that names the flag and what is accepted', async () => {
  const cases = [
    [['--port', 'x'], /--port.*'x'.*0 to 65535/s],
    [['--host', '0.0.0.0'], /--host.*'0\.0\.0\.0'.*loopback/s],
    [['--speed', '9'], /--speed/],
    [['--tls-key', 'key.pem'], /--tls-cert and --tls-key/],
  ] as const
  const outcomes = await Promise.all(cases.map(async ([flags]) => outcomeOf(...flags)))
  for (const [index, { code, stderr }] of outcomes.entries()) {
    expect(code).toBe(2)
    expect(stderr).toMatch(cases[index]?.[1] ?? '')
  }
})

test('a spawned simulator answers from a process of its own', async () => {
  const simulator = await spawnSimulator()
  expect(simulator.pid).not.toBe(process.pid)
  const control = createControl(simulator.address)
  await ask(simulator.address, '/v1/messages', { model: 'm' })
  expect(await control.runs('m')).toHaveLength(1)
  await simulator.close()
  expect(() => process.kill(simulator.pid, 0)).toThrow('ESRCH')
})

test('a port that is taken is said with what the process said', async () => {
  const { address, close } = await startSimulator()
  onTestFinished(close)
  const port = Number(new URL(address).port)
  await expect(spawnSimulator({ port })).rejects.toThrow(/ended with code 2 before it listened[^]*EADDRINUSE/)
})

test('a start that takes too long names its limit', async () => {
  await expect(spawnSimulator({ startLimitMs: 1 })).rejects.toThrow('did not listen within 1 ms')
})

test('closing a simulator cuts its streams', async () => {
  const { address, close } = await startSimulator()
  await createControl(address).setScenario('m', { fault: { kind: 'never_answers' } })
  const socket = connect(Number(new URL(address).port), '127.0.0.1')
  socket.write('POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 13\r\n\r\n{"model":"m"}')
  while ((await createControl(address).runs('m')).length === 0) await new Promise(setImmediate)
  const closed = once(socket, 'close')
  await close()
  await closed
})

test('with a certificate it speaks TLS', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { cert, key } = selfSigned()
  const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
  await Promise.all([writeFile(files.certFile, cert), writeFile(files.keyFile, key)])
  const simulator = await spawnSimulator({ tls: files })
  onTestFinished(simulator.close)
  expect(simulator.address).toMatch(/^https:/)
  const asked = request(`${simulator.address}/v1/messages`, {
    method: 'POST',
    ca: cert,
    servername: 'localhost',
    agent: false,
  })
  asked.end('{"model":"m"}')
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  expect(await text(response)).toMatch(/^event: message_start\n[^]*event: message_stop\n.*\n\n$/)
})
