"""Time Octet and the rival engines on the same ONNX files, interleaved in one run, and print the ratios.

usage: speed.py OCTET MODEL.onnx ... [--litert FOLDER | --litert NAME=FILE.tflite ...] [--threads 1,2] [--rounds 7]
                [--seconds 1] [--json FILE]

LiteRT takes part with its own build of the same architecture: NAME is a model's file name up to the first dot, and a
FOLDER holds NAME.int8.tflite for models with quantized tensors and NAME.fp32.tflite for the others.

In every round each engine runs for the same time on seeded random data, batch 1. A round's ratio is Octet's minimum over
the best rival's minimum; the table gives the median over the rounds and each engine's minimum and median. A round during
which other processes used the machine is repeated; after too many of those the script gives up without a table.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

from engines import LiteRT, OnnxRuntime, OpenVINO


def busy_jiffies():
    """Jiffies all processes together have spent, and those of this process and its ended children."""
    fields = [int(x) for x in open("/proc/stat").readline().split()[1:9]]
    own = os.times()
    mine = (own.user + own.system + own.children_user + own.children_system) * os.sysconf("SC_CLK_TCK")
    return sum(fields) - fields[3] - fields[4], mine


def foreign_share(begin, end, seconds):
    """The share of one core that others used between two readings."""
    ours = end[1] - begin[1]
    return max(0.0, (end[0] - begin[0]) - ours) / (seconds * os.sysconf("SC_CLK_TCK"))


def timings(run, seconds):
    """Minimum and median of repeated runs in ms."""
    run()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        run()
        times.append((time.perf_counter() - begin) * 1e3)
    return min(times), statistics.median(times)


def rival(engine):
    """The engine's call on seeded random data, open dimensions taken as 1."""
    random = np.random.default_rng(1)
    feeds = {
        name: random.standard_normal([d if isinstance(d, int) else 1 for d in shape]).astype(np.float32)
        for name, shape in engine.inputs.items()}
    return engine.repeated(feeds)


def octet(command, path, threads, seconds):
    text = subprocess.run(
        [command, "benchmark", path, "--threads", str(threads), "--seconds", str(seconds), "--json"],
        check=True, capture_output=True, text=True).stdout
    latency = json.loads(text)["latency_ms"]
    return latency["min"], latency["median"]


def litert_file(path, choices):
    """The .tflite file that stands for an ONNX file, if there is one."""
    name = os.path.basename(path).split(".")[0]
    for choice in choices:
        key, _, file = choice.partition("=")
        if file and key == name:
            return file
        if not file:
            with open(path, "rb") as model:
                kind = "int8" if b"QuantizeLinear" in model.read() else "fp32"
            candidate = os.path.join(choice, f"{name}.{kind}.tflite")
            if os.path.exists(candidate):
                return candidate
    return None


def measure(command, path, litert, threads, rounds, seconds):
    rivals = {
        "onnxruntime": rival(OnnxRuntime(path, threads)), "openvino": rival(OpenVINO(path, threads, pinned=True))}
    if litert:
        rivals["litert"] = rival(LiteRT(litert, threads))
    results = {name: [] for name in ("octet", *rivals)}
    disturbed = 0
    while len(results["octet"]) < rounds:
        begin, started = busy_jiffies(), time.perf_counter()
        found = {"octet": octet(command, path, threads, seconds)}
        for name, run in rivals.items():
            found[name] = timings(run, seconds)
        share = foreign_share(begin, busy_jiffies(), time.perf_counter() - started)
        if share > 0.1:
            disturbed += 1
            if disturbed > 3 * rounds:
                sys.exit(f"the machine is busy (others use {share:.0%} of a core): no figures")
            continue
        for name, value in found.items():
            results[name].append(value)
    ratios = [
        results["octet"][k][0] / min(results[name][k][0] for name in rivals) for k in range(rounds)]
    row = {name: (min(v[0] for v in values), statistics.median(v[1] for v in values)) for name, values in results.items()}
    return {"model": os.path.basename(path), "threads": threads, "ratio": statistics.median(ratios), **row}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("octet")
    parser.add_argument("models", nargs="+")
    parser.add_argument("--litert", action="append", default=[], metavar="FOLDER | NAME=FILE")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    print("| model | threads | ratio | Octet min / median ms | ONNX Runtime | OpenVINO | LiteRT |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    rows = []
    for threads in map(int, arguments.threads.split(",")):
        for path in arguments.models:
            litert = litert_file(path, arguments.litert)
            row = measure(arguments.octet, path, litert, threads, arguments.rounds, arguments.seconds)
            rows.append(row)
            engines = ("octet", "onnxruntime", "openvino", "litert")
            cells = [f"{row[n][0]:.3f} / {row[n][1]:.3f}" if n in row else "–" for n in engines]
            print(f"| {row['model']} | {threads} | {row['ratio']:.2f} | " + " | ".join(cells) + " |", flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=1)


main()
