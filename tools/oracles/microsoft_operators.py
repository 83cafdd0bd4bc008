"""Write cases of ONNX Runtime's own operators in the form of ONNX's backend tests, with what ONNX Runtime makes of them.

usage: microsoft_operators.py DIR

Each case is a folder DIR/NAME with model.onnx, test_data_set_0 and tolerance.txt; graph optimisations are off.
"""

import argparse
import pathlib

import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

DOMAIN = "com.microsoft"
random = np.random.default_rng(7)


def scalar(value, dtype=np.float32):
    return np.array(value, dtype)


def codes(shape, dtype):
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max + 1, shape).astype(dtype)


def reals(*shape, scale=1.0):
    return (random.standard_normal(shape) * scale).astype(np.float32)


def write(folder, operator, inputs, outputs, constants=(), tolerance=(0, 0), **attributes):
    """One node. `inputs` is a list of arrays or None; those whose index is in `constants` become initializers."""
    names = ["" if value is None else f"x{index}" for index, value in enumerate(inputs)]
    while names and not names[-1]:
        names.pop()
    results = [f"y{index}" for index in range(len(outputs))]
    node = helper.make_node(operator, names, results, name=operator, domain=DOMAIN, **attributes)
    fed = [index for index, name in enumerate(names) if name and index not in constants]
    graph = helper.make_graph(
        [node], folder.name,
        [helper.make_tensor_value_info(
            names[i], helper.np_dtype_to_tensor_dtype(inputs[i].dtype), inputs[i].shape) for i in fed],
        [helper.make_tensor_value_info(name, kind, None) for name, kind in zip(results, outputs)],
        [numpy_helper.from_array(inputs[i], names[i]) for i in constants if inputs[i] is not None])
    model = helper.make_model(
        graph, ir_version=9, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(DOMAIN, 1)])
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    found = session.run(None, {names[i]: inputs[i] for i in fed})
    data = folder / "test_data_set_0"
    data.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    (folder / "tolerance.txt").write_text(f"{tolerance[0]} {tolerance[1]}\n")
    for place, index in enumerate(fed):
        (data / f"input_{place}.pb").write_bytes(numpy_helper.from_array(inputs[index], names[index]).SerializeToString())
    for place, value in enumerate(found):
        (data / f"output_{place}.pb").write_bytes(numpy_helper.from_array(value, results[place]).SerializeToString())


def where(root):
    for name, dtype, kind in (("uint8", np.uint8, TensorProto.UINT8), ("int8", np.int8, TensorProto.INT8)):
        for case, (first, second, result) in enumerate((
                ((0.1, 3), (0.2, 5), (0.15, 9)), ((0.013, 120), (0.02, 100), (0.026, 7)))):
            write(
                root / f"where_{name}_{case}", "QLinearWhere",
                [random.random((2, 1, 64)) > 0.5, codes((2, 3, 64), dtype), scalar(first[0]), scalar(first[1], dtype),
                 codes((3, 1), dtype), scalar(second[0]), scalar(second[1], dtype), scalar(result[0]),
                 scalar(result[1], dtype)], [kind], constants=(2, 3, 5, 6, 7, 8))


def dynamic_products(root):
    for name, weights, scales, zeros, bias in (
            ("tensor", codes((32, 8), np.int8), scalar(0.02), None, None),
            ("column", codes((32, 8), np.int8), np.abs(reals(8)), codes(8, np.int8), reals(8)),
            ("uint8", codes((32, 8), np.uint8), scalar(0.02), scalar(131, np.uint8), reals(8))):
        write(
            root / f"dynamic_{name}", "DynamicQuantizeMatMul", [reals(2, 5, 32), weights, scales, zeros, bias],
            [TensorProto.FLOAT], constants=(1, 2, 3, 4), tolerance=(1e-6, 1e-6))


def block_products(root):
    for bits, size, depth, zeros, has_bias in (
            (4, 16, 40, None, False), (4, 32, 96, "packed", True), (4, 16, 48, "real", False),
            (8, 32, 64, None, False), (8, 16, 48, "packed", True), (2, 32, 64, None, False),
            (2, 16, 80, "packed", False)):
        columns = 6
        blocks = -(-depth // size)
        points = {
            None: None, "packed": codes(columns * (-(-blocks * bits // 8)), np.uint8),
            "real": reals(columns * blocks, scale=4)}[zeros]
        inputs = [
            reals(2, 3, depth), codes((columns, blocks, size * bits // 8), np.uint8), np.abs(reals(columns * blocks)),
            points, None, reals(columns) if has_bias else None]
        try:
            write(
                root / f"blocks_{bits}_{size}_{zeros}", "MatMulNBits", inputs, [TensorProto.FLOAT],
                constants=(1, 2, 3, 5), tolerance=(1e-4, 1e-3), K=depth, N=columns, bits=bits, block_size=size)
        except Exception as error:
            print(bits, size, zeros, str(error)[:150])


def attention(root):
    batch, length, width, heads, hidden = 2, 5, 16, 4, 24

    def case(name, mask=None, past=0, weights=np.int8, per_column=False, **attributes):
        columns = 3 * hidden
        scales = np.abs(reals(columns, scale=0.01)) if per_column else scalar(0.008)
        zero = codes(columns, weights) if per_column else scalar(3, weights)
        write(
            root / f"attention_{name}", "QAttention",
            [codes((batch, length, width), np.uint8), codes((width, columns), weights), reals(columns), scalar(0.011),
             scales, mask, scalar(127, np.uint8), zero,
             reals(2, batch, heads, past, hidden // heads) if past else None],
            [TensorProto.FLOAT] * (2 if past else 1), constants=(1, 2, 3, 4, 6, 7), tolerance=(1e-4, 1e-5),
            num_heads=heads, **attributes)

    case("plain")
    case("unsigned", weights=np.uint8)
    case("column", per_column=True)
    case("counts", np.array([5, 3], np.int32))
    case("ranges", np.array([5, 4, 0, 2], np.int32))
    case("keys", random.integers(0, 2, (batch, length)).astype(np.int32))
    case("pairs", random.integers(0, 2, (batch, length, length)).astype(np.int32))
    case("causal", unidirectional=1)
    case("past", past=3)
    case("past_keys", random.integers(0, 2, (batch, length + 3)).astype(np.int32), past=3, unidirectional=1)
    case("mask_value", np.array([5, 3], np.int32), mask_filter_value=-1.5)
    case("scale", scale=0.3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", metavar="DIR")
    root = pathlib.Path(parser.parse_args().folder)
    for make in (where, dynamic_products, block_products, attention):
        make(root)


if __name__ == "__main__":
    main()
