"""Quantize an ONNX model with ONNX Runtime's static quantization, the tool that Octet is compared with.

usage: quantize_ort.py MODEL OUT --data D [preprocessing flags as in octet] [--case NAME] [--samples N]
       [--calibrate minmax|percentile|entropy] [--types u8s8|s8s8] [--format qdq|qoperator] [--per-tensor]

Prints one JSON object: seconds, peak_mb (this process), bytes of the file.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import samples
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

METHODS = {
    "minmax": CalibrationMethod.MinMax, "percentile": CalibrationMethod.Percentile,
    "entropy": CalibrationMethod.Entropy}
ACTIVATIONS = {"u8s8": QuantType.QUInt8, "s8s8": QuantType.QInt8}
FORMATS = {"qdq": QuantFormat.QDQ, "qoperator": QuantFormat.QOperator}


class OneByOne(CalibrationDataReader):
    def __init__(self, name, values):
        self.feeds = ({name: np.array(values[i:i + 1])} for i in range(len(values)))

    def get_next(self):
        return next(self.feeds, None)


def peak_megabytes():
    """Largest resident set of this process (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--case", choices=sorted(samples.CASES))
    parser.add_argument("--calibrate", choices=METHODS, default="minmax")
    parser.add_argument("--types", choices=ACTIVATIONS, default="u8s8")
    parser.add_argument("--format", choices=FORMATS, default="qdq")
    parser.add_argument("--per-tensor", action="store_true", help="one weight scale a tensor (default: a channel)")
    samples.add_arguments(parser)
    options = parser.parse_args()
    if options.case:
        words = [options.model, str(options.out), *samples.case_arguments(options.case)]
        options = parser.parse_args(namespace=parser.parse_args(words))
    if not options.data:
        parser.error("--data or --case is needed")

    values, _ = samples.load(options)
    name = onnxruntime.InferenceSession(options.model, providers=["CPUExecutionProvider"]).get_inputs()[0].name
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        prepared = str(Path(folder) / "prepared.onnx")
        quant_pre_process(options.model, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared, str(options.out), OneByOne(name, values), quant_format=FORMATS[options.format],
            per_channel=not options.per_tensor, activation_type=ACTIVATIONS[options.types],
            weight_type=QuantType.QInt8, calibrate_method=METHODS[options.calibrate])
    print(json.dumps({
        "seconds": round(time.perf_counter() - start, 3), "peak_mb": round(peak_megabytes() or 0, 1),
        "bytes": options.out.stat().st_size}))


if __name__ == "__main__":
    main()
