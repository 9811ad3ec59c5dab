import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { createHosts, hostOf } from '../src/hosts.ts'

const NEVER = new AbortController().signal

test.each([
  ['http://127.0.0.1:8000/v1', 'this machine'],
  ['http://localhost:11434/v1', 'this machine'],
  ['http://[::1]:8080/v1', 'this machine'],
  ['http://192.168.1.7:8000/v1', '192.168.1.7'],
  ['http://192.168.1.7:9000/v1', '192.168.1.7'],
  ['https://API.groq.com/openai/v1', 'api.groq.com'],
  ['https://1.2.3.4/v1', '1.2.3.4'],
  ['no URL', 'no URL'],
])('%s is served by %s', async (url, host) => {
  expect(await hostOf(url)).toBe(host)
})

test('two vendors at one machine take turns in the order in which they came; others do not wait', async () => {
  const hosts = createHosts()
  const log: string[] = []
  const first = await hosts.enter('http://127.0.0.1:1/v1', NEVER)
  const second = hosts.enter('http://127.0.0.1:2/v1', NEVER).then((release) => {
    log.push('second')
    return release
  })
  const third = hosts.enter('http://[::1]:3/v1', NEVER).then((release) => {
    log.push('third')
    return release
  })
  const elsewhere = await hosts.enter('http://10.0.0.8:1/v1', NEVER)
  elsewhere()
  expect(log).toEqual([])
  first()
  const release = await second
  expect(log).toEqual(['second'])
  release()
  ;(await third)()
  expect(log).toEqual(['second', 'third'])
})

test('who is stopped while it waits holds nobody up', async () => {
  const hosts = createHosts()
  const first = await hosts.enter('http://127.0.0.1:1/v1', NEVER)
  const stop = new AbortController()
  const waiting = hosts.enter('http://127.0.0.1:2/v1', stop.signal)
  stop.abort(new Error('stopped'))
  await expect(waiting).rejects.toThrow('stopped')
  const log: string[] = []
  const next = hosts.enter('http://127.0.0.1:3/v1', NEVER).then((release) => {
    log.push('next')
    return release
  })
  ;(await hosts.enter('http://10.0.0.8:1/v1', NEVER))()
  expect(log, 'the first has not ended yet').toEqual([])
  first()
  ;(await next)()
})

test('turns leave no listener on a signal that outlives them', async () => {
  const hosts = createHosts()
  const { signal } = new AbortController()
  for (let turn = 0; turn < 5; turn += 1) (await hosts.enter('http://127.0.0.1:1/v1', signal))()
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
