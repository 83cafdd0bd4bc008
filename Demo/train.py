"""Train the demonstration network on scikit-learn's handwritten digits and write it with its data.

usage: train.py [--output DIR] [--epochs N] [--seed S]

Writes into DIR (default: the resources of the octet command):
  digits_cnn.onnx   float32 network, batch normalization kept apart, input (N,1,8,8), output (N,10) scores
  calibration.npy   uint8 (200,8,8,1), pixels 0..16, drawn apart from training and test samples
  test.npy          uint8 (500,8,8,1), never seen in training
  test_labels.npy   int32 (500,)
The network's input is pixel * 0.0625 - 0.3125. The number of epochs is fixed beforehand and the last state is
kept, so the test samples choose nothing.
"""

import argparse
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from jax.scipy.ndimage import map_coordinates
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits

SCALE, MEAN = 0.0625, 0.3125
EPSILON = 1e-5
BATCH = 64

# name: (output channels, input channels per group, kernel, stride, groups)
CONVOLUTIONS = {
    "stem": (16, 1, 3, 1, 1),
    "separable.depthwise": (16, 1, 3, 1, 16),
    "separable.pointwise": (32, 16, 1, 1, 1),
    "reduce": (32, 32, 3, 2, 1),
    "residual.first": (64, 64, 3, 1, 1),
    "residual.second": (64, 64, 3, 1, 1),
}
CLASSES, FEATURES = 10, 64


def split(seed):
    """1097 training, 200 calibration and 500 test samples, as (images uint8 N,8,8,1; labels int32)."""
    digits = load_digits()
    order = np.random.default_rng(seed).permutation(len(digits.target))
    images = digits.images[order].astype(np.uint8)[..., None]
    labels = digits.target[order].astype(np.int32)
    return [(images[a:b], labels[a:b]) for a, b in ((700, None), (500, 700), (0, 500))]


def initial_state(key):
    weights, statistics = {}, {}
    for name, (outputs, inputs, kernel, _, _) in CONVOLUTIONS.items():
        key, use = jax.random.split(key)
        spread = np.sqrt(2 / (inputs * kernel * kernel))
        weights[name] = {
            "weight": spread * jax.random.normal(use, (outputs, inputs, kernel, kernel)),
            "gamma": jnp.ones(outputs),
            "beta": jnp.zeros(outputs),
        }
        statistics[name] = {"mean": jnp.zeros(outputs), "var": jnp.ones(outputs)}
    weights["classifier"] = {
        "weight": jax.random.normal(key, (CLASSES, FEATURES)) / np.sqrt(FEATURES),
        "bias": jnp.zeros(CLASSES),
    }
    return weights, statistics


def forward(weights, statistics, x, training):
    """Scores (N,10) and, in training, the moments of each batch normalization's input."""
    moments = {}

    def convolution(name, x):
        _, _, kernel, stride, groups = CONVOLUTIONS[name]
        pad = kernel // 2
        p = weights[name]
        x = jax.lax.conv_general_dilated(
            x, p["weight"], (stride, stride), [(pad, pad)] * 2, feature_group_count=groups,
            dimension_numbers=("NCHW", "OIHW", "NCHW"))
        mean, var = statistics[name]["mean"], statistics[name]["var"]
        if training:
            mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
            moments[name] = {"mean": mean, "var": var}
        factor = p["gamma"] / jnp.sqrt(var + EPSILON)
        return x * factor[:, None, None] + (p["beta"] - mean * factor)[:, None, None]

    x = jax.nn.relu(convolution("stem", x))
    x = jnp.clip(convolution("separable.depthwise", x), 0, 6)
    x = jax.nn.relu(convolution("separable.pointwise", x))
    pooled = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
    x = jnp.concatenate([pooled, jax.nn.relu(convolution("reduce", x))], 1)
    inner = jax.nn.relu(convolution("residual.first", x))
    x = jax.nn.relu(x + convolution("residual.second", inner))
    x = x.mean((2, 3))
    return x @ weights["classifier"]["weight"].T + weights["classifier"]["bias"], moments


def distort(key, x):
    """Each image turned (up to 12 degrees), scaled (10 %) and moved (0.9 pixel), bilinear, zero outside."""
    n = x.shape[0]
    keys = jax.random.split(key, 3)
    angle = jax.random.uniform(keys[0], (n,), minval=-0.21, maxval=0.21)
    zoom = jax.random.uniform(keys[1], (n, 2), minval=0.9, maxval=1.1)
    shift = jax.random.uniform(keys[2], (n, 2), minval=-0.9, maxval=0.9)
    grid = jnp.stack(jnp.meshgrid(jnp.arange(8.0), jnp.arange(8.0), indexing="ij")) - 3.5

    def one(image, angle, zoom, shift):
        c, s = jnp.cos(angle), jnp.sin(angle)
        rows = (c * grid[0] - s * grid[1]) * zoom[0] + 3.5 + shift[0]
        columns = (s * grid[0] + c * grid[1]) * zoom[1] + 3.5 + shift[1]
        return map_coordinates(image, [rows, columns], order=1, mode="constant")

    return jax.vmap(one)(x[:, 0], angle, zoom, shift)[:, None]


