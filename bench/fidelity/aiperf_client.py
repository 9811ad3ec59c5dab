"""aiperf as a client of the fidelity benchmark: aiperf_client.py ADDRESS MODEL STREAMS (needs `aiperf`).

aiperf (0.13.0 was tried) runs as its users run it, with as many processes as it finds right. Its raw export has a stamp
for each event of each answer, taken with perf_counter_ns, which on Linux is CLOCK_MONOTONIC, as the simulator's are.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# As client.ts has it.
RAMP_S = 0.45
SAMPLE_S = 0.5
# The tokenizer that aiperf has built in is downloaded at its first use. This one has no words: it counts, after the
# stream has ended, and no stamp depends on it.
TOKENIZER = {
    "tokenizer.json": {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"},
    },
    "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]"},
}


def main():
    address, model, streams = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with tempfile.TemporaryDirectory(prefix="llmbench-aiperf-") as name:
        folder = Path(name)
        samples = run(prepare(folder, address, model, streams), folder)
        with (folder / "artifacts" / "profile_export_raw.jsonl").open() as lines:
            records = [json.loads(line) for line in lines]
    print(json.dumps(report(records, streams, samples)))


def prepare(folder, address, model, streams):
    """Writes what aiperf reads and returns its command line."""
    (folder / "tokenizer").mkdir()
    for file, content in TOKENIZER.items():
        (folder / "tokenizer" / file).write_text(json.dumps(content))
    # Request i asks for MODEL-i, in both rounds.
    bodies = (request(f"{model}-{index}") for index in range(streams))
    (folder / "requests.jsonl").write_text("\n".join(map(json.dumps, bodies)))
    options = {
        "model": model,
        "url": address,
        "api-key": "benchmark-key",
        "custom-endpoint": "/openai/v1/chat/completions",
        "endpoint-type": "chat",
        "input-file": folder / "requests.jsonl",
        "custom-dataset-type": "raw-payload",
        "dataset-sampling-strategy": "sequential",
        "concurrency": streams,
        "concurrency-ramp-duration": RAMP_S,
        "request-count": streams,
        "warmup-request-count": streams,
        "tokenizer": folder / "tokenizer",
        "export-level": "raw",
        "artifact-dir": folder / "artifacts",
        "ui": "none",
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    return [find_aiperf(), "profile", "--streaming", "--no-gpu-telemetry", "--no-server-metrics", *words]


def request(model):
    messages = [{"role": "user", "content": "Tell a story."}]
    return {"model": model, "messages": messages, "temperature": 0.1, "max_tokens": 64, "stream": True}


def find_aiperf():
    """The one beside this Python, as in a virtual environment, before any other on the PATH."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("aiperf", path=os.pathsep.join([beside, os.environ.get("PATH", "")]))
    return found or sys.exit("There is no aiperf beside this Python or on the PATH; pip install aiperf")


def run(command, folder):
    """Runs aiperf to its end and returns what its processes used in the meantime."""
    # What it caches would stay behind otherwise.
    environment = {**os.environ, "TMPDIR": str(folder), "AIPERF_DATASET_MMAP_CACHE_ENABLED": "false"}
    log = folder / "aiperf.log"
    samples = []
    with log.open("w") as output:
        aiperf = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        # Looking on must not delay what is looked at.
        os.nice(19)
        while aiperf.poll() is None:
            samples.append(sample(aiperf.pid))
            time.sleep(SAMPLE_S)
    if aiperf.returncode != 0:
        sys.exit(f"{log.read_text()}\naiperf ended with code {aiperf.returncode}")
    return samples


def sample(root):
    """Moment, CPU time and memory of a process and all below it, summed."""
    fields = {pid: stat(pid) for pid in map(int, filter(str.isdigit, os.listdir("/proc")))}
    parents = {pid: int(known[1]) for pid, known in fields.items() if known}
    ours = family(root, parents)
    ticks = sum(int(field) for pid in ours if fields.get(pid) for field in fields[pid][11:13])
    return {
        "at_ns": time.monotonic_ns(),
        "cpu_ms": ticks * 1000 / os.sysconf("SC_CLK_TCK"),
        "mib": sum(map(memory_mib, ours)),
    }


def stat(pid):
    """The fields after the name, which may hold blanks: state, parent and so on; none when the process has ended."""
    return read(pid, "stat").rpartition(")")[2].split()


def memory_mib(pid):
    """Resident memory; a page that n processes share counts for an nth, so that a sum counts it once."""
    found = re.search(r"^Pss: +(\d+) kB", read(pid, "smaps_rollup"), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0


def read(pid, name):
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:
        return ""


def family(root, parents):
    children = [pid for pid, parent in parents.items() if parent == root]
    return [root, *(pid for child in children for pid in family(child, parents))]


def report(records, streams, samples):
    """The ClientReport of the round that counts."""
    profiled = [record for record in records if record["metadata"]["benchmark_phase"] == "profiling"]
    counted = [record for record in profiled if not record.get("error")]
    if len(counted) != streams:
        errors = [record.get("error") for record in profiled]
        sys.exit(f"{len(counted)} of {streams} streams ended well; aiperf recorded {errors}")
    start_ns = min(record["start_perf_ns"] for record in counted)
    end_ns = max(record["responses"][-1]["perf_ns"] for record in counted)
    return {
        "streams": [stream_report(record) for record in counted],
        "maxRssMiB": max(sample["mib"] for sample in samples),
        # The start and the warm-up round do not count for the other clients either.
        "cpuMs": cpu_ms_at(end_ns, samples) - cpu_ms_at(start_ns, samples),
    }


def cpu_ms_at(at_ns, samples):
    """The CPU time at a moment, on the line between the samples around it."""
    after = next(index for index, sample in enumerate(samples) if sample["at_ns"] >= at_ns)
    before, after = samples[after - 1], samples[after]
    share = (at_ns - before["at_ns"]) / (after["at_ns"] - before["at_ns"])
    return before["cpu_ms"] + share * (after["cpu_ms"] - before["cpu_ms"])


def stream_report(record):
    chunks = [
        (response["perf_ns"], json.loads(packet["value"]))
        for response in record["responses"]
        for packet in response["packets"]
        if packet["name"] == "data" and packet["value"] != "[DONE]"
    ]
    stamps = [str(at_ns) for at_ns, chunk in chunks if chunk["choices"] and chunk["choices"][0]["delta"].get("content")]
    return {"requestId": request_id(chunks[0][1]), "stampsNs": stamps, "tainted": False}


def request_id(chunk):
    """The raw export leaves out the answer's headers; the simulator's id of the run is in each chunk too, padded."""
    return f"sim-{int(chunk['id'].rpartition('-')[2])}"


if __name__ == "__main__":
    main()
