import { Agent, createServer } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { ask, raw, requestHead } from '../support/ask.ts'
import { result } from '../support/documents.ts'
import { KEY, post, startService, startWithModel, until, type Service } from '../support/process.ts'
import { storeEnvironment } from '../support/stores.ts'

const start = (extra: Record<string, string> = {}): Promise<Service> =>
  startWithModel({ ...storeEnvironment('sqlite'), ...extra })
const residentMiB = ({ child }: Service): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024

test('row 28: a request that two servers could read in two ways is refused and its connection closed', async () => {
  const service = await start()
  const smuggled = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'
  const refused = [
    [requestHead('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n') + `0\r\n\r\n${smuggled}`, 400],
    [requestHead('Content-Length: 2\r\nContent-Length: 40\r\n') + `{}${smuggled}`, 400],
    [requestHead('Transfer-Encoding: chunked, identity\r\n') + `0\r\n\r\n${smuggled}`, 400],
    [`${requestHead('Transfer-Encoding: chunked\r\n')}5;${'x'.repeat(20_000)}\r\n`, 413],
    [`GET /livez HTTP/1.1\r\nHost: x\r\nX-Huge: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['GET /livez HTTP/1.1\nHost: x\n\n', 400],
  ] as const
  for (const [bytes, status] of refused) {
    const { text } = await raw(service.url, bytes)
    expect(text.match(/HTTP\/1\.1 \d{3}/g), bytes.slice(0, 200)).toEqual([`HTTP/1.1 ${status}`])
  }
  const trace = await ask(service.url, '/livez', { method: 'TRACE' })
  expect([400, 405]).toContain(trace.status)
  expect((await ask(service.url, '/livez')).status).toBe(200)
})

test('row 29: ten thousand wrong keys do not slow a good one, and their address is told to slow down', async () => {
  const service = await start({ RATE_LIMIT_PER_MINUTE: '1000000', LOG_LEVEL: 'error' })
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const codes: number[] = []
  const sent = { tries: 0 }
  const guess = async (): Promise<void> => {
    while (sent.tries < 10_000) {
      sent.tries += 1
      const headers = { authorization: `Bearer wrong-wrong-wrong-${sent.tries}` }
      codes.push((await ask(service.url, '/ingest', { method: 'POST', headers, agent })).status)
    }
  }
  const guessing = Promise.all(Array.from({ length: 16 }, guess))
  const took: number[] = []
  while (sent.tries < 10_000) {
    const good = await ask(service.url, '/ingest', { body: JSON.stringify(result()) })
    expect(good.status).toBe(200)
    took.push(good.ms)
  }
  await guessing
  expect(codes).toHaveLength(10_000)
  expect(new Set(codes)).toEqual(new Set([401, 429]))
  expect(codes.filter((code) => code === 401).length).toBeLessThanOrEqual(100)
  expect(took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)]).toBeLessThan(250)

  const long = await ask(service.url, '/ingest', {
    body: '{}',
    headers: { authorization: `Bearer ${'k'.repeat(10_000)}` },
  })
  expect([401, 429, 431]).toContain(long.status)
  const twice = await raw(
    service.url,
    requestHead(`Authorization: Bearer ${KEY}\r\nContent-Length: 2\r\nConnection: close\r\n`) + '{}',
  )
  expect(twice.text).toMatch(/^HTTP\/1.1 400 /)
})

test('row 17: bombs and broken gzip are refused and cost no memory', async () => {
  const service = await start()
  const before = residentMiB(service)
  const gzip = { 'content-encoding': 'gzip' }
  const bomb = gzipSync(Buffer.alloc(256 << 20, 0x20))
  for (let times = 0; times < 5; times += 1) {
    expect((await ask(service.url, '/ingest/batch', { body: bomb, headers: gzip })).status).toBe(413)
  }
  const whole = gzipSync(JSON.stringify(result()))
  expect((await ask(service.url, '/ingest', { body: whole.subarray(0, 100), headers: gzip })).status).toBe(
    400,
  )
  expect((await ask(service.url, '/ingest', { body: 'not gzip', headers: gzip })).status).toBe(400)
  const brotli = { 'content-encoding': 'br' }
  expect((await ask(service.url, '/ingest', { body: whole, headers: brotli })).status).toBe(415)
  expect((await ask(service.url, '/ingest', { body: whole, headers: gzip })).status).toBe(200)
  expect(residentMiB(service) - before).toBeLessThan(96)
})

test('row 18: hostile nesting, a hundred thousand keys and one huge string are refused fast', async () => {
  const service = await start()
  const bodies = [
    '['.repeat(400_000),
    `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    `{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":1`).join(',')}}`,
    JSON.stringify(result({ region: 'x'.repeat(900_000) })),
  ]
  for (const body of bodies) {
    const answer = await ask(service.url, '/ingest', { body })
    expect([400, 413, 422], body.slice(0, 20)).toContain(answer.status)
    expect(answer.ms).toBeLessThan(2000)
  }
  expect((await post(service, '/ingest', result())).status).toBe(200)
})

test('row 26: a storm of SIGHUP loses nothing and stops nothing, and SIGUSR1 opens no debugger', async () => {
  const service = await start()
  service.child.kill('SIGUSR1')
  const storm = setInterval(() => service.child.kill('SIGHUP'), 2)
  onTestFinished(() => clearInterval(storm))
  for (let times = 0; times < 30; times += 1) {
    expect((await post(service, '/ingest', result())).status).toBe(200)
  }
  clearInterval(storm)
  expect(service.child.exitCode).toBeNull()
  expect(service.stderr()).toContain('SIGUSR1 is ignored')
  expect(service.stderr()).not.toContain('Debugger')
})

test('row 26: a log that nobody reads any more stops nothing', async () => {
  const service = await start({ LOG_LEVEL: 'debug' })
  service.child.stdout?.destroy()
  service.child.stderr?.destroy()
  for (let times = 0; times < 20; times += 1) {
    expect((await post(service, '/ingest', result())).status).toBe(200)
  }
  expect(service.child.exitCode).toBeNull()
})

test('row 26: SIGTERM while results are written ends it with 0, and what was told is stored', async () => {
  const environment = storeEnvironment('sqlite')
  const first = await startWithModel(environment)
  const bodies = Array.from({ length: 200 }, () => result())
  const answers = bodies.map((body) => ask(first.url, '/ingest', { body: JSON.stringify(body) }))
  await Promise.race(answers)
  first.child.kill('SIGTERM')
  const codes = (await Promise.all(answers)).map(({ status }) => status)
  expect(await first.exited).toMatchObject({ code: 0 })
  expect(codes.filter((code) => code !== 200 && code !== 0 && code !== 503)).toEqual([])
  const second = await startService(environment)
  for (const [index, body] of bodies.entries()) {
    if (codes[index] !== 200) continue
    expect(await (await post(second, '/ingest', body)).json()).toMatchObject({ verdict: 'duplicate' })
  }
})

test('row 26: whatever is answered while the service drains ends its connection', async () => {
  const service = await start()
  const body = JSON.stringify(result())
  const { port } = new URL(service.url)
  /** The beginning of a request that is under way when the service is told to stop, and its end. */
  const requests = [
    [requestHead(`Content-Length: ${body.length}\r\n`) + body.slice(0, 9), body.slice(9), 200],
    ['GET /livez HTTP/1.1\r\nHost: ', 'x\r\n\r\n', 200],
    ['GET /readyz HTTP/1.1\r\nHost: ', 'x\r\n\r\n', 503],
    ['GET /nowhere HTTP/1.1\r\nHost: ', 'x\r\n\r\n', 404],
    ['PUT /ingest HTTP/1.1\r\nHost: ', 'x\r\n\r\n', 405],
    ['GET /%zz HTTP/1.1\r\nHost: ', 'x\r\n\r\n', 400],
    ['POST /ingest HTTP/1.1\r\nHost: ', 'x\r\nContent-Length: 0\r\n\r\n', 401],
    ['GET /livez HTTP/1.1\r\nHost: x\r\nExpect: ', 'foo\r\n\r\n', 417],
    ['GET /livez HTTP/1.1\r\nHost: x\r\nhost: ', 'x\r\n\r\n', 400],
  ] as const
  const answers = requests.map(([first, last]) => {
    const answer = Promise.withResolvers<string>()
    const socket = net.connect(Number(port), '127.0.0.1', () => socket.write(first))
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString('latin1'))).on('error', () => undefined)
    socket.on('close', () => answer.resolve(text))
    return { finish: () => socket.write(last), answer: answer.promise }
  })
  await until(
    async () => (await ask(service.url, '/livez')).status,
    (status) => status === 200,
  )
  service.child.kill('SIGTERM')
  await until(
    async () => service.stderr(),
    (log) => log.includes('Closing'),
  )
  for (const { finish } of answers) finish()
  const texts = await Promise.all(answers.map(({ answer }) => answer))
  for (const [index, text] of texts.entries()) {
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${requests[index]![2]} `))
    expect(text).toMatch(/^connection: close\r$/im)
  }
  expect(await service.exited).toMatchObject({ code: 0 })
})

