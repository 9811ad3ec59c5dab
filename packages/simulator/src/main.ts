import { readFileSync } from 'node:fs'
import { readCommandLine } from './command-line.ts'
import { startSimulator } from './simulator.ts'

const { port, host, tls, exitWithStdin } = readCommandLine(process.argv.slice(2))

// Before anything else: a signal during the start ends the process too.
process.on('SIGTERM', () => process.exit(0))
if (exitWithStdin) {
  process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0))
  process.stdin.resume()
}

try {
  const files =
    tls === undefined ? undefined : { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }
  const { address } = await startSimulator({ host, port, tls: files })
  process.stdout.write(`${JSON.stringify({ msg: 'listening', address })}\n`)
} catch (error) {
  process.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(2)
}
