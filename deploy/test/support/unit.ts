import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, type Variables } from './processes.ts'

/** What a unit's `[Service]` says, by name, in order. */
export type Unit = ReadonlyMap<string, readonly string[]>

/** Reads `deploy/host/llmbench-APP.service`. */
export function readUnit(app: 'ingest' | 'runner'): Unit {
  const text = readFileSync(join(ROOT, `deploy/host/llmbench-${app}.service`), 'utf8')
  const [, service = ''] = /^\[Service\]\n(.*)^\[Install\]/ms.exec(text) ?? []
  const unit = new Map<string, string[]>()
  for (const [, name = '', value = ''] of service.matchAll(/^([A-Z]\w+)=(.*)$/gm)) {
    unit.set(name, [...(unit.get(name) ?? []), value])
  }
  return unit
}

/**
 * What systemd makes of the unit below `root`: its environment, with the credentials copied to where it points, and
 * folders for state and cache.
 */
export function prepareUnit(unit: Unit, root: string): Variables {
  const folders = {
    '%S': join(root, 'var/lib'),
    '%C': join(root, 'var/cache'),
    '%d': join(root, 'run/credentials'),
  }
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const credential of unit.get('LoadCredential') ?? []) {
    const [name = '', source = ''] = credential.split(':')
    copyFileSync(join(root, source), join(folders['%d'], name))
  }
  const words = (unit.get('Environment') ?? []).flatMap((line) => line.split(' '))
  return Object.fromEntries(
    words.map((word) => {
      const [name = '', value = ''] = word.split(/=(.*)/s)
      return [name, value.replace(/%[SCd]/, (place) => folders[place as keyof typeof folders])]
    }),
  )
}
