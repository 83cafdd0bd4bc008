"""Compare what quantization loses on any network: Octet with its default flags, ONNX Runtime's calibrators, NNCF.

usage: unseen.py OCTET MODEL CALIBRATION.npy EVALUATION.npy [--nncf PYTHON]

MODEL has one input; the first axis of the arrays counts the samples. All tools quantize the same file with the same
samples, and every quantized file runs on ONNX Runtime, one evaluation sample at a time. A row has, for each output of
real numbers, the ratio of its power to that of its error in dB. A tool that fails, or whose file does not run, says so.
A model below operator set 13, where ONNX Runtime's files with scales by channel do not load, is raised to 13 first.
"""

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

import accuracy
import numpy as np
import onnx
import onnx.version_converter
import onnxruntime


def raised(path, folder):
    """The path of the model, or of its form in operator set 13."""
    model = onnx.load(path)
    if all(entry.version >= 13 for entry in model.opset_import if entry.domain in ("", "ai.onnx")):
        return path
    onnx.save(onnx.version_converter.convert_version(model, 13), Path(folder) / "model.onnx")
    return str(Path(folder) / "model.onnx")


def outputs(path, values):
    """Every output for every sample."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return [session.run(None, {name: values[index:index + 1]}) for index in range(len(values))]


def ratios(reference, found):
    """For each output of reals the ratio of powers in dB."""
    result = []
    for own, other in zip(zip(*reference), zip(*found)):
        if own[0].dtype.kind == "f":
            noise = sum(((a.astype(np.float64) - b) ** 2).sum() for a, b in zip(own, other))
            result.append(10 * np.log10(sum((a.astype(np.float64) ** 2).sum() for a in own) / max(noise, 1e-30)))
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("octet", metavar="OCTET")
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("calibration", metavar="CALIBRATION.npy")
    parser.add_argument("evaluation", metavar="EVALUATION.npy")
    parser.add_argument("--nncf", type=Path, default=accuracy.NNCF, metavar="PYTHON")
    options = parser.parse_intermixed_args()
    options.samples = len(np.load(options.calibration, mmap_mode="r"))
    options.per_tensor = False
    onnxruntime.set_default_logger_severity(4)
    values = np.load(options.evaluation)
    reference = outputs(options.model, values)
    octet = os.path.abspath(options.octet)
    print("| tool | SQNR dB |\n| --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        model = raised(options.model, folder)
        for tool, command in accuracy.commands(model, octet, options, [], options.calibration).items():
            out = Path(folder) / f"{tool.replace(' ', '-')}.onnx"
            words = [str(out) if word == "OUT" else word for word in command]
            run = subprocess.run(words, capture_output=True, text=True)
            if run.returncode != 0:
                cell = "fails: " + (run.stderr.strip().splitlines() or ["?"])[-1][:100]
            else:
                try:
                    cell = ", ".join(f"{ratio:.2f}" for ratio in ratios(reference, outputs(out, values)))
                except Exception as error:
                    cell = f"its file does not run: {str(error)[:100]}"
            print(f"| {tool} | {cell} |", flush=True)


if __name__ == "__main__":
    main()
