/** The test of the test: a soak in which a program is broken has to fail, and say which results. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { BREAKS, EVERYTHING } from '../breaks.ts'
import { soak } from '../soak.ts'

/** In memory where that can be had: a kill takes nothing of it. */
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

test.each([
  ['a runner that says "committed" before it is', 'held-in-memory', 'lost'],
  ['a runner that deletes before the answer', 'deleted-before-answer', 'lost'],
  ['a runner that takes a duplicate for a refusal', 'duplicate-is-refused', 'twice'],
  ['an ingest that answers before it has stored', 'answered-before-stored', 'lost'],
])(
  '%s fails the soak',
  async (_what, way, rule) => {
    const folder = await mkdtemp(join(SCRATCH, 'soak-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const { findings } = await soak({
      folder,
      seed: 7,
      // Nothing but Node is needed.
      store: 'sqlite',
      plan: BREAKS[way] ?? EVERYTHING,
      mongodbUri: null,
      environment: {},
      progress: () => undefined,
      chaosMs: 0,
      extraMs: 30_000,
    })
    const rules = findings.map((finding) => finding.rule.split(':')[0])
    expect(rules).toContain(rule)
    expect(findings.every(({ ids }) => ids.length > 0)).toBe(true)
  },
  120_000,
)
