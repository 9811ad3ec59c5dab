/**
 * What grouping alone could reach: the plain route with the ingest's group commit, without a key, a check or an id of
 * its own. `node grouped-fastify.ts MONGODB_URI`
 */
import Fastify from 'fastify'
import { MongoClient, type Document } from 'mongodb'
// oxlint-disable-next-line no-restricted-imports -- the very grouping that is measured, without the rest of the ingest
import { createGroupCommit } from '../../apps/ingest/src/group-commit.ts'

const client = new MongoClient(process.argv[2] ?? '', { writeConcern: { w: 'majority', journal: true } })
await client.connect()
const rows = client.db().collection('grouped')
const groups = createGroupCommit({
  writeAll: async (documents: readonly Document[]) => {
    await rows.insertMany([...documents], { ordered: false })
    return documents
  },
  maxRows: 500,
  maxWaiting: 10_000,
  onFull: () => new Error('Too many documents wait'),
  isStoreFault: () => true,
})
const app = Fastify()

app.post('/ingest', async (request) => {
  const body = request.body as { run_ts: string; result_id: string }
  await groups.write({ ...body, run_ts: new Date(body.run_ts), received_at: new Date() })
  return { status: 'accepted', result_id: body.result_id }
})

const address = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ msg: 'listening', address })}\n`)
