/** What the driver alone can do: `node raw-driver.ts MONGODB_URI SECONDS SIZE IN_FLIGHT`; prints rows a second. */
import { MongoClient } from 'mongodb'
import { createDocuments } from './documents.ts'

const [uri = '', seconds, size, inFlight] = process.argv.slice(2)
const client = new MongoClient(uri, { writeConcern: { w: 'majority', journal: true } })
await client.connect()
const rows = client.db().collection('raw')
const documents = createDocuments()
let written = 0
const began = performance.now()

const insert = async (): Promise<void> => {
  while (performance.now() - began < Number(seconds) * 1000) {
    const batch = Array.from({ length: Number(size) }, documents.next)
    written += (await rows.insertMany(batch, { ordered: false })).insertedCount
  }
}
await Promise.all(Array.from({ length: Number(inFlight) }, insert))
process.stdout.write(`${JSON.stringify({ rowsPerSecond: written / ((performance.now() - began) / 1000) })}\n`)
await client.close()
