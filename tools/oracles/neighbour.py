"""How much a second process that computes on the same cores raises the median time of Octet and of OpenVINO.

usage: neighbour.py OCTET MODEL.onnx ... [--threads 2] [--rounds 5] [--seconds 1]

In every round each engine is timed alone and beside a neighbour with one endlessly computing thread a core. The table
gives the medians over the rounds, and how many times longer the neighbour makes a run.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

from engines import OpenVINO


class Neighbour:
    """Endless arithmetic, one process a core, at the same priority."""

    def __enter__(self):
        self.processes = [
            subprocess.Popen([sys.executable, "-c", "x = 1\nwhile True: x = x * 3 % 1000003"])
            for _ in range(os.cpu_count())]
        time.sleep(0.2)

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()


def octet(command, path, threads, seconds):
    text = subprocess.run(
        [command, "benchmark", path, "--threads", str(threads), "--seconds", str(seconds), "--json"],
        check=True, capture_output=True, text=True).stdout
    return json.loads(text)["latency_ms"]["median"]


def openvino(path, threads, seconds):
    engine = OpenVINO(path, threads, pinned=True)
    random = np.random.default_rng(1)
    run = engine.repeated({
        name: random.standard_normal([d or 1 for d in shape]).astype(np.float32)
        for name, shape in engine.inputs.items()})
    times = []
    for _ in range(3):
        run()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        run()
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("octet")
    parser.add_argument("models", nargs="+")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    arguments = parser.parse_args()
    print("| model | Octet alone ms | beside | times | OpenVINO alone ms | beside | times |\n|" + " --- |" * 7)
    for path in arguments.models:
        found = {key: [] for key in ("octet", "octet beside", "openvino", "openvino beside")}
        for _ in range(arguments.rounds):
            found["octet"].append(octet(arguments.octet, path, arguments.threads, arguments.seconds))
            found["openvino"].append(openvino(path, arguments.threads, arguments.seconds))
            with Neighbour():
                found["octet beside"].append(octet(arguments.octet, path, arguments.threads, arguments.seconds))
                found["openvino beside"].append(openvino(path, arguments.threads, arguments.seconds))
        cells = []
        for name in ("octet", "openvino"):
            alone, beside = statistics.median(found[name]), statistics.median(found[name + " beside"])
            cells += [f"{alone:.3f}", f"{beside:.3f}", f"{beside / alone:.2f}"]
        print(f"| {os.path.basename(path)} | " + " | ".join(cells) + " |", flush=True)


main()
