/** A process one of whose threads hangs in a system call: on the fifo that is its argument, which nobody writes. */
import { Worker } from 'node:worker_threads'
import { listenToSignals } from '../../src/signals.ts'

const [fifo = ''] = process.argv.slice(2)
const signals = listenToSignals(process)
const code = `require('node:worker_threads').parentPort.postMessage('up'); require('node:fs').readFileSync(${JSON.stringify(fifo)})`
const thread = new Worker(code, { eval: true })
thread.once('message', () => {
  signals.endWithin(200)
  process.stdout.write('giving up\n')
})
