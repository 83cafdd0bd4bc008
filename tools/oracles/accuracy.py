"""Compare what quantization loses: Octet with its default flags, ONNX Runtime's calibrators and NNCF's default.

usage: accuracy.py OCTET [NAME ...] [--samples 256] [--per-tensor] [--nncf PYTHON] [--keep DIR] [--json FILE]

For every classifier (samples.CASES; NAMEs choose) all tools quantize the same float file with the same calibration
samples, and every file runs on ONNX Runtime over the same evaluation samples. A row has the agreement of the first class
with the float model's, the ratio of the outputs' power to that of their error, top-1, and the seconds quantization took.
Then come the sums over the networks, the origin of each float file's bytes (SHA-256), and whether Octet holds its own:
exit code 1 when it does not. NNCF runs on the interpreter of --nncf; by default that of the environment which
`tools/oracles/setup.sh requirements-nncf.txt` makes. With --keep the quantized files stay in DIR, each with the command
that made it and the hashes of what that read; rivals' files whose record is the same are not made again.
"""

import argparse
import hashlib
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
NNCF = HERE.parents[1] / ".venv-nncf" / "bin" / "python"
NETWORKS = [
    "squeezenet1.1", "squeezenet1.0", "shufflenetv2_x1.0", "mobilenet_v2_1.0_224_from_uint8", "cifar10_resnet20",
    "cifar10_resnet56"]
CALIBRATION = {"imagenet": "imagenet/sample", "cifar10": "cifar10/calib_1000.bin"}
METHODS = ("minmax", "percentile", "entropy")


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


def commands(model, octet, options, words, data):
    """What quantizes the model, by tool; the path to write to is still to be put in place of OUT."""
    given = ["--samples", str(options.samples), *words]
    per_tensor = ["--granularity", "tensor"] if options.per_tensor else []
    tools = {"octet": [octet, "quantize", model, "-o", "OUT", "--calibration", data, *given, *per_tensor]}
    given += ["--data", data]
    per_tensor = ["--per-tensor"] if options.per_tensor else []
    for method in METHODS:
        tools[f"onnxruntime {method}"] = [
            sys.executable, str(HERE / "quantize_ort.py"), model, "OUT", "--calibrate", method, *given, *per_tensor]
    if options.nncf.exists() and not options.per_tensor:
        tools["nncf default"] = [str(options.nncf), str(HERE / "quantize_nncf.py"), model, "OUT", *given]
    return tools


