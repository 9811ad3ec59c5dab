import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createOutput } from '../src/index.ts'
import { openFifo } from './fifo.ts'
import type { Fifo } from './fifo.ts'

const PIPE_BYTES = 64 * 1024
const LINE = `${'x'.repeat(1023)}\n`

/** Texts that name themselves, so that what is missing is seen. */
const line = (n: number): string => `${n} ${'x'.repeat(1000)}\n`

function openOutput(fifo: Fifo, limitBytes: number) {
  const output = createOutput({ fd: fifo.fd, limitBytes, resumed: (dropped) => `(${dropped} dropped)\n` })
  // What still waits must not be written to the next file that gets the descriptor's number.
  onTestFinished(() => {
    fifo.close()
    output.flushSync(0)
  })
  let text = ''
  /** Reads that many bytes at a time until nothing more comes for a while. */
  const readAll = async (bytes = PIPE_BYTES): Promise<string> => {
    await vi.waitUntil(
      async () => {
        const isWritten = await output.flush(0)
        const before = text.length
        for (let more = fifo.read(bytes); more !== ''; more = fifo.read(bytes)) text += more
        return isWritten && text.length === before
      },
      { timeout: 10_000, interval: 1 },
    )
    return text
  }
  return { output, readAll }
}

test('what somebody reads is written at once, in order, without a turn of the event loop', () => {
  const fifo = openFifo()
  const { output } = openOutput(fifo, 1024)
  output.write('one\n')
  output.write('zwei – 二\n')
  expect(fifo.read(1024)).toBe('one\nzwei – 二\n')
  expect(output.dropped()).toBe(0)
})

test('a pipe that nobody reads holds nobody up: what does not fit is dropped whole, counted, and told in its place', async () => {
  const fifo = openFifo()
  const { output, readAll } = openOutput(fifo, 100 * 1024)
  const beganMs = performance.now()
  for (let n = 0; n < 1000; n++) output.write(line(n))
  expect(performance.now() - beganMs).toBeLessThan(2000)
  const dropped = output.dropped()
  const kept = 1000 - dropped
  expect(kept * line(0).length).toBeLessThan(PIPE_BYTES + 101 * 1024)
  expect(kept * line(0).length).toBeGreaterThan(PIPE_BYTES * 0.9 + 98 * 1024)
  const first = Array.from({ length: kept }, (_, n) => line(n)).join('')
  expect(await readAll()).toBe(`${first}(${dropped} dropped)\n`)
  output.write('after\n')
  expect(await readAll()).toBe(`${first}(${dropped} dropped)\nafter\n`)
  expect(output.dropped()).toBe(dropped)
})

test('while texts are dropped a shorter one that would fit is dropped too: one gap, told once', async () => {
  const fifo = openFifo()
  const { output, readAll } = openOutput(fifo, 4096)
  for (let n = 0; n < 70; n++) output.write(LINE)
  const before = output.dropped()
  output.write('short\n')
  expect(output.dropped()).toBe(before + 1)
  const text = await readAll()
  expect(text).not.toContain('short')
  expect(text.match(/dropped/g)).toHaveLength(1)
})

test('what cannot be told yet is told later, and does not keep texts from being written', () => {
  const fifo = openFifo()
  const told: number[] = []
  let isReady = false
  const output = createOutput({
    fd: fifo.fd,
    limitBytes: 4096,
    resumed: (dropped) => {
      if (!isReady) return null
      told.push(dropped)
      return ''
    },
  })
  onTestFinished(() => {
    fifo.close()
    output.flushSync(0)
  })
  for (let n = 0; n < 100; n++) output.write(LINE)
  const dropped = output.dropped()
  while (fifo.read(PIPE_BYTES) !== '') output.flushSync(0)
  expect(output.write('between\n')).toBe(true)
  expect(told).toEqual([])
  isReady = true
  output.write('after\n')
  expect(fifo.read(PIPE_BYTES)).toBe('between\nafter\n')
  expect(told).toEqual([dropped])
})

test('a slow reader gets everything that waits within the limit', async () => {
  const fifo = openFifo()
  const { output, readAll } = openOutput(fifo, 1024 * 1024)
  const texts = Array.from({ length: 300 }, (_, n) => line(n))
  for (const text of texts) output.write(text)
  expect(await readAll(777)).toBe(texts.join(''))
  expect(output.dropped()).toBe(0)
})

test('the event loop turns while the pipe is stalled, and the rest goes out by itself once it is read', async () => {
  const fifo = openFifo()
  const { output } = openOutput(fifo, 1024 * 1024)
  for (let n = 0; n < 100; n++) output.write(line(n))
  let turns = 0
  const turning = setInterval(() => (turns += 1), 1)
  let text = ''
  await vi.waitUntil(
    () => {
      if (turns > 20) text += fifo.read(PIPE_BYTES)
      return text.endsWith(line(99))
    },
    { timeout: 10_000, interval: 5 },
  )
  clearInterval(turning)
  expect(text).toBe(Array.from({ length: 100 }, (_, n) => line(n)).join(''))
})

