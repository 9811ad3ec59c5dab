/** Rows 1 and 3: a kill, a power cut or a refusal at every write of the outbox. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openOutbox } from '../../src/outbox/outbox.ts'
import { outboxOptions } from '../support/outboxes.ts'
import { findStrace } from '../support/strace-binary.ts'
import type { Strace } from '../support/strace-binary.ts'
import { runInjected, traceSteps } from '../support/strace.ts'
import type { Injection } from '../support/strace.ts'
import { layFiles, readSteps } from '../support/trace.ts'
import type { Step } from '../support/trace.ts'

// oxlint-disable-next-line node/no-process-env -- where strace may lie; the edge of the test process
const PATH = process.env['PATH'] ?? ''
/** In memory where that can be had: hundreds of outboxes are opened, and how durable theirs is does not matter. */
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const PRELOAD = new URL('../breaks/preload.ts?break=without-fsync', import.meta.url).href

function newFolder(): string {
  const folder = mkdtempSync(join(SCRATCH, 'writes-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The steps of one whole life of an outbox. */
function liveOnce(strace: Strace, preload: readonly string[] = []): Step[] {
  const folder = newFolder()
  return readSteps(traceSteps(strace, folder, preload), folder)
}

/** Results that were told and are nowhere, or are there twice, or were delivered for good and are there again. */
function faultsIn(folder: string, told: readonly string[]): string[] {
  const ids = (word: string): string[] =>
    told.filter((line) => line.startsWith(`${word} `)).map((line) => line.split(' ')[1] ?? '')
  const { free, dead, movedTo } = readAll(folder)
  const held = [...free, ...dead]
  const mayBeGone = new Set(ids('delivered'))
  return [
    ...ids('added').filter((id) => !held.includes(id) && !mayBeGone.has(id)),
    ...held.filter((id, at) => held.indexOf(id) !== at).map((id) => `twice: ${id}`),
    ...ids('settled')
      .filter((id) => held.includes(id))
      .map((id) => `again: ${id}`),
    ...(movedTo === null ? [] : [`moved aside: ${movedTo}`]),
  ]
}

/** Everything that an outbox holds when it is opened anew. */
function readAll(folder: string): { free: string[]; dead: string[]; movedTo: string | null } {
  const outbox = openOutbox(outboxOptions(folder), 1)
  try {
    for (let n = 0; outbox.formBatch(`rest-${n}`, 1) !== null; n++);
    const free = outbox.listBatches().flatMap(({ batchId }) => outbox.readBatch(batchId)?.resultIds ?? [])
    // The child has one item refused, and no other becomes a dead letter.
    const dead = outbox.status().deadLetters === 1 ? ['b-result'] : []
    return { free, dead, movedTo: outbox.report.movedTo }
  } finally {
    outbox.close()
  }
}

/** For each step: its number and what was wrong with the files that it would have left. */
function sweep(steps: readonly Step[], survives: (() => boolean) | null): string[] {
  return steps.flatMap((_step, at) => {
    const past = steps.slice(0, at)
    const folder = mkdtempSync(join(SCRATCH, 'step-'))
    try {
      layFiles(past, folder, survives)
      const told = past.flatMap((step) => (step.kind === 'told' ? [step.line] : []))
      return faultsIn(folder, told).map((fault) => `before step ${at}: ${fault}`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

test('kill -9 at every single write, sync and removal: nothing told is lost, nothing is there twice', () => {
  const steps = liveOnce(findStrace(PATH))
  const told = steps.flatMap((step) => (step.kind === 'told' ? [step.line] : []))
  expect(told).toEqual(
    expect.arrayContaining(['added c-result', 'settled a-result', 'added d-result', 'end']),
  )
  expect(steps.filter(({ kind }) => kind === 'write').length).toBeGreaterThan(60)
  expect(sweep(steps, null)).toEqual([])
})

test('a power cut at every single step, whatever unsynced writes it takes along, loses nothing that was told', () => {
  const steps = liveOnce(findStrace(PATH))
  expect(sweep(steps, () => false)).toEqual([])
  let turn = 0
  expect(sweep(steps, () => (turn = (turn * 7 + 3) % 11) < 5)).toEqual([])
})

test('the test of that test: an outbox without the fsync loses told results in a power cut', () => {
  const steps = liveOnce(findStrace(PATH), [PRELOAD])
  expect(sweep(steps, null)).toEqual([])
  expect(sweep(steps, () => false).join('\n')).toMatch(/a-result|b-result|c-result|d-result/)
})

/** Calls to hit: every nth of them, each with what the child is to find there. */
function plan(steps: readonly Step[]): Injection[] {
  const count = (kind: Step['kind']): number =>
    steps.filter((step) => step.kind === kind && 'file' in step && step.file.startsWith('outbox')).length
  const every = (call: string, of: number, stride: number, effect: string, onwards = false): Injection[] =>
    Array.from({ length: Math.ceil(of / stride) }, (_, n) => ({ call, nth: 1 + n * stride, effect, onwards }))
  return [
    ...every('pwrite64', count('write'), 25, 'signal=SIGKILL'),
    ...every('fsync', count('sync'), 5, 'signal=SIGKILL'),
    ...every('pwrite64', count('write'), 14, 'error=ENOSPC'),
    ...every('pwrite64', count('write'), 40, 'error=ENOSPC', true),
    ...every('pwrite64', count('write'), 20, 'error=EIO'),
    ...every('fsync', count('sync'), 4, 'error=EIO'),
    ...every('pwrite64', count('write'), 50, 'error=EROFS', true),
  ]
}

test('a write or a sync that is refused (disk full, broken, read-only) or met by SIGKILL truncates and loses nothing', async () => {
  const strace = findStrace(PATH)
  const waiting = plan(liveOnce(strace))
  const faults: string[] = []
  const work = async (): Promise<void> => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      const folder = newFolder()
      const told = await runInjected(strace, folder, one)
      const isKill = one.effect.startsWith('signal')
      if ((told.at(-1) === 'end') === isKill) faults.push(`${JSON.stringify(one)} ended after ${told.at(-1)}`)
      faults.push(...faultsIn(folder, told).map((fault) => `${JSON.stringify(one)}: ${fault}`))
    }
  }
  await Promise.all([work(), work(), work()])
  expect(faults).toEqual([])
})
