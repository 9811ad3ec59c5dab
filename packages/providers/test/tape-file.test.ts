import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { analyse } from '../src/analyse.ts'
import { readTape, writeTape } from '../src/tape-file.ts'
import { chatDelta } from './support/chunks.ts'
import { makeTape, saved } from './support/plans.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapes-'))
})
afterEach(async () => rm(folder, { recursive: true }))

test('a saved tape gives the same document again, byte for byte', async () => {
  const tape = makeTape([
    [100.000001, chatDelta({ content: 'größe 👍' })],
    [200, chatDelta({}, 'stop')],
  ])
  const original = saved({
    ...tape,
    reads: tape.reads.map(({ atNs, bytes }) => ({ atNs, bytes: Uint8Array.from(bytes) })),
  })
  const path = await writeTape(folder, original)
  expect(JSON.stringify(analyse(await readTape(path)))).toBe(JSON.stringify(analyse(original)))
  expect(await readdir(folder)).toEqual([`${original.plan.resultId}.tape.json`])
})

test('a failed run is saved and replayed as well', async () => {
  const failure = {
    stage: 'connect',
    cause: 'deadline',
    deadline: 'connect',
    name: 'ConnectTimeout',
    message: 'late',
  } as const
  const original = saved(makeTape([], { response: null, startNs: null, failure }))
  const path = await writeTape(folder, original)
  expect(analyse(await readTape(path))).toEqual(analyse(original))
})

test('a file that is no tape is refused with its path and the first fault', async () => {
  const path = join(folder, 'x.tape.json')
  await writeFile(path, '{"tape_version":9}')
  await expect(readTape(path)).rejects.toThrow(`${path} is no tape: tape_version`)
  await writeFile(path, 'not json')
  await expect(readTape(path)).rejects.toThrow('is no tape')
})
