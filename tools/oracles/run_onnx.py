"""Run an ONNX model with one input over samples and keep its outputs.

usage: run_onnx.py MODEL --data X.npy --out OUT.npy [--engine ort|ort-noopt|openvino] [--threads N] [--batch B]

X.npy is what the model wants, first axis = samples. OUT.npy receives the first output, OUT.npz all of them by name.
"""

import argparse

import engines
import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--data", required=True, metavar="X.npy")
    parser.add_argument("--out", required=True, metavar="OUT.npy")
    parser.add_argument("--engine", choices=engines.ENGINES, default="ort")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=1)
    options = parser.parse_args()
    model = engines.load(options.model, options.engine, options.threads)
    outputs = engines.run(model, np.load(options.data), options.batch)
    if options.out.endswith(".npz"):
        np.savez(options.out, **outputs)
    else:
        np.save(options.out, next(iter(outputs.values())))
    for name, value in outputs.items():
        print(name, value.dtype, value.shape)


if __name__ == "__main__":
    main()
