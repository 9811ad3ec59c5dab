import { defineConfig } from 'vitest/config'
import { COMPILE_CACHE } from './scripts/compile-cache.ts'

export default defineConfig({
  test: {
    include: ['{apps,packages,scripts}/*/test/**/*.test.ts', '{deploy,docker}/test/**/*.test.ts'],
    // One mongod for the whole run; a run that cannot have one fails with a sentence.
    globalSetup: ['apps/ingest/test/support/global-setup.ts'],
    // Most tests wait for processes and sockets: three files at a time even where the machine has two cores.
    maxWorkers: 3,
    // A process for each file would take a sixth of the whole time. What may not be shared starts processes of its own.
    isolate: false,
    env: COMPILE_CACHE,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    reporters: ['default', './scripts/closing-line-reporter.ts'],
  },
})
