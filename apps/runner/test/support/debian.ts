import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const DOWNLOAD_MS = 60_000

/**
 * The folder in which Debian packages of those names lie unpacked, fetched once into the cache under that name. Nothing
 * is installed and no root is needed; the system's own lists of packages are neither needed nor changed.
 */
export function unpackDebian(name: string, packages: readonly string[]): string {
  const folder = join(homedir(), '.cache', 'llmbench', name)
  if (!existsSync(folder)) unpack(folder, packages)
  return folder
}

/** Unpacked beside its final place and moved there, so that a broken download is never taken for the whole. */
function unpack(folder: string, packages: readonly string[]): void {
  const scratch = `${folder}.${process.pid}`
  const lists = join(scratch, 'lists')
  for (const each of [join(lists, 'partial'), join(scratch, 'archives', 'partial'), join(scratch, 'tree')]) {
    mkdirSync(each, { recursive: true })
  }
  try {
    const places = [`Dir::State::lists=${lists}`, `Dir::Cache=${scratch}`, 'APT::Sandbox::User=']
    const own = ['-qq', ...places.flatMap((place) => ['-o', place])]
    run('apt-get', [...own, 'update'], scratch)
    run('apt-get', [...own, 'download', ...packages], scratch)
    for (const file of readdirSync(scratch).filter((each) => each.endsWith('.deb'))) {
      run('dpkg', ['-x', file, join(scratch, 'tree')], scratch)
    }
    // Another run may have been faster; its copy is as good.
    if (!existsSync(folder)) renameSync(join(scratch, 'tree'), folder)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function run(command: string, args: readonly string[], folder: string): void {
  const { status, error, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: DOWNLOAD_MS,
  })
  if (status !== 0) throw error ?? new Error(`${command} ended with ${status}: ${stderr}`)
}
