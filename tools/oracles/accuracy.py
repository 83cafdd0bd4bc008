"""Compare what quantization loses: Octet with its default flags, ONNX Runtime's calibrators and NNCF's default.

usage: accuracy.py OCTET [NAME ...] [--samples 256] [--per-tensor] [--json FILE]

For every classifier of the development set (samples.CASES; NAMEs choose) all tools quantize the same float file with the
same calibration samples, and every file runs on ONNX Runtime over the same evaluation samples. A row has the agreement of
the first class with the float model's, the ratio of the outputs' power to that of their error, top-1, and the seconds
quantization took. NNCF is compared where it is installed (`pip install nncf==3.4.0` into an environment of its own that
also has requirements.txt).
"""

import argparse
import importlib.util
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import samples

HERE = Path(__file__).resolve().parent
NETWORKS = [
    "squeezenet1.1", "shufflenetv2_x1.0", "mobilenet_v2_1.0_224_from_uint8", "cifar10_resnet20", "cifar10_resnet56"]
CALIBRATION = {"imagenet": "imagenet/sample", "cifar10": "cifar10/calib_1000.bin"}


def preprocessing(name):
    """The flags of a case without its data, and the data it is calibrated with."""
    words = samples.case_arguments(name)
    kept = []
    for flag, value in zip(words[::2], words[1::2]):
        if flag not in ("--data", "--labels", "--label-offset"):
            kept += [flag, value]
    data = CALIBRATION["cifar10" if name.startswith("cifar10") else "imagenet"]
    return kept, str(samples.shared() / "data" / data)


def parse(words):
    parser = argparse.ArgumentParser()
    samples.add_arguments(parser)
    return parser.parse_args(words)


def scores(path, values):
    """The first output for every sample, on ONNX Runtime."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    batch = 1 if isinstance(given.shape[0], int) else 25
    parts = [
        session.run(None, {given.name: values[start:start + batch]})[0] for start in range(0, len(values), batch)]
    return np.concatenate([part.reshape(part.shape[0], -1) for part in parts]).astype(np.float64)


def with_octet(octet, model, out, options, words, data):
    command = [octet, "quantize", model, "-o", out, "--calibration", data, "--samples", str(options.samples), *words]
    if options.per_tensor:
        command += ["--granularity", "tensor"]
    subprocess.run(command, check=True, capture_output=True, text=True)


def with_onnxruntime(method, model, out, options, words, data):
    command = [
        sys.executable, str(HERE / "quantize_ort.py"), model, out, "--calibrate", method, "--data", data,
        "--samples", str(options.samples), *words]
    subprocess.run(command + (["--per-tensor"] if options.per_tensor else []), check=True, capture_output=True)


def with_nncf(model, out, options, words, data):
    import nncf
    import onnx

    values, _ = samples.load(parse(["--data", data, "--samples", str(options.samples), *words]))
    loaded = onnx.load(model)
    name = loaded.graph.input[0].name
    feeds = [{name: values[index:index + 1]} for index in range(len(values))]
    onnx.save(nncf.quantize(loaded, nncf.Dataset(feeds), subset_size=len(feeds)), out)


def compare(name, octet, options, folder):
    """Rows of one network; the first is the float model's."""
    model = str(samples.shared() / "models" / f"{name}.onnx")
    words, data = preprocessing(name)
    values, labels = samples.load(parse(samples.case_arguments(name)))
    reference = scores(model, values)
    first = reference.argmax(1)
    rows = [{"network": name, "tool": "float", "top1": 100 * float((first == labels).mean())}]
    tools = {"octet": lambda out: with_octet(octet, model, out, options, words, data)}
    for method in ("minmax", "percentile", "entropy"):
        tools[f"onnxruntime {method}"] = (
            lambda out, method=method: with_onnxruntime(method, model, out, options, words, data))
    if importlib.util.find_spec("nncf") and not options.per_tensor:
        tools["nncf default"] = lambda out: with_nncf(model, out, options, words, data)
    for tool, quantize in tools.items():
        out = str(Path(folder) / f"{name}.{tool.replace(' ', '-')}.onnx")
        start = time.perf_counter()
        quantize(out)
        seconds = time.perf_counter() - start
        found = scores(out, values)
        noise = ((found - reference) ** 2).sum()
        rows.append({
            "network": name, "tool": tool, "agreement": 100 * float((found.argmax(1) == first).mean()),
            "sqnr_db": 10 * float(np.log10((reference ** 2).sum() / noise)),
            "top1": 100 * float((found.argmax(1) == labels).mean()), "seconds": seconds})
        print(line(rows[-1]), file=sys.stderr, flush=True)
    return rows


def line(row):
    cells = [row.get(key) for key in ("agreement", "sqnr_db", "top1", "seconds")]
    texts = ["" if cell is None else f"{cell:.{digits}f}" for cell, digits in zip(cells, (2, 2, 2, 1))]
    return "| " + " | ".join([row["network"], row["tool"], *texts]) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("octet", metavar="OCTET")
    parser.add_argument("networks", nargs="*", metavar="NAME")
    parser.add_argument("--samples", type=int, default=256)
    parser.add_argument("--per-tensor", action="store_true", help="one weight scale a tensor, for every tool but NNCF")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    onnxruntime.set_default_logger_severity(4)
    octet = os.path.abspath(options.octet)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.networks or NETWORKS:
            rows += compare(name, octet, options, folder)
    print("| network | tool | agreement % | SQNR dB | top-1 % | seconds |\n| --- | --- | --- | --- | --- | --- |")
    for row in rows:
        print(line(row))
    if options.json:
        options.json.write_text(json.dumps({"command": shlex.join(sys.argv), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
