"""Write the .npy and .npz files that the tests of Datasets hold as constants; their elements count from 0.

usage: array_goldens.py Tests/DatasetsTests/ArrayGoldens.swift
"""

import argparse
import base64
import io
from pathlib import Path

import numpy as np


def npy(array, version=None):
    target = io.BytesIO()
    np.lib.format.write_array(target, array, version=version)
    return target.getvalue()


def npz(save):
    target = io.BytesIO()
    save(target, first=np.arange(24, dtype=np.float32).reshape(4, 6), second=np.arange(100, dtype=np.int64) // 25)
    return target.getvalue()


def files():
    counted = np.arange(24)
    for name in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
        yield name, npy(counted.astype(name).reshape(2, 3, 4))
    for name in ["u1", "f4", "i8"]:
        yield f"{name}Fortran", npy(np.asfortranarray(counted.astype(name).reshape(2, 3, 4)))
    for name in ["f2", "u4", "f8"]:
        yield f"{name}BigEndian", npy(counted.astype(">" + name).reshape(2, 3, 4))
    yield "version2", npy(counted.astype("f4").reshape(2, 3, 4), (2, 0))
    yield "version3", npy(counted.astype("f4").reshape(2, 3, 4), (3, 0))


def others():
    yield "flags", npy(np.array([True, False, True]))
    yield "text", npy(np.array(["a", "été", "漢字"]))
    yield "bytes", npy(np.array([b"ab", b"c"]))
    yield "scalar", npy(np.array(2.5, np.float32))
    yield "complex", npy(np.array([1 + 2j, 3 - 4j], ">c8"))
    yield "records", npy(np.zeros(2, [("a", "f4"), ("b", "i4")]))
    yield "stored", npz(np.savez)
    yield "deflated", npz(np.savez_compressed)


def swift(data):
    text = base64.b64encode(data).decode()
    return " +\n            ".join(f'"{text[i:i + 100]}"' for i in range(0, len(text), 100))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", metavar="TARGET")
    text = ["/// Arrays as NumPy writes them, in base 64. Written by tools/oracles/array_goldens.py.", "enum ArrayGoldens {"]
    text.append("    /// Shape 2 x 3 x 4, counting from 0.\n    static let counted: [(name: String, file: String)] = [")
    text += [f'        (\n            "{name}",\n            {swift(data)}\n        ),' for name, data in files()]
    text.append("    ]\n")
    text += [f"    static let {name} =\n            {swift(data)}\n" for name, data in others()]
    text[-1] = text[-1].rstrip("\n")
    Path(parser.parse_args().target).write_text("\n".join(text) + "\n}\n")


if __name__ == "__main__":
    main()
