"""A Python client of the fidelity benchmark: python_client.py ADDRESS MODEL STREAMS (needs `openai`)."""
import asyncio
import json
import resource
import sys
import time

from openai import AsyncOpenAI

address, model, streams = sys.argv[1], sys.argv[2], int(sys.argv[3])
# As client.ts and reader.ts have them.
RAMP_S = 0.45
WARM_UP_ROUNDS = 1


async def stream(client, index):
    await asyncio.sleep(index * RAMP_S / streams)
    stamps = []
    raw = await client.chat.completions.with_raw_response.create(
        model=f"{model}-{index}",
        messages=[{"role": "user", "content": "Tell a story."}],
        temperature=0.1,
        max_tokens=64,
        stream=True,
    )
    async for chunk in raw.parse():
        if chunk.choices and chunk.choices[0].delta.content:
            # CLOCK_MONOTONIC, as the simulator's stamps are.
            stamps.append(str(time.monotonic_ns()))
    return {"requestId": raw.headers.get("x-request-id", ""), "stampsNs": stamps, "tainted": False}


def read_all(client):
    return asyncio.gather(*(stream(client, index) for index in range(streams)))


async def main():
    # Without a limit: a loop that is too busy is late with its connections too, and lateness is what is measured.
    client = AsyncOpenAI(api_key="benchmark-key", base_url=f"{address}/openai/v1", max_retries=0, timeout=None)
    for _ in range(WARM_UP_ROUNDS):
        await read_all(client)
    before = time.process_time()
    reports = await read_all(client)
    cpu_ms = (time.process_time() - before) * 1000
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"streams": reports, "maxRssMiB": peak_mib, "cpuMs": cpu_ms}))


asyncio.run(main())
