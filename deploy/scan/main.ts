/**
 * Known holes in what is run, by the scanner of the OSV database, which Go's checksum database pins to its version:
 *   node deploy/scan/main.ts image IMAGE.tar…     an image as `docker save` writes it: what the distribution brings
 *   node deploy/scan/main.ts sbom BOM.cdx.json…   a bill of materials: what the lock file brings
 * Everything found is printed. Exit codes: 0 nothing that must be mended, 1 something, 2 bad usage, 3 nothing could be
 * looked up.
 */
import { spawnSync, type SpawnSyncOptionsWithStringEncoding } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const SCANNER = 'github.com/google/osv-scanner/v2/cmd/osv-scanner@v2.6.0'
const WAYS = new Map([
  ['image', ['scan', 'image', '--archive']],
  ['sbom', ['scan', 'source', '--lockfile']],
])
/** CVSS, of 10: "high" begins here. */
const HIGH = 7
const FOUND_SOMETHING = 1
const MAX_REPORT_BYTES = 256 * 1024 * 1024

type Range = { readonly events?: readonly { readonly fixed?: string }[] }
type Package = {
  readonly package: { readonly name: string; readonly version: string }
  readonly groups: readonly { readonly ids: readonly string[]; readonly max_severity: string }[]
  readonly vulnerabilities: readonly {
    readonly id: string
    readonly affected?: readonly { readonly ranges?: readonly Range[] }[]
  }[]
}
type Report = { readonly results: readonly { readonly packages: readonly Package[] }[] }

process.exit(main(process.argv.slice(2)))

function main([what = '', ...files]: readonly string[]): number {
  const way = WAYS.get(what)
  if (way === undefined || files.length === 0) {
    process.stderr.write('scan: it should be: image IMAGE.tar… or sbom BOM.cdx.json…\n')
    return 2
  }
  const scanner = process.env['OSV_SCANNER'] ?? install()
  return Math.max(...files.map((file) => scan(scanner, [...way, file], file)))
}

/** Built once a machine, with the Go that it wants. Throws where that cannot be. */
function install(): string {
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'llmbench', SCANNER)
  mkdirSync(folder, { recursive: true })
  const env = { ...process.env, GOBIN: folder, GOTOOLCHAIN: 'auto' }
  const { status } = spawnSync('go', ['install', SCANNER], { env, stdio: 'inherit' })
  if (status !== 0) throw new Error(`go install ${SCANNER} ended with ${status}`)
  return join(folder, 'osv-scanner')
}

function scan(scanner: string, args: readonly string[], file: string): number {
  const options: SpawnSyncOptionsWithStringEncoding = {
    encoding: 'utf8',
    maxBuffer: MAX_REPORT_BYTES,
    stdio: ['ignore', 'pipe', 'inherit'],
  }
  const { status, stdout } = spawnSync(scanner, [...args, '--format', 'json'], options)
  if (status !== 0 && status !== FOUND_SOMETHING) {
    process.stderr.write(`scan: ${file} could not be looked up: the scanner ended with ${status}\n`)
    return 3
  }
  const { results } = JSON.parse(stdout) as Report
  const holes = results.flatMap(({ packages }) => packages.flatMap(holesOf))
  for (const { line } of holes) process.stdout.write(`${line}\n`)
  const pressing = holes.filter(({ mustBeMended }) => mustBeMended).length
  process.stdout.write(`${file}: ${holes.length} known holes, ${pressing} that must be mended\n`)
  return pressing === 0 ? 0 : 1
}

/** What is high, or of unknown weight, and mended by a newer version must be; so must a package made to do harm. */
function holesOf({ package: { name, version }, groups, vulnerabilities }: Package) {
  return groups.map(({ ids, max_severity }) => {
    const known = vulnerabilities.filter(({ id }) => ids.includes(id))
    const events = known.flatMap(({ affected = [] }) =>
      affected.flatMap(({ ranges = [] }) => ranges.flatMap((range) => range.events ?? [])),
    )
    const isMended = events.some(({ fixed }) => fixed !== undefined)
    const isHigh = max_severity === '' || Number(max_severity) >= HIGH
    const mustBeMended = (isHigh && isMended) || ids.some((id) => id.startsWith('MAL-'))
    const weight = max_severity === '' ? 'unknown' : max_severity
    const state = isMended ? 'a newer version mends it' : 'nothing mends it yet'
    return {
      mustBeMended,
      line: `${mustBeMended ? 'MEND' : 'note'} ${name} ${version}: ${ids.join(' ')}, ${weight}, ${state}`,
    }
  })
}
