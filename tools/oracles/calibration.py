"""Compare what calibration takes: private memory and time of Octet and of ONNX Runtime's static quantization.

usage: calibration.py OCTET MODEL --data D [preprocessing flags as in octet] [--counts 32 512] [--rounds 1]
       [--tools "octet minmax,onnxruntime percentile"] [--json FILE]

The samples are preprocessed once and stored as one .npy file that both tools map, so that neither pays for decoding
pictures or for holding them. The tools take turns. A row has the largest private memory that was seen (RssAnon of the
process, looked at every 5 ms; Linux) and the seconds from start to end, the process's own start included.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import samples

HERE = Path(__file__).resolve().parent
TOOLS = ["octet minmax", "onnxruntime minmax", "octet auto", "onnxruntime percentile"]


def private_megabytes(process):
    """Private memory of a running process; 0 once it has ended."""
    try:
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0


def measure(command):
    """Largest private memory in MB, and seconds."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    peak = 0
    while process.poll() is None:
        peak = max(peak, private_megabytes(process))
        time.sleep(0.005)
    seconds = time.perf_counter() - start
    if process.returncode != 0:
        raise SystemExit(f"{shlex.join(command)} failed:\n{process.stderr.read()[-2000:]}")
    return peak, seconds


def command(tool, octet, model, out, data, count):
    engine, method = tool.split()
    if engine == "octet":
        return [
            octet, "quantize", model, "-o", out, "--calibration", data, "--samples", str(count),
            "--calibrator", method]
    return [
        sys.executable, str(HERE / "quantize_ort.py"), model, out, "--data", data, "--samples", str(count),
        "--calibrate", method]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("octet", metavar="OCTET")
    parser.add_argument("model", metavar="MODEL")
    samples.add_arguments(parser)
    parser.set_defaults(samples=None)
    parser.add_argument("--counts", type=int, nargs="+", default=[256], help="numbers of samples")
    parser.add_argument("--tools", default=",".join(TOOLS), help="separated by commas: an engine and its calibrator")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    octet = os.path.abspath(options.octet)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "out.onnx")
        options.samples = max(options.counts)
        data = str(Path(folder) / "samples.npy")
        values, _ = samples.load(options)
        np.save(data, np.resize(values, (options.samples, *values.shape[1:])))
        del values
        for count in options.counts:
            for _ in range(options.rounds):
                for tool in options.tools.split(","):
                    peak, seconds = measure(command(tool, octet, options.model, out, data, count))
                    rows.append({"tool": tool, "samples": count, "private_mb": peak, "seconds": seconds})
                    print(f"{tool}, {count}: {peak:.0f} MB, {seconds:.1f} s", file=sys.stderr, flush=True)
    best = {}
    for row in rows:
        own = best.setdefault((row["tool"], row["samples"]), dict(row))
        for key in ("private_mb", "seconds"):
            own[key] = min(own[key], row[key])
    print("| tool | samples | private MB | seconds |\n| --- | --- | --- | --- |")
    for row in best.values():
        print(f"| {row['tool']} | {row['samples']} | {row['private_mb']:.0f} | {row['seconds']:.1f} |")
    if options.json:
        options.json.write_text(json.dumps({"command": shlex.join(sys.argv), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
