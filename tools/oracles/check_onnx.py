"""Check ONNX files with the ONNX project's own checker, shape inference included.

usage: check_onnx.py MODEL [MODEL ...]        exit code 1 when a file does not pass
"""

import argparse

import onnx


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", metavar="MODEL")
    failed = 0
    for path in parser.parse_args().models:
        try:
            onnx.checker.check_model(path, full_check=True)
            print(f"{path}: good")
        except Exception as reason:  # the checker, the parser and shape inference raise unrelated types
            failed += 1
            print(f"{path}: {type(reason).__name__}: {reason}")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
