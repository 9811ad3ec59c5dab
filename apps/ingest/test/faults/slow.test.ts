import net from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ask, raw, requestHead } from '../support/ask.ts'
import { result } from '../support/documents.ts'
import { post, startWithModel } from '../support/process.ts'
import { storeEnvironment } from '../support/stores.ts'

test('row 27: slow headers and slow bodies are cut in time, a thousand idle sockets harm nobody', async () => {
  const service = await startWithModel(storeEnvironment('sqlite'))
  const { hostname, port } = new URL(service.url)
  const idle = await Promise.all(
    Array.from(
      { length: 1000 },
      () =>
        new Promise<net.Socket>((resolve, reject) => {
          const socket = net.connect(Number(port), hostname, () => resolve(socket)).once('error', reject)
        }),
    ),
  )
  onTestFinished(() => idle.forEach((socket) => socket.destroy()))
  const slowHeaders = raw(service.url, 'POST /ingest HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  const slowBody = raw(service.url, `${requestHead('Content-Length: 1000\r\n')}{"a":`)
  for (let times = 0; times < 5; times += 1) {
    expect((await post(service, '/ingest', result())).status).toBe(200)
    expect((await ask(service.url, '/health')).status).toBe(200)
  }
  const headers = await slowHeaders
  expect(headers.text).toMatch(/^HTTP\/1.1 408 /)
  expect(headers.ms).toBeLessThan(8000)
  const body = await slowBody
  expect(body.text).toMatch(/^HTTP\/1.1 408 /)
  expect(body.ms).toBeLessThan(18_000)
  expect((await post(service, '/ingest', result())).status).toBe(200)
})
