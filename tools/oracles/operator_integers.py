"""Run a quantized ONNX model in ONNX Runtime, graph optimisations off, and keep what each of its operators on 8-bit
integers reads and writes.

usage: operator_integers.py MODEL FOLDER --case NAME [--samples N]     flags of a model of the development set
       operator_integers.py MODEL FOLDER --inputs X.npz [--samples N]  an array an input, first axis = samples

FOLDER receives 0.npz, 1.npz …, one a sample, with the tensors under their names. On CPUs without VNNI or AMX ONNX
Runtime's u8s8 kernels saturate sums of two products, so their integers are no reference there.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import samples

BYTES = ("tensor(uint8)", "tensor(int8)")


def open_session(model):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 2
    options.log_severity_level = 3
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def exposed(model):
    """The model with what operators on bytes read and write as results, and the names of these tensors."""
    graph = model.graph
    nodes = [node for node in graph.node if node.op_type != "Constant"]
    own = {value.name for value in graph.output}
    made = [name for node in nodes for name in node.output if name]
    graph.output.extend(onnx.ValueInfoProto(name=name) for name in made if name not in own)
    types = {value.name: value.type for value in open_session(model).get_outputs()}
    constants = {value.name for value in graph.initializer}
    names = set()
    for node in nodes:
        tensors = [name for name in (*node.input, *node.output) if name and name not in constants]
        if any(types.get(name) in BYTES for name in tensors):
            names.update(tensors)
    for index in reversed(range(len(graph.output))):
        if graph.output[index].name not in names | own:
            del graph.output[index]
    return model, names


def feeds(options, inputs):
    """The inputs of each sample by name."""
    if options.inputs:
        arrays = dict(np.load(options.inputs))
    else:
        arrays = {inputs[0].name: samples.load(options)[0]}
    count = min(options.samples or len(next(iter(arrays.values()))), len(next(iter(arrays.values()))))
    return [{name: array[index:index + 1] for name, array in arrays.items()} for index in range(count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--case", choices=sorted(samples.CASES))
    parser.add_argument("--inputs", metavar="X.npz")
    samples.add_arguments(parser)
    options = parser.parse_args()
    if options.case:
        defaults = parser.parse_args([options.model, str(options.folder), *samples.case_arguments(options.case)])
        options = parser.parse_args(namespace=defaults)
    if not options.inputs and not options.data:
        parser.error("--case or --inputs is needed")

    model, names = exposed(onnx.load(options.model))
    session = open_session(model)
    outputs = [value.name for value in session.get_outputs() if value.name in names]
    options.folder.mkdir(parents=True, exist_ok=True)
    for index, feed in enumerate(feeds(options, session.get_inputs())):
        values = dict(zip(outputs, session.run(outputs, feed), strict=True))
        np.savez(options.folder / f"{index}.npz", **(values | feed))


if __name__ == "__main__":
    main()
