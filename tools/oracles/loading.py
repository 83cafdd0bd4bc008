"""Time from opening a model file to its first result, and peak private memory, of Octet and the rival engines.

usage: loading.py OCTET MODEL.onnx[=MODEL.tflite] ... [--threads 2] [--repeats 7] [--cache DIR] [--json FILE]

Every measurement is a fresh process; the engines take turns. Times are the least of the repeats: compiling (from opening
the file until it can run) plus the first run. Memory is resident pages less those of files, at its greatest, above what
the process had before it opened the file (for the rivals: after their import); it is watched from outside. With --cache
Octet is also measured with its compiled networks kept in that folder. A .tflite file is given to LiteRT (pip install
ai-edge-litert==2.3.0), which cannot read ONNX.
"""
import argparse
import json
import os
import subprocess
import sys
import time

PAGE = os.sysconf("SC_PAGESIZE")


def private_mb(process="self"):
    """Resident pages less those of files and shared memory, in 10^6 bytes."""
    with open(f"/proc/{process}/statm") as file:
        fields = file.read().split()
    return (int(fields[1]) - int(fields[2])) * PAGE / 1e6 if len(fields) > 2 else 0.0


def zeros(shape, dtype="float32"):
    import numpy as np

    return np.zeros([d if isinstance(d, int) and d > 0 else 1 for d in shape], dtype)


def prepare(engine, path, threads):
    """Imports an engine and returns a function that opens the file and one that then runs it once."""
    if engine == "LiteRT":
        from ai_edge_litert.interpreter import Interpreter

        def load():
            interpreter = Interpreter(model_path=path, num_threads=threads)
            interpreter.allocate_tensors()
            return interpreter

        def run(interpreter):
            for detail in interpreter.get_input_details():
                interpreter.set_tensor(detail["index"], zeros(detail["shape"].tolist(), detail["dtype"]))
            interpreter.invoke()
    else:
        import engines

        module = {"ONNX Runtime": "onnxruntime", "OpenVINO": "openvino"}[engine]
        __import__(module)
        kind = {"ONNX Runtime": engines.OnnxRuntime, "OpenVINO": engines.OpenVINO}[engine]

        def load():
            return kind(path, threads)

        def run(session):
            session({name: zeros(shape) for name, shape in session.inputs.items()})
    zeros([1])
    return load, run


def one(engine, path, threads):
    load, run = prepare(engine, path, threads)
    base = private_mb()
    begin = time.perf_counter()
    session = load()
    loaded = time.perf_counter()
    run(session)
    end = time.perf_counter()
    print(json.dumps({"load_ms": (loaded - begin) * 1e3, "first_ms": (end - loaded) * 1e3, "base_mb": base}))


def watch(command):
    """Runs a command; its JSON and the greatest private memory seen."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    peak = 0.0
    while process.poll() is None:
        try:
            peak = max(peak, private_mb(process.pid))
        except OSError:
            break
        time.sleep(0.0005)
    text = process.communicate()[0]
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    result = json.loads(text[text.index("{"):])
    return result["load_ms"] + result["first_ms"], max(peak, result.get("peak_mb", 0)) - result["base_mb"]


def measure(octet, onnx, tflite, threads, repeats, cache):
    def rival(engine, path):
        return [sys.executable, __file__, "--one", engine, path, str(threads)]

    own = [octet, "benchmark", onnx, "--threads", str(threads), "--iterations", "1", "--json"]
    commands = {"Octet": own}
    if cache:
        commands["Octet, cached"] = own + ["--cache", cache]
        watch(commands["Octet, cached"])
    commands["ONNX Runtime"] = rival("ONNX Runtime", onnx)
    commands["OpenVINO"] = rival("OpenVINO", onnx)
    if tflite:
        commands["LiteRT"] = rival("LiteRT", tflite)
    results = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            results[name].append(watch(command))
    return {name: [min(column) for column in zip(*values)] for name, values in results.items()}


def main():
    if sys.argv[1:2] == ["--one"]:
        return one(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("octet")
    parser.add_argument("models", nargs="+")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--cache")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    rows = {}
    names = ["Octet", "Octet, cached", "ONNX Runtime", "OpenVINO", "LiteRT"]
    print("| model | " + " | ".join(names) + " |\n|" + " --- |" * (len(names) + 1))
    for pair in arguments.models:
        onnx, _, tflite = pair.partition("=")
        name = os.path.basename(onnx)
        rows[name] = measure(
            arguments.octet, onnx, tflite, arguments.threads, arguments.repeats, arguments.cache)
        cells = [f"{rows[name][n][0]:.1f} ms, {rows[name][n][1]:.1f} MB" if n in rows[name] else "" for n in names]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=1)


main()
