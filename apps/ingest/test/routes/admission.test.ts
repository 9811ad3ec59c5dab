import net, { type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { addModel, openApp } from '../support/app.ts'
import { ask, requestHead } from '../support/ask.ts'
import { result } from '../support/documents.ts'
import { until } from '../support/process.ts'

test('beyond the bytes under way a result is shed before it is read, a heartbeat is not, and then there is room again', async () => {
  const { app, store } = await openApp({ limits: { bytesUnderWay: 2000 } })
  await addModel(store)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const body = JSON.stringify(result())
  const slow = net.connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  onTestFinished(() => void slow.destroy())
  slow.write(requestHead('Content-Length: 1900\r\n'))

  const shed = await until(
    () => ask(url, '/ingest', { body }),
    ({ status }) => status !== 200,
  )
  expect([shed.status, shed.text]).toEqual([503, expect.stringContaining('"code":"overloaded"')])
  expect(Number(shed.headers['retry-after'])).toBeGreaterThan(0)
  const heartbeat = JSON.stringify({ runner_id: 'r', state: 'running' })
  expect((await ask(url, '/ingest/heartbeat', { body: heartbeat })).status).toBe(200)
  expect((await ask(url, '/health')).status).toBe(200)

  slow.destroy()
  await until(
    () => ask(url, '/ingest', { body }),
    ({ status }) => status === 200,
  )
})
