/** A root file system of an image as an overlay over this machine's: what a step writes stays in it. */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where an image of Node has it. */
const NODE = 'usr/local/bin/node'
const NPM = 'usr/local/bin/npm'
/** Folders of this machine that no image has. */
const HIDDEN = ['tmp', 'home', 'work', 'mnt', 'srv']
const USER_ID = 1000

export type Base = {
  readonly nodePath: string
  /** npm's own program. */
  readonly npmPath: string
}

/** Mounts a fresh root below `scratch` and returns its path. Needs a mount namespace of its own and root's rights. */
export function mountRoot(scratch: string, name: string, { nodePath, npmPath }: Base): string {
  const at = (folder: string): string => join(scratch, name, folder)
  for (const folder of ['upper', 'work', 'root']) mkdirSync(at(folder), { recursive: true })
  const layers = `lowerdir=/,upperdir=${at('upper')},workdir=${at('work')}`
  const root = at('root')
  mount('-t', 'overlay', 'overlay', '-o', layers, root)
  mount('--rbind', '/dev', join(root, 'dev'))
  mount('-t', 'proc', 'proc', join(root, 'proc'))
  for (const folder of HIDDEN) {
    mkdirSync(join(root, folder), { recursive: true })
    mount('-t', 'tmpfs', '-o', 'mode=1777', 'tmpfs', join(root, folder))
  }
  rmSync(join(root, 'app'), { recursive: true, force: true })
  rmSync(join(root, 'data'), { recursive: true, force: true })
  rmSync(join(root, NODE), { force: true })
  rmSync(join(root, NPM), { force: true })
  copyFileSync(nodePath, join(root, NODE))
  chmodSync(join(root, NODE), 0o755)
  symlinkSync(npmPath, join(root, NPM))
  addUser(root)
  return root
}

/** The user that images of Node bring, whoever has its number on this machine. */
function addUser(root: string): void {
  for (const [file, line] of [
    ['etc/passwd', `node:x:${USER_ID}:${USER_ID}::/home/node:/bin/sh`],
    ['etc/group', `node:x:${USER_ID}:`],
  ] as const) {
    const path = join(root, file)
    const others = readFileSync(path, 'utf8')
      .split('\n')
      .filter((each) => each !== '' && !each.startsWith('node:') && !each.includes(`:x:${USER_ID}:`))
    writeFileSync(path, `${[...others, line].join('\n')}\n`)
  }
}

/** Makes everything but `/tmp` and the volumes read-only, as `read_only` of a compose file does. */
export function sealRoot(root: string, volumes: readonly string[]): void {
  for (const volume of volumes) {
    mount('-t', 'tmpfs', '-o', `mode=0700,uid=${USER_ID},gid=${USER_ID}`, 'tmpfs', join(root, volume))
  }
  mount('-o', 'remount,ro', root)
}

function mount(...args: string[]): void {
  execFileSync('mount', args, { stdio: 'pipe' })
}
