"""Quantize an ONNX model with NNCF's default post-training quantization, a tool that Octet is compared with.

usage: quantize_nncf.py MODEL OUT --data D [preprocessing flags as in octet] [--samples N]

NNCF lives in an environment of its own: tools/oracles/setup.sh requirements-nncf.txt. Prints one JSON object: seconds,
peak_mb (this process), bytes of the file.
"""

import argparse
import json
import time
from pathlib import Path

import nncf
import onnx
import samples
from quantize_ort import peak_megabytes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("out", type=Path, metavar="OUT")
    samples.add_arguments(parser)
    options = parser.parse_args()
    values, _ = samples.load(options)
    start = time.perf_counter()
    model = onnx.load(options.model)
    name = model.graph.input[0].name
    feeds = [{name: values[index:index + 1]} for index in range(len(values))]
    onnx.save(nncf.quantize(model, nncf.Dataset(feeds), subset_size=len(feeds)), options.out)
    print(json.dumps({
        "seconds": round(time.perf_counter() - start, 3), "peak_mb": round(peak_megabytes() or 0, 1),
        "bytes": options.out.stat().st_size}))


if __name__ == "__main__":
    main()