def record(command, model, environment):
    """What a rival's file depends on: the command, the float file, and the scripts and pinned packages it runs with."""
    read = [Path(model), *sorted(HERE.glob("quantize_*.py")), HERE / "samples.py", HERE / environment]
    return json.dumps(
        {"command": command, "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in read}},
        indent=1) + "\n"


def compare(name, octet, options, folder):
    """Rows of one network; the first is the float model's."""
    model = str(samples.shared() / "models" / f"{name}.onnx")
    words, data = preprocessing(name)
    values, labels = samples.load(parse(samples.case_arguments(name)))
    reference = scores(model, values)
    first = reference.argmax(1)
    rows = [{
        "network": name, "tool": "float", "top1": 100 * float((first == labels).mean()), "samples": len(labels),
        "sha256": hashlib.sha256(Path(model).read_bytes()).hexdigest()}]
    for tool, command in commands(model, octet, options, words, data).items():
        suffix = ".tensor" if options.per_tensor else ""
        out = folder / f"{name}{suffix}.{tool.replace(' ', '-')}.onnx"
        note = out.with_suffix(".command.json")
        wanted = record(command, model, "requirements-nncf.txt" if "nncf" in tool else "requirements.txt")
        seconds = None
        if tool == "octet" or not out.exists() or not note.exists() or note.read_text() != wanted:
            start = time.perf_counter()
            subprocess.run(
                [str(out) if word == "OUT" else word for word in command], check=True, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            seconds = time.perf_counter() - start
            note.write_text(wanted)
        found = scores(out, values)
        noise = ((found - reference) ** 2).sum()
        rows.append({
            "network": name, "tool": tool, "disagreements": int((found.argmax(1) != first).sum()),
            "agreement": 100 * float((found.argmax(1) == first).mean()),
            "sqnr_db": 10 * float(np.log10((reference ** 2).sum() / noise)),
            "top1": 100 * float((found.argmax(1) == labels).mean()), "seconds": seconds})
        rows[-1]["top1_loss"] = rows[0]["top1"] - rows[-1]["top1"]
        print(line(rows[-1]), file=sys.stderr, flush=True)
    return rows


def line(row):
    cells = [
        ("disagreements", 0), ("agreement", 2), ("sqnr_db", 2), ("top1", 2), ("top1_loss", 2), ("seconds", 1)]
    texts = ["" if row.get(key) is None else f"{row[key]:.{digits}f}" for key, digits in cells]
    return "| " + " | ".join([row["network"], row["tool"], *texts]) + " |"


def totals(rows):
    """By tool: summed disagreements and mean loss of top-1, over the networks."""
    result = {}
    for row in rows:
        if row["tool"] != "float":
            result.setdefault(row["tool"], []).append(row)
    return {
        tool: {
            "disagreements": sum(row["disagreements"] for row in own),
            "top1_loss": float(np.mean([row["top1_loss"] for row in own]))}
        for tool, own in result.items()}


def verdicts(rows):
    """What is asked of Octet beside the best rival, and whether it holds."""
    sums = totals(rows)
    best = min(own["disagreements"] for tool, own in sums.items() if tool != "octet")
    found = [(
        f"disagreements {sums['octet']['disagreements']}, the best rival's {best}",
        sums["octet"]["disagreements"] <= best)]
    for name in dict.fromkeys(row["network"] for row in rows):
        own = next(row for row in rows if row["network"] == name and row["tool"] == "octet")
        rivals = [row for row in rows if row["network"] == name and row["tool"] not in ("float", "octet")]
        agreement = max(row["agreement"] for row in rivals)
        sqnr = max(row["sqnr_db"] for row in rivals)
        found += [
            (f"{name}: agreement {own['agreement']:.2f}, the best rival's {agreement:.2f}, at most 1 less",
             own["agreement"] >= agreement - 1),
            (f"{name}: {own['sqnr_db']:.2f} dB, the best rival's {sqnr:.2f}", own["sqnr_db"] >= sqnr),
            (f"{name}: top-1 loss {own['top1_loss']:.2f}, at most 1", own["top1_loss"] <= 1)]
    mean = sums["octet"]["top1_loss"]
    return found + [(f"mean top-1 loss {mean:.2f}, at most 0.3", mean <= 0.3)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("octet", metavar="OCTET")
    parser.add_argument("networks", nargs="*", metavar="NAME")
    parser.add_argument("--samples", type=int, default=256)
    parser.add_argument("--per-tensor", action="store_true", help="one weight scale a tensor; without NNCF")
    parser.add_argument("--nncf", type=Path, default=NNCF, metavar="PYTHON")
    parser.add_argument("--keep", type=Path, metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_intermixed_args()
    onnxruntime.set_default_logger_severity(4)
    octet = os.path.abspath(options.octet)
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in options.networks or NETWORKS:
            rows += compare(name, octet, options, folder)
    print("| network | tool | disagree | agreement % | SQNR dB | top-1 % | loss | seconds |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        print(line(row))
    print("\n| tool | disagreements | mean top-1 loss |\n| --- | --- | --- |")
    for tool, own in totals(rows).items():
        print(f"| {tool} | {own['disagreements']} | {own['top1_loss']:.2f} |")
    print("\n| network | samples | SHA-256 of the float file |\n| --- | --- | --- |")
    for row in rows:
        if row["tool"] == "float":
            print(f"| {row['network']} | {row['samples']} | `{row['sha256']}` |")
    print()
    held = verdicts(rows)
    for text, holds in held:
        print(f"{'holds' if holds else 'MISSED'}: {text}")
    if options.json:
        options.json.write_text(json.dumps({
            "command": shlex.join(sys.argv), "rows": rows, "totals": totals(rows),
            "missed": [text for text, holds in held if not holds]}, indent=1) + "\n")
    sys.exit(0 if all(holds for _, holds in held) else 1)


if __name__ == "__main__":
    main()
