import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createDirectory } from '../src/directories.ts'

test('a directory is created with its parents, for its owner alone, and may be there already', () => {
  const folder = mkdtempSync(join(tmpdir(), 'directories-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'a', 'b')
  createDirectory(path)
  createDirectory(path)
  expect(statSync(path).mode & 0o777).toBe(0o700)
})

test('where a parent takes no entries the answer is an error and not a wait', () => {
  expect(() => createDirectory('/proc/none/state')).toThrow('ENOENT')
})
