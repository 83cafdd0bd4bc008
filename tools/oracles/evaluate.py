"""Top-1 and top-5 of an ONNX classifier, with preprocessing in Python, to check Octet's against.

usage: evaluate.py MODEL --data D --labels L [preprocessing flags as in octet] [--save-input X.npy] [--save-output Y.npy]
       evaluate.py MODEL --case NAME [...]      flags of a model of the development set (samples.CASES)

MODEL may be left out with --case: the float model of that name is taken. Prints one JSON object.
"""

import argparse
import json

import engines
import numpy as np
import samples


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", metavar="MODEL")
    parser.add_argument("--case", choices=sorted(samples.CASES))
    parser.add_argument("--engine", choices=engines.ENGINES, default="ort")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--save-input", metavar="X.npy")
    parser.add_argument("--save-output", metavar="Y.npy")
    samples.add_arguments(parser)
    options = parser.parse_args()
    if options.case:
        defaults = parser.parse_args(samples.case_arguments(options.case))
        options = parser.parse_args(namespace=defaults)
        options.model = options.model or samples.shared() / "models" / f"{options.case}.onnx"
    if not options.model or not options.data:
        parser.error("a MODEL and --data, or --case, are needed")

    values, labels = samples.load(options)
    if labels is None:
        parser.error("--labels are needed")
    outputs = engines.run(engines.load(options.model, options.engine, options.threads), values, options.batch)
    scores = next(iter(outputs.values())).reshape(len(values), -1)
    if options.save_input:
        np.save(options.save_input, values)
    if options.save_output:
        np.save(options.save_output, scores)
    best = np.argsort(-scores, 1, kind="stable")[:, :5]
    print(json.dumps({
        "samples": len(labels),
        "top1": round(float(100 * (best[:, 0] == labels).mean()), 4),
        "top5": round(float(100 * (best == labels[:, None]).any(1).mean()), 4)}))


if __name__ == "__main__":
    main()
