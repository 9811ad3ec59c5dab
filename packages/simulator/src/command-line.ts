/** What a person types. */
import { Command, InvalidArgumentError } from 'commander'

export type CommandLine = {
  readonly port: number
  readonly host: string
  readonly exitWithStdin: boolean
  /** Files in PEM. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
}

/** Reads the arguments after the program's name. Ends the process for `--help` (0) and for bad usage (2). */
export function readCommandLine(args: readonly string[]): CommandLine {
  const program = new Command('simulator')
    .description('A streaming endpoint with a known truth: answers like an LLM API, on an exact schedule')
    .option('--port <number>', 'where to listen; 0 takes a free port', port, 0)
    .option('--host <address>', 'address to listen on', loopback, '127.0.0.1')
    .option('--tls-cert <file>', 'certificate in PEM: serve https')
    .option('--tls-key <file>', 'its key in PEM')
    .option('--exit-with-stdin', 'end when standard input ends', false)
    .addHelpText(
      'after',
      `
Prints one line of JSON once it listens: {"msg":"listening","address":"http://127.0.0.1:PORT"}

Example:
  simulator --port 8090
  curl -X PUT http://127.0.0.1:8090/control/scenarios/demo -d '{"deltas":10,"gap_ms":100}'
  curl -N http://127.0.0.1:8090/v1/chat/completions -d '{"model":"demo"}'
  curl 'http://127.0.0.1:8090/control/runs?model=demo&limit=1'`,
    )
    .allowExcessArguments(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(args, { from: 'user' })
  const options = program.opts<Options>()
  const { tlsCert: certFile, tlsKey: keyFile } = options
  if ((certFile === undefined) !== (keyFile === undefined)) {
    program.error('error: --tls-cert and --tls-key are only accepted together')
  }
  const tls = certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile }
  return { port: options.port, host: options.host, exitWithStdin: options.exitWithStdin, tls }
}

type Options = { port: number; host: string; exitWithStdin: boolean; tlsCert?: string; tlsKey?: string }

function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError('Accepted: a whole number from 0 to 65535.')
  }
  return Number(text)
}

function loopback(text: string): string {
  if (!/^(127(\.\d{1,3}){3}|::1|localhost)$/.test(text)) {
    throw new InvalidArgumentError('Accepted: a loopback address (127.0.0.1, ::1, localhost).')
  }
  return text
}
