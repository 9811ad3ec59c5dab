// Run by mongosh in the `mongo-setup` container; may be run again at any time. Passwords come from files: nothing
// secret stands on a command line.
const fs = require('fs')
const secret = (name) => fs.readFileSync(`/run/secrets/llmbench/${name}`, 'utf8').trim()

const admin = db.getSiblingDB('admin')
admin.auth('root', secret('root-password'))
try {
  rs.status()
} catch (error) {
  if (error.codeName !== 'NotYetInitialized') throw error
  rs.initiate({ _id: 'rs0', members: [{ _id: 0, host: 'mongo:27017' }] })
}
const deadline = Date.now() + 60_000
while (!db.hello().isWritablePrimary) {
  if (Date.now() > deadline) throw new Error('The replica set has no primary after 60 s')
  sleep(250)
}

// One database and nothing else: the ingest creates its own collections and indexes there.
const pwd = secret('ingest-password')
const roles = [{ role: 'readWrite', db: 'llm-bench' }]
if (admin.getUser('llmbench') === null) admin.createUser({ user: 'llmbench', pwd, roles })
else admin.updateUser('llmbench', { pwd, roles })
print('MongoDB is ready')
