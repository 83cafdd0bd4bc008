"""Labelled samples and their preprocessing, written apart from Octet's so that the two can be compared.

The flags are those of `octet`: resize, then crop, then x = (pixel * scale - mean) / std in float32, channels in the
order asked for. Images are decoded and resized by Pillow (bilinear, antialiased).
"""

import csv
import os
import shlex
from pathlib import Path

import numpy as np
from PIL import Image

IMAGENET = "--scale 1/255 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225"
CAFFE = "--channels bgr --mean 104,117,123"
TENSORFLOW = "--scale 0.0078125 --mean 1"
VALIDATION = "--data {data}/imagenet/val227 --labels {data}/imagenet/val227_labels.csv"
CIFAR = "--data {data}/cifar10/test_3000.bin"

# Flags for the models of the development set ({data} is OCTET_TEST_DATA/data).
CASES = {
    "squeezenet1.0": f"{VALIDATION} --crop 227 {CAFFE}",
    "squeezenet1.1": f"{VALIDATION} --crop 224 {CAFFE}",
    "shufflenetv2_x1.0": f"{VALIDATION} --crop 224 {IMAGENET}",
    "mobilenet_v2_1.0_224_from_uint8": f"{VALIDATION} --crop 224 {TENSORFLOW} --label-offset 1",
    "cifar10_resnet20": f"{CIFAR} {IMAGENET}",
    "cifar10_resnet56": f"{CIFAR} {IMAGENET}",
    "mnist_cntk": "--data {data}/mnist/test_images_u8_5000.npy --labels {data}/mnist/test_labels_5000.npy",
}


def shared():
    """The folder of the development set: OCTET_TEST_DATA, by default ../shared beside the repository."""
    root = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("OCTET_TEST_DATA") or root.parent / "shared")


def case_arguments(name):
    """The flags of a case of the development set, split into words."""
    return shlex.split(CASES[name].format(data=shlex.quote(str(shared() / "data"))))


def numbers(text):
    return np.array([float(part) for part in text.split(",")], np.float32)


def scaling(text):
    """What `--scale` does to float32 pixels: a product with F, or a quotient by D when it is written 1/D."""
    if text.startswith("1/"):
        return lambda pixels, divisor=np.float32(text[2:]): pixels / divisor
    return lambda pixels, factor=np.float32(text): pixels * factor


def add_arguments(parser):
    parser.add_argument("--data", type=Path, help="folder of images, .npy (first axis = samples) or CIFAR-10 .bin")
    parser.add_argument("--labels", type=Path, help="CSV file,label (selects and orders the images) or integer .npy")
    parser.add_argument("--label-offset", type=int, default=0)
    parser.add_argument("--samples", type=int, help="as many, evenly spread")
    parser.add_argument("--resize", help="N (shorter side) or WxH")
    parser.add_argument("--crop", type=int, help="centre square; offsets rounded down")
    parser.add_argument("--scale", type=scaling, default=scaling("1"), help="F, or 1/D")
    parser.add_argument("--mean", type=numbers, default=numbers("0"))
    parser.add_argument("--std", type=numbers, default=numbers("1"))
    parser.add_argument("--channels", choices=("rgb", "bgr"), default="rgb")
    parser.add_argument("--layout", choices=("nchw", "nhwc"), default="nchw")


def spatial(image, resize, crop):
    """One Pillow image after resize and crop."""
    width, height = image.size
    if resize and "x" in resize:
        image = image.resize(tuple(int(side) for side in resize.split("x")), Image.Resampling.BILINEAR)
    elif resize:
        short, target = min(width, height), int(resize)
        image = image.resize((width * target // short, height * target // short), Image.Resampling.BILINEAR)
    if crop:
        width, height = image.size
        left, top = (width - crop) // 2, (height - crop) // 2
        if left < 0 or top < 0:
            raise SystemExit(f"a crop of {crop} does not fit into {width} x {height}")
        image = image.crop((left, top, left + crop, top + crop))
    return image


def spread(count, wanted):
    """Indices of `wanted` of `count` samples, evenly spread."""
    return [i * count // wanted for i in range(wanted)] if wanted and wanted < count else list(range(count))


def image_pixels(options):
    """Pixels (N,H,W,3) and labels of a folder of images."""
    if options.labels:
        with open(options.labels, newline="") as file:
            rows = [(row["file"], int(row["label"])) for row in csv.DictReader(file)]
    else:
        rows = [(path.name, None) for path in sorted(options.data.iterdir())]
    rows = [rows[i] for i in spread(len(rows), options.samples)]
    pixels = []
    for file, _ in rows:
        candidates = [options.labels.parent / file] if options.labels else []
        candidates += [options.data / file, options.data / Path(file).name]
        path = next((p for p in candidates if p.is_file()), None)
        if path is None:
            raise SystemExit(f"{file} is neither beside {options.labels} nor in {options.data}")
        with Image.open(path) as image:
            pixels.append(np.asarray(spatial(image.convert("RGB"), options.resize, options.crop)))
    labels = np.array([label for _, label in rows]) if options.labels else None
    return np.stack(pixels), labels


def array_pixels(options):
    """Pixels or values and labels of a .npy file or a CIFAR-10 binary."""
    if options.data.suffix == ".bin":
        records = np.fromfile(options.data, np.uint8).reshape(-1, 3073)
        pixels, labels = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), records[:, 0]
    else:
        pixels, labels = np.load(options.data, mmap_mode="r"), np.load(options.labels) if options.labels else None
        if pixels.dtype == np.uint8 and pixels.ndim == 3:
            pixels = pixels[..., None]
    chosen = spread(len(pixels), options.samples)
    if len(chosen) < len(pixels):
        pixels, labels = pixels[chosen], None if labels is None else labels[chosen]
    if pixels.dtype == np.uint8 and (options.resize or options.crop):
        def one(p):
            image = spatial(Image.fromarray(p[..., 0] if p.shape[-1] == 1 else p), options.resize, options.crop)
            return np.asarray(image).reshape(image.size[1], image.size[0], p.shape[-1])
        pixels = np.stack([one(p) for p in pixels])
    return pixels, labels


def load(options):
    """What the model wants (float32; float arrays as they are) and the labels with their offset, or None."""
    pixels, labels = (image_pixels if options.data.is_dir() else array_pixels)(options)
    if labels is not None:
        labels = labels.astype(np.int64) + options.label_offset
    if pixels.dtype != np.uint8:
        return pixels, labels
    if options.channels == "bgr":
        pixels = pixels[..., ::-1]
    values = (options.scale(pixels.astype(np.float32)) - options.mean) / options.std
    if options.layout == "nchw":
        values = values.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(values, np.float32), labels
