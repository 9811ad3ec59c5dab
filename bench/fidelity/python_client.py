"""A Python client of the fidelity benchmark: python_client.py ADDRESS MODEL STREAMS GAP_MS (needs `openai`)."""
import asyncio
import json
import resource
import sys
import time

from openai import AsyncOpenAI

address, model, streams, gap_ms = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])


async def stream(client, delay_s):
    await asyncio.sleep(delay_s)
    stamps = []
    raw = await client.chat.completions.with_raw_response.create(
        model=model, messages=[{"role": "user", "content": "Tell a story."}], stream=True
    )
    async for chunk in raw.parse():
        if chunk.choices and chunk.choices[0].delta.content:
            # CLOCK_MONOTONIC, as the simulator's stamps are.
            stamps.append(str(time.monotonic_ns()))
    return {"requestId": raw.headers.get("x-request-id", ""), "stampsNs": stamps, "tainted": False}


async def main():
    client = AsyncOpenAI(api_key="benchmark-key", base_url=f"{address}/openai/v1", max_retries=0)
    await stream(client, 0)
    before = time.process_time()
    reports = await asyncio.gather(*(stream(client, i * gap_ms / 1000 / streams) for i in range(streams)))
    cpu_ms = (time.process_time() - before) * 1000
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"streams": reports, "maxRssMiB": peak_mib, "cpuMs": cpu_ms}))


asyncio.run(main())