def train(images, labels, epochs, seed):
    """AdamW with a cosine schedule; batch statistics averaged with momentum 0.9."""
    x = jnp.asarray(images.transpose(0, 3, 1, 2), jnp.float32) * SCALE
    y = jax.nn.one_hot(labels, CLASSES) * 0.9 + 0.1 / CLASSES
    weights, statistics = initial_state(jax.random.key(seed))
    steps = len(x) // BATCH
    total = steps * epochs
    first = jax.tree.map(jnp.zeros_like, weights)
    second = jax.tree.map(jnp.zeros_like, weights)

    @jax.jit
    def step(weights, statistics, first, second, count, batch, target, key):
        batch = distort(key, batch) - MEAN

        def loss(weights):
            scores, moments = forward(weights, statistics, batch, True)
            return -(target * jax.nn.log_softmax(scores)).sum(1).mean(), moments

        gradient, moments = jax.grad(loss, has_aux=True)(weights)
        rate = 3e-3 * 0.5 * (1 + jnp.cos(jnp.pi * count / total))
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)

        def update(w, m, v):
            m, v = m / (1 - 0.9 ** (count + 1)), v / (1 - 0.999 ** (count + 1))
            return w - rate * (m / (jnp.sqrt(v) + 1e-8) + (0.02 * w if w.ndim > 1 else 0))

        weights = jax.tree.map(update, weights, first, second)
        statistics = jax.tree.map(lambda s, m: 0.9 * s + 0.1 * m, statistics, moments)
        return weights, statistics, first, second

    random = np.random.default_rng(seed)
    count = 0
    for epoch in range(epochs):
        order = random.permutation(len(x))
        for k in range(steps):
            pick = order[k * BATCH:(k + 1) * BATCH]
            weights, statistics, first, second = step(
                weights, statistics, first, second, count, x[pick], y[pick],
                jax.random.key(seed * 1_000_003 + count))
            count += 1
        if (epoch + 1) % 20 == 0:
            print(f"epoch {epoch + 1} of {epochs}", flush=True)
    return weights, statistics


def onnx_model(weights, statistics):
    """The network as ONNX opset 17: what a training framework exports before anything is folded."""
    nodes, constants = [], []

    def constant(name, array):
        constants.append(numpy_helper.from_array(np.asarray(array, np.float32), name))
        return name

    def node(operator, inputs, output, **attributes):
        nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def convolution(name, x):
        _, _, kernel, stride, groups = CONVOLUTIONS[name]
        p, s = weights[name], statistics[name]
        x = node("Conv", [x, constant(f"{name}.conv.weight", p["weight"])], f"{name}.conv",
                 kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4, dilations=[1, 1],
                 group=groups)
        return node("BatchNormalization",
                    [x, constant(f"{name}.norm.weight", p["gamma"]), constant(f"{name}.norm.bias", p["beta"]),
                     constant(f"{name}.norm.running_mean", s["mean"]), constant(f"{name}.norm.running_var", s["var"])],
                    f"{name}.norm", epsilon=EPSILON)

    x = node("Relu", [convolution("stem", "image")], "stem.relu")
    x = node("Clip", [convolution("separable.depthwise", x), constant("relu6.min", 0), constant("relu6.max", 6)],
             "separable.depthwise.relu6")
    x = node("Relu", [convolution("separable.pointwise", x)], "separable.pointwise.relu")
    pooled = node("MaxPool", [x], "pool", kernel_shape=[2, 2], strides=[2, 2])
    reduced = node("Relu", [convolution("reduce", x)], "reduce.relu")
    x = node("Concat", [pooled, reduced], "concat", axis=1)
    inner = node("Relu", [convolution("residual.first", x)], "residual.first.relu")
    x = node("Add", [x, convolution("residual.second", inner)], "residual.add")
    x = node("Relu", [x], "residual.relu")
    x = node("GlobalAveragePool", [x], "average")
    x = node("Flatten", [x], "flatten", axis=1)
    c = weights["classifier"]
    nodes.append(helper.make_node(
        "Gemm", [x, constant("classifier.weight", c["weight"]), constant("classifier.bias", c["bias"])],
        ["scores"], name="classifier", transB=1))
    graph = helper.make_graph(
        nodes, "digits_cnn",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 8, 8])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", CLASSES])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
                              producer_name="octet Demo/train.py")
    onnx.checker.check_model(model, full_check=True)
    return model


def accuracy(path, images, labels):
    """Top-1 in per cent, by ONNX Runtime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    x = images.transpose(0, 3, 1, 2).astype(np.float32) * np.float32(SCALE) - np.float32(MEAN)
    scores = session.run(None, {"image": x})[0]
    return 100 * (scores.argmax(1) == labels).mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parent.parent / "Sources/OctetCommand/Resources/Demo"
    parser.add_argument("--output", type=Path, default=default)
    parser.add_argument("--epochs", type=int, default=120)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()

    (images, labels), (calibration, _), (test, test_labels) = split(options.seed)
    model = onnx_model(*train(images, labels, options.epochs, options.seed))
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / "digits_cnn.onnx"
    onnx.save(model, path)
    np.save(options.output / "calibration.npy", calibration)
    np.save(options.output / "test.npy", test)
    np.save(options.output / "test_labels.npy", test_labels)
    print(f"{path.stat().st_size} bytes; top-1: training {accuracy(path, images, labels):.2f} %, "
          f"test {accuracy(path, test, test_labels):.2f} % of {len(test)}")


if __name__ == "__main__":
    main()
