"""Compare pairs of ONNX files that must mean the same: checker, declared inputs and outputs, ONNX Runtime's outputs.

usage: compare_models.py PAIRS.txt        exit code 1 when a pair differs

A line of PAIRS.txt is ORIGINAL, a tab, COPY, and maybe a tab and a JSON object with a shape (a list) or a value for
inputs by name. Where the original does not pass the checker or ONNX Runtime cannot run it,
the copy need not. Inputs are those of the first test data set beside the original, else seeded random numbers, open
dimensions taken as 1. Both files run without optimisations, and the outputs must be equal bit for bit.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper

TYPES = {
    "tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16,
    "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(uint8)": np.uint8, "tensor(int8)": np.int8,
    "tensor(bool)": np.bool_,
}


def passes(path):
    try:
        onnx.checker.check_model(path)
        return None
    except Exception as reason:  # the checker and the parser raise unrelated types
        return f"{type(reason).__name__}: {reason}"


def session(path):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def stored(folder, model):
    """The inputs of the first test data set, by name; None when there is something else than tensors."""
    values = {}
    for index, info in enumerate(model.get_inputs()):
        path = folder / "test_data_set_0" / f"input_{index}.pb"
        if not path.is_file() or not info.type.startswith("tensor"):
            return None
        values[info.name] = numpy_helper.to_array(TensorProto.FromString(path.read_bytes()))
    return values


def random(model, fixed):
    rng = np.random.default_rng(1)
    values = {}
    for info in model.get_inputs():
        if info.type not in TYPES:
            return None
        shape = [d if isinstance(d, int) and d > 0 else 1 for d in info.shape]
        wanted = fixed.get(info.name, shape)
        data = rng.standard_normal(wanted) * 2 if isinstance(wanted, list) else wanted
        values[info.name] = np.asarray(data).astype(TYPES[info.type])
    return values


def equal(a, b):
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(equal, a, b))
    if a is None or b is None:
        return a is b
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and (
            a.tobytes() == b.tobytes() if a.dtype != object else bool((a == b).all()))
    return a == b


def difference(original, copy, fixed):
    """What differs, or None; and whether outputs were compared."""
    if passes(original) is None and (reason := passes(copy)):
        return f"the checker refuses the copy: {reason}", False
    a, b = (onnx.load(path, load_external_data=False).graph for path in (original, copy))
    for kind in ("input", "output"):
        names = [[value.name for value in getattr(graph, kind)] for graph in (a, b)]
        initial = {tensor.name for tensor in a.initializer}
        if kind == "input":
            names = [[name for name in list if name not in initial] for list in names]
        if names[0] != names[1]:
            return f"{kind}s {names[0]} became {names[1]}", False
    try:
        left = session(original)
        inputs = stored(Path(original).parent, left) or random(left, fixed)
        if inputs is None:
            return None, False
        expected = left.run(None, inputs)
        again = left.run(None, inputs)
    except Exception:  # ONNX Runtime cannot run the original
        return None, False
    if not all(map(equal, expected, again)) or "training_dropout" in original:
        return None, False  # random numbers
    try:
        found = session(copy).run(None, inputs)
    except Exception as reason:
        return f"ONNX Runtime refuses the copy: {reason}", True
    return (None if all(map(equal, expected, found)) else "other outputs"), True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", metavar="PAIRS.txt")
    compared = differing = 0
    for line in Path(parser.parse_args().pairs).read_text().splitlines():
        original, copy, fixed = [*line.split("\t"), "{}"][:3]
        reason, ran = difference(original, copy, json.loads(fixed))
        compared += ran
        if reason:
            differing += 1
            print(f"{original}: {reason}", file=sys.stderr)
    print(f"compared {compared}")
    raise SystemExit(1 if differing else 0)


if __name__ == "__main__":
    main()
