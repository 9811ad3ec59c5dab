import net from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connectionLimit, openFilesLimit } from '../../src/connections.ts'
import { ask, requestHead } from '../support/ask.ts'
import { result } from '../support/documents.ts'
import { startWithModel, until } from '../support/process.ts'
import { storeEnvironment } from '../support/stores.ts'

const OPEN_FILES = 256

const STRANGERS: readonly [title: string, bytes: string][] = [
  ['send nothing', ''],
  ['send half a head', 'GET /livez HTTP/1.1\r\nHo'],
  ['send half a request line', 'GE'],
  ['stay after an answer', 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'],
  [
    'take nothing of their answers',
    'GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5),
  ],
  ['have a key and send half a body', `${requestHead('Content-Length: 100\r\n')}{`],
]

/** Resolves once the bytes are sent, or the other side wants none. */
const reach = (socket: net.Socket, bytes: string): Promise<void> =>
  new Promise((resolve) => {
    socket.on('error', () => resolve()).once('connect', () => socket.write(bytes, () => resolve()))
  })

test('row 82: connections beyond the limit of open files are closed, and the process goes on serving', async () => {
  const service = await startWithModel(storeEnvironment('sqlite'), { openFiles: OPEN_FILES })
  const { port } = new URL(service.url)
  for (const [title, bytes] of STRANGERS) {
    const sockets = Array.from({ length: OPEN_FILES }, () => net.connect(Number(port), '127.0.0.1').pause())
    const close = (): void => sockets.forEach((socket) => socket.destroy())
    onTestFinished(close)
    await Promise.all(sockets.map((socket) => reach(socket, bytes)))
    await until(
      async () => service.stderr() + String(service.child.exitCode),
      (log) => log.includes('Connection limit reached') || !log.endsWith('null'),
    )
    close()
    const body = JSON.stringify(result())
    const served = await until(
      () => ask(service.url, '/ingest', { body }),
      ({ status }) => status === 200 || service.child.exitCode !== null,
    )
    expect(served.status, title).toBe(200)
  }
  expect(service.stderr()).not.toContain('EMFILE')
  expect((await ask(service.url, '/metrics')).text).toContain('process_open_fds')
})

test('row 82: the limit of connections leaves descriptors for everything else', () => {
  expect([256, 1024, 65_536].map(connectionLimit)).toEqual([160, 928, 10_000])
  expect(connectionLimit(20)).toBeGreaterThan(0)
  expect(connectionLimit(openFilesLimit(process.report) ?? 0)).toBeGreaterThan(100)
})