test('row 26: a second SIGTERM ends it at once', async () => {
  const service = await start()
  const unfinished = raw(service.url, `${requestHead('Content-Length: 1000\r\n')}{"a":`)
  await until(
    () => ask(service.url, '/livez'),
    ({ status }) => status === 200,
  )
  service.child.kill('SIGTERM')
  await until(
    async () => service.stderr(),
    (log) => log.includes('Closing'),
  )
  const began = performance.now()
  service.child.kill('SIGTERM')
  await service.exited
  expect(performance.now() - began).toBeLessThan(2000)
  await unfinished
})

test('metrics can be bound to another address, and traces reach a collector', async () => {
  const spans = Promise.withResolvers<string>()
  const collector = createServer((request, response) => {
    let text = ''
    request
      .on('data', (chunk: Buffer) => (text += chunk.toString()))
      .on('end', () => {
        if (text.includes('store writeResults')) spans.resolve(text)
        response.setHeader('content-type', 'application/json').end('{}')
      })
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void collector.close())
  const { port } = collector.address() as AddressInfo
  const service = await start({
    METRICS_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_BSP_SCHEDULE_DELAY: '100',
  })
  const line = service
    .stderr()
    .split('\n')
    .find((each) => each.includes('listening for metrics'))
  const { address } = JSON.parse(line ?? '') as { address: string }
  expect((await ask(service.url, '/metrics')).status).toBe(404)
  expect((await post(service, `/ingest?api_key=${KEY}`, result())).status).toBe(200)
  expect((await ask(address, '/metrics')).text).toContain('nodejs_eventloop_lag_seconds')
  const text = await spans.promise
  expect(text).toContain('"stringValue":"/ingest"')
  expect(text).toContain('llmbench-ingest')
  expect(text).not.toContain(KEY)
})