test('a reader that went away costs the texts, never an exception, and nobody waits for it', async () => {
  const fifo = openFifo()
  const { output } = openOutput(fifo, 1024)
  output.write('read\n')
  fifo.close()
  for (let n = 0; n < 5; n++) output.write('lost\n')
  expect(output.dropped()).toBe(5)
  const beganMs = performance.now()
  expect(await output.flush(60_000)).toBe(false)
  expect(output.flushSync(60_000)).toBe(false)
  expect(performance.now() - beganMs).toBeLessThan(1000)
})

test.each([
  ['a full disk', '/dev/full', 'w', 'ENOSPC'],
  ['a descriptor that may not be written', '/dev/null', 'r', 'EBADF'],
])('%s costs the texts beyond the limit, and no long wait at the end', async (_what, path, flags, code) => {
  const fd = openSync(path, flags)
  const output = createOutput({ fd, limitBytes: 10, resumed: () => '' })
  onTestFinished(() => {
    closeSync(fd)
    output.flushSync(0)
  })
  for (let n = 0; n < 10; n++) output.write('text\n')
  expect(output.dropped()).toBeGreaterThanOrEqual(8)
  expect(output.failure()).toBe(code)
  const beganMs = performance.now()
  expect(await output.flush(60_000)).toBe(false)
  expect(performance.now() - beganMs).toBeLessThan(3000)
})

test('flush waits as long as something is taken, and gives up once nothing was for its patience', async () => {
  const fifo = openFifo()
  const { output } = openOutput(fifo, 1024 * 1024)
  for (let n = 0; n < 200; n++) output.write(line(n))
  let reads = 20
  const reading = setInterval(() => {
    if (reads-- > 0) fifo.read(4096)
  }, 20)
  const beganMs = performance.now()
  expect(await output.flush(200)).toBe(false)
  clearInterval(reading)
  // Twenty reads of 20 ms each, and then the patience.
  expect(performance.now() - beganMs).toBeGreaterThan(400)
})

test('flushSync writes what waits before a process ends, and gives up after its limit', async () => {
  const stalled = openFifo()
  const beganMs = performance.now()
  const { output: never } = openOutput(stalled, 1024 * 1024)
  for (let n = 0; n < 100; n++) never.write(line(n))
  expect(never.flushSync(100)).toBe(false)
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(100)

  const fifo = openFifo()
  const { output } = openOutput(fifo, 1024 * 1024)
  const copy = `${fifo.path}.copy`
  const cat = spawn('sh', ['-c', 'exec cat "$0" >"$1"', fifo.path, copy])
  const ended = once(cat, 'close')
  for (let n = 0; n < 300; n++) output.write(line(n))
  expect(output.flushSync(10_000)).toBe(true)
  await vi.waitUntil(() => readFileSync(copy, 'utf8').endsWith(line(299)), { timeout: 10_000 })
  cat.kill()
  await ended
  expect(readFileSync(copy, 'utf8')).toBe(Array.from({ length: 300 }, (_, n) => line(n)).join(''))
})

test('whatever is written and however it is read: whole texts, in order, and every one that is missing is counted', async () => {
  const fifo = openFifo()
  const step = fc.oneof(
    fc.record({ write: fc.integer({ min: 1, max: 30_000 }) }),
    fc.record({ read: fc.integer({ min: 1, max: 40_000 }) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { output, readAll } = openOutput(fifo, 50_000)
      let text = ''
      let count = 0
      for (const each of steps) {
        if ('read' in each) text += fifo.read(each.read)
        else output.write(`${count++}:${'y'.repeat(each.write)}\n`)
      }
      text += await readAll()
      const lines = text.split('\n').slice(0, -1)
      let next = 0
      for (const one of lines) {
        const gap = /^\((\d+) dropped\)$/.exec(one)
        if (gap === null) expect(one.split(':')[0]?.slice(0, 30)).toBe(String(next++))
        else next += Number(gap[1])
      }
      expect(next).toBe(count)
    }),
    { numRuns: 60 },
  )
})

test('what another writer of the same pipe writes in between does no harm', async () => {
  const fifo = openFifo()
  const { output, readAll } = openOutput(fifo, 1024 * 1024)
  for (let n = 0; n < 100; n++) output.write(line(n))
  fifo.read(8192)
  writeSync(fifo.fd, 'foreign\n')
  const text = await readAll()
  expect(text).toContain('foreign\n')
  expect(text).toContain(line(99))
})
