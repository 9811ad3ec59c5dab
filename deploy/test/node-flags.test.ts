import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readDockerfile } from '../../docker/rehearse/dockerfile.ts'
import { flagsIn, nodeFlagsOf } from '../../scripts/node-flags.ts'
import { ROOT } from './support/processes.ts'
import { readUnit } from './support/unit.ts'

test('a runner measures with the same settings of its process wherever it is started, and so does its calibration', () => {
  const flags = nodeFlagsOf('runner')
  expect(flags).toContain('--max-semi-space-size=1')
  expect(nodeFlagsOf('calibrate')).toEqual(flags)
  expect(flagsIn(readUnit('runner').get('ExecStart')?.[0]?.split(' ') ?? [])).toEqual(flags)
  const image = readDockerfile(readFileSync(join(ROOT, 'docker/runner.Dockerfile'), 'utf8')).at(-1)
  expect(flagsIn(image?.command ?? [])).toEqual(flags)
})
