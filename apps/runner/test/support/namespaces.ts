import { spawnSync } from 'node:child_process'

/**
 * The words that start a command in namespaces of its own: a user's, or root's. `flags` are those of `unshare`, `probe`
 * is a shell command that works there. Throws the sentence where neither does.
 */
export function wayInto(flags: string, probe: string, sentence: string): readonly string[] {
  const ways = [
    ['unshare', `-Ur${flags}`],
    ['unshare', `-${flags}`],
    ['sudo', '-n', 'unshare', `-${flags}`],
  ]
  const way = ways.find(([command = '', ...args]) => {
    return spawnSync(command, [...args, 'sh', '-c', probe]).status === 0
  })
  if (way === undefined) throw new Error(sentence)
  return way
}
