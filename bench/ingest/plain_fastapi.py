"""The same in Python: plain_fastapi.py MONGODB_URI (needs fastapi, uvicorn, pymongo)."""
import json
import socket
import sys
from datetime import datetime, timezone

import uvicorn
from fastapi import FastAPI
from pymongo import MongoClient

client = MongoClient(sys.argv[1], w="majority", journal=True, maxPoolSize=64)
rows = client.get_default_database()["plain_python"]
app = FastAPI()


@app.post("/ingest")
def ingest(body: dict):
    run_ts = datetime.fromisoformat(body["run_ts"])
    rows.insert_one({**body, "run_ts": run_ts, "received_at": datetime.now(timezone.utc)})
    return {"status": "accepted", "result_id": body["result_id"]}


listener = socket.create_server(("127.0.0.1", 0))
address = f"http://127.0.0.1:{listener.getsockname()[1]}"
print(json.dumps({"msg": "listening", "address": address}), flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
