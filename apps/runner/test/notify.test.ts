import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { watchLoops } from '../src/loops.ts'
import { createNotifier } from '../src/notify.ts'
import { temporaryFolder } from './support/folders.ts'
import { accept, startIngestServer } from './support/ingest-server.ts'
import { startRunner } from './support/processes.ts'

/** What a supervisor does, in a language that has datagram sockets of this kind: one line of JSON for each message. */
const RECEIVER = `
import json, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print(json.dumps("bound"), flush=True)
while True:
    print(json.dumps(receiver.recv(4096).decode()), flush=True)
`

/** A real datagram socket as systemd has one, and the messages that came, each as its lines. */
async function startSupervisor() {
  const socket = join(temporaryFolder(), 'notify')
  const child = spawn('python3', ['-c', RECEIVER, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    const ended = once(child, 'close')
    child.kill('SIGKILL')
    await ended
  })
  const messages: string[][] = []
  const lines = createInterface({ input: child.stdout })
  await once(lines, 'line')
  lines.on('line', (line) => messages.push((JSON.parse(line) as string).split('\n')))
  const told = (state: string): boolean => messages.some((message) => message.includes(state))
  return { socket, messages, told }
}

const PATH = '/usr/local/bin:/usr/bin:/bin'

test('a daemon says that it is ready, that it is alive, what it does, and that it stops', async () => {
  const { socket, messages, told } = await startSupervisor()
  const provider = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  onTestFinished(() => {
    provider.close()
    provider.closeAllConnections()
  })
  const ingest = await startIngestServer(accept)
  const daemon = startRunner(['--provider', 'groq', '--models', 'm', '--daemon'], {
    PATH,
    NOTIFY_SOCKET: socket,
    GROQ_API_KEY: 'groq-key-0123456789',
    GROQ_BASE_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`,
    INGEST_API_URL: ingest.url,
    INGEST_API_KEY: 'ingest-key-0123456789',
    RUNNER_STATE_DIR: temporaryFolder(),
  })
  await vi.waitUntil(() => told('READY=1') && told('WATCHDOG=1'), { timeout: 20_000 })
  const ready = messages.find((message) => message.includes('READY=1'))
  expect(ready).toEqual(expect.arrayContaining([expect.stringMatching(/^STATUS=\d models of 1 providers, /)]))
  expect(told('STOPPING=1')).toBe(false)
  daemon.child.kill('SIGTERM')
  expect(await daemon.ended).toBe(0)
  await vi.waitUntil(() => told('STOPPING=1'), { timeout: 5000 })
  expect(messages.flat().join()).not.toMatch(/groq-key|ingest-key/)
}, 60_000)

test('WATCHDOG=1 comes while lanes and delivery advance, and stays out once the delivery stands still', async () => {
  const { socket, messages, told } = await startSupervisor()
  let nowMs = 0
  let deliveryTurns = 0
  let laneTurns = 0
  let isDeliveryStuck = false
  const clock = { wallMs: () => 0, monotonicMs: () => (nowMs += 20_000) }
  const delivery = { turns: () => (isDeliveryStuck ? deliveryTurns : (deliveryTurns += 1)) }
  const state = {
    models: 3,
    running: 1,
    blocked: true,
    worklistAgeSeconds: null,
    nextDueSeconds: null,
    resting: [],
  }
  const lanes = new Map([['groq', { turns: () => (laneTurns += 1), state: () => state }]])
  const stop = new AbortController()
  const gaveUp = vi.fn<() => void>()
  const watching = watchLoops(
    {
      lanes,
      shipping: { delivery },
      discovery: null,
      logger: pino({ level: 'silent' }),
      notify: createNotifier({ socket, path: PATH, onFailure: () => undefined }),
      clock,
      checkMs: 10,
    },
    stop.signal,
    gaveUp,
  )
  const alive = (): number => messages.filter((message) => message.includes('WATCHDOG=1')).length
  await vi.waitUntil(() => alive() > 20, { timeout: 10_000 })
  expect(gaveUp).not.toHaveBeenCalled()
  // Between them the tool asks whether its message was read.
  expect(messages.findLast((message) => message.includes('WATCHDOG=1'))).toContain(
    'STATUS=3 models of 1 providers, 1 being measured, 1 providers refuse us',
  )
  isDeliveryStuck = true
  await watching
  expect(gaveUp).toHaveBeenCalledOnce()
  expect(told('STOPPING=1')).toBe(false)
})

test('a tool that is missing is said once, and nothing fails', async () => {
  const failures: string[] = []
  const notify = createNotifier({
    socket: '/nowhere',
    path: temporaryFolder(),
    onFailure: (reason) => failures.push(reason),
  })
  notify('READY=1')
  await vi.waitUntil(() => failures.length > 0)
  notify('WATCHDOG=1')
  await new Promise((resolve) => setImmediate(resolve))
  expect(failures).toEqual([expect.stringMatching(/^systemd-notify: .*ENOENT/)])
  createNotifier({ socket: '', path: '', onFailure: (reason) => failures.push(reason) })('READY=1')
  expect(failures).toHaveLength(1)
})
