"""Write the pictures, and what Pillow makes of them, that the tests of Datasets hold as constants.

Needs the development set (OCTET_TEST_DATA).

usage: image_goldens.py Tests/DatasetsTests/ImageGoldens.swift
"""

import argparse
import base64
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import samples
from PIL import Image, PngImagePlugin

random = np.random.default_rng(7)


def smooth(width, height, channels):
    """A picture with gradients and some noise, so that JPEG has something to keep."""
    rows, columns = np.mgrid[0:height, 0:width]
    planes = [(rows * (5 + c) + columns * (9 - 2 * c) + random.integers(0, 25, rows.shape)) % 256
              for c in range(channels)]
    picture = np.stack(planes, axis=-1).astype(np.uint8)
    return picture[..., 0] if channels == 1 else picture


def jpeg(picture, mode=None, **options):
    target = io.BytesIO()
    Image.fromarray(picture, mode).save(target, "JPEG", **options)
    return target.getvalue()


def png_chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, depth, colour, rows, extra=(), interlaced=False):
    """A PNG from packed rows (bytes, unfiltered), written by hand because Pillow cannot write every kind."""
    passes = [rows]
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    if interlaced:
        starts = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        passes = [[row[left::step] for row in rows[top::down]] for top, left, down, step in starts]
    body = b"".join(b"\0" + np.asarray(row, np.uint8).tobytes() for one in passes for row in one if len(row))
    chunks = [png_chunk(b"IHDR", head), *(png_chunk(*chunk) for chunk in extra)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + png_chunk(b"IDAT", zlib.compress(body)) + png_chunk(b"IEND", b"")


def files():
    colour, grey = smooth(19, 13, 3), smooth(19, 13, 1)
    yield "jpeg420", jpeg(colour, quality=90, subsampling="4:2:0")
    yield "jpeg422", jpeg(colour, quality=75, subsampling="4:2:2")
    yield "jpeg444Progressive", jpeg(colour, quality=95, subsampling="4:4:4", progressive=True)
    yield "jpegGrey", jpeg(grey, quality=90)
    yield "jpegCMYK", jpeg(smooth(19, 13, 4), "CMYK", quality=90)
    wide = random.integers(0, 65536, (5, 7, 4), dtype=np.uint16)
    big = wide.astype(">u2")
    alpha = random.integers(0, 256, (5, 7, 4), dtype=np.uint8)
    gamma = [(b"gAMA", struct.pack(">I", 100000))]
    palette = [(b"PLTE", random.integers(0, 256, 48, dtype=np.uint8).tobytes()), (b"tRNS", bytes([0, 128, 255]))]
    yield "pngRGB", png(7, 5, 8, 2, alpha[..., :3])
    yield "pngGamma", png(7, 5, 8, 2, alpha[..., :3], gamma)
    yield "pngInterlaced", png(7, 5, 8, 2, alpha[..., :3], interlaced=True)
    yield "pngRGBA", png(7, 5, 8, 6, alpha)
    yield "pngGrey", png(7, 5, 8, 0, alpha[..., 0])
    yield "pngGreyKey", png(7, 5, 8, 0, alpha[..., 0], [(b"tRNS", struct.pack(">H", int(alpha[0, 0, 0])))])
    yield "pngGreyAlpha", png(7, 5, 8, 4, alpha[..., :2])
    yield "pngBits", png(7, 5, 1, 0, alpha[:, :1, 0])
    yield "pngNibbles", png(7, 5, 4, 0, alpha[:, :4, 0])
    yield "pngPalette", png(7, 5, 4, 3, alpha[:, :4, 0], palette)
    yield "pngRGB16", png(7, 5, 16, 2, [row.tobytes() and np.frombuffer(row.tobytes(), np.uint8) for row in big[..., :3]])
    yield "pngGrey16", png(7, 5, 16, 0, [np.frombuffer((row % 400).astype(">u2").tobytes(), np.uint8) for row in wide[..., 0]])


def encoded(data):
    text = base64.b64encode(data).decode()
    lines = [text[i:i + 100] for i in range(0, len(text), 100)]
    return "\n                ".join(f'"{line}"' + (" +" if i + 1 < len(lines) else "") for i, line in enumerate(lines))


def folder_checksums(folder):
    """CRC-32 of every picture of a folder, in the order of names: decoded, and with the shorter side at 160."""
    plain = resized = 0
    for path in sorted(folder.iterdir(), key=lambda path: path.name.encode()):
        picture = Image.open(path).convert("RGB")
        short, (width, height) = min(picture.size), picture.size
        plain = zlib.crc32(picture.tobytes(), plain)
        small = picture.resize((width * 160 // short, height * 160 // short), Image.Resampling.BILINEAR)
        resized = zlib.crc32(small.tobytes(), resized)
    return plain, resized


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", metavar="TARGET")
    text = ["/// Pictures and what Pillow makes of them. Written by tools/oracles/image_goldens.py.", "enum ImageGoldens {"]
    text.append("    /// A file, and the bytes of `Image.open(file).convert(\"RGB\")`.")
    text.append("    static let files: [Golden] = [")
    for name, data in files():
        picture = Image.open(io.BytesIO(data)).convert("RGB")
        text.append(f'        Golden("{name}", {picture.width}, {picture.height}, source:')
        text.append(f"                {encoded(data)},")
        text.append(f"            result:\n                {encoded(picture.tobytes())}),")
    text.append("    ]\n")
    source = smooth(23, 17, 3)
    text.append("    /// A picture of 23 x 17 pixels, and Pillow's bilinear `resize` of it.")
    text.append("    static let sized: [Golden] = [")
    for width, height in [(11, 8), (23, 9), (7, 17), (40, 31), (1, 1), (22, 18), (5, 40), (20, 9)]:
        picture = Image.fromarray(source).resize((width, height), Image.Resampling.BILINEAR)
        text.append(f'        Golden("{width}x{height}", {width}, {height}, source: sizedSource, result:')
        text.append(f"                {encoded(picture.tobytes())}),")
    text.append("    ]\n")
    text.append("    /// Folders of the development set: CRC-32 of all pictures decoded, and with the shorter side at 160.")
    text.append("    static let folders: [(path: String, decoded: UInt32, resized: UInt32)] = [")
    for name in ["sample", "val227"]:
        path = f"data/imagenet/{name}"
        plain, resized = folder_checksums(samples.shared() / path)
        text.append(f'        ("{path}", {plain}, {resized}),')
    text.append("    ]\n")
    text.append("    private static let sizedSource =")
    text.append(f"                {encoded(source.tobytes())}")
    text.append("}")
    Path(parser.parse_args().target).write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
