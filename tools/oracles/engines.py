"""ONNX Runtime and OpenVINO behind one call (samples in, outputs by name out), and LiteRT for timing."""

import numpy as np

ENGINES = ("ort", "ort-noopt", "openvino")


class OnnxRuntime:
    """ONNX Runtime's CPU provider; `optimize=False` runs the graph as it is written."""

    def __init__(self, path, threads, optimize=True):
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        level = ort.GraphOptimizationLevel
        options.graph_optimization_level = level.ORT_ENABLE_ALL if optimize else level.ORT_DISABLE_ALL
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.inputs = {i.name: i.shape for i in self.session.get_inputs()}
        self.outputs = [o.name for o in self.session.get_outputs()]

    def __call__(self, feeds):
        return self.session.run(None, feeds)

    def repeated(self, feeds):
        """A call that runs on these feeds again and again."""
        return lambda: self.session.run(None, feeds)


class OpenVINO:
    """OpenVINO's CPU plugin, held to float32 so that float layers are not run in bfloat16.

    `pinned` fixes dimensions that the model leaves open to 1, which lets OpenVINO plan ahead.
    """

    def __init__(self, path, threads, pinned=False):
        import openvino as ov

        core = ov.Core()
        model = core.read_model(path)
        if pinned:
            model.reshape({
                i.any_name: [d.get_length() if d.is_static else 1 for d in i.partial_shape] for i in model.inputs})
        self.compiled = core.compile_model(model, "CPU", {
            "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "LATENCY"})
        self.request = self.compiled.create_infer_request()
        self.inputs = {
            i.any_name: [d.get_length() if d.is_static else None for d in i.partial_shape] for i in model.inputs}
        self.outputs = [o.any_name for o in model.outputs]

    def __call__(self, feeds):
        results = self.request.infer(feeds)
        return [np.array(results[o]) for o in self.compiled.outputs]

    def repeated(self, feeds):
        """A call that runs on these feeds again and again, without copying them."""
        import openvino as ov

        for name, data in feeds.items():
            self.request.set_tensor(name, ov.Tensor(data))
        return self.request.infer


class LiteRT:
    """LiteRT (TensorFlow Lite with XNNPACK) on a `.tflite` file with one input; needs the package `ai-edge-litert`."""

    def __init__(self, path, threads):
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter = Interpreter(model_path=path, num_threads=threads)
        self.interpreter.allocate_tensors()
        (details,) = self.interpreter.get_input_details()
        self.input, self.type = details["index"], details["dtype"]
        self.inputs = {details["name"]: [int(d) for d in details["shape"]]}
        self.output = self.interpreter.get_output_details()[0]["index"]

    def repeated(self, feeds):
        """A call that runs on these feeds again and again; for an integer input they are scaled to its range."""
        (data,) = feeds.values()
        if self.type != np.float32:
            limits = np.iinfo(self.type)
            data = np.clip(np.rint(data * 40) + (limits.min + limits.max + 1) // 2, limits.min, limits.max)
        data = data.astype(self.type)

        def run():
            self.interpreter.set_tensor(self.input, data)
            self.interpreter.invoke()
            return self.interpreter.get_tensor(self.output)

        return run


def load(path, engine="ort", threads=1):
    if engine == "openvino":
        return OpenVINO(str(path), threads)
    return OnnxRuntime(str(path), threads, optimize=engine == "ort")


def run(model, samples, batch=1):
    """Outputs by name over all samples (first axis) of a model with one input.

    A model with a fixed first dimension is run with that batch; the last batch is then filled up with copies of
    the last sample, whose outputs are dropped.
    """
    if len(model.inputs) != 1:
        raise SystemExit(f"one input is needed, the model has {list(model.inputs)}")
    (name, shape), = model.inputs.items()
    fixed = isinstance(shape[0], int) if shape else False
    batch = shape[0] if fixed else batch
    collected = {o: [] for o in model.outputs}
    for start in range(0, len(samples), batch):
        part = samples[start:start + batch]
        count = len(part)
        if fixed and count < batch:
            part = np.concatenate([part, np.repeat(part[-1:], batch - count, 0)])
        for output, value in zip(model.outputs, model({name: np.ascontiguousarray(part)}), strict=True):
            collected[output].append(value[:count])
    return {o: np.concatenate(values) for o, values in collected.items()}
