"""Check every ONNX file of a folder and run it in ONNX Runtime on the same samples.

usage: check_and_run.py FOLDER --data X.npy [--engine ort|ort-noopt|openvino]

For each NAME.onnx the first output over all samples is written to NAME.npy beside it. Exit code 1 when a file does not
pass ONNX's checker or does not run; the reasons are printed.
"""

import argparse
from pathlib import Path

import engines
import numpy as np
import onnx


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", required=True, metavar="X.npy")
    parser.add_argument("--engine", choices=engines.ENGINES, default="ort")
    options = parser.parse_args()
    samples = np.load(options.data)
    failed = 0
    for path in sorted(options.folder.glob("*.onnx")):
        try:
            onnx.checker.check_model(str(path), full_check=True)
            outputs = engines.run(engines.load(path, options.engine), samples)
            np.save(path.with_suffix(".npy"), next(iter(outputs.values())))
        except Exception as reason:  # the checker, the parser and the runtimes raise unrelated types
            failed += 1
            print(f"{path.name}: {type(reason).__name__}: {reason}")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
