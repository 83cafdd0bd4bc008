"""Compare what the targets import with what the design allows.

usage: check_imports.py        exit code 1 when an import or a dependency is not in the table below

ALLOWED is the design's table: a target may import what is listed and, through it, what that may import; Foundation,
the C library and the like are free. The `import` lines in Sources/ may be fewer than that; the dependencies in
`Package.swift` are exactly that table.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

ALLOWED = {
    "TensorCore": [],
    "CKernels": [],
    "Kernels": ["TensorCore", "CKernels"],
    "ModelGraph": ["TensorCore"],
    "Operators": ["ModelGraph"],
    "GraphPasses": ["Operators"],
    "Quantization": ["GraphPasses", "Kernels"],
    "WireFormats": ["TensorCore"],
    "OnnxFormat": ["Operators", "WireFormats"],
    "Runtime": ["Operators", "Kernels"],
    "CCodecs": [],
    "Datasets": ["TensorCore", "CCodecs"],
    "Evaluation": ["Quantization", "Datasets"],
    "Octet": ["Evaluation", "Runtime", "OnnxFormat"],
    "OctetCommand": ["Octet", "ArgumentParser", "Yams"],
}
SYSTEM = {"Foundation", "FoundationEssentials", "Synchronization", "Dispatch", "Glibc", "Musl", "Darwin", "ImageIO",
          "CoreGraphics"}
IMPORT = re.compile(
    r"^[ \t]*(?:@\w+\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)", re.MULTILINE)


def closure(target):
    """Everything a target may import."""
    found = set()
    for name in ALLOWED.get(target, []):
        found |= {name} | closure(name)
    return found


def imports(target):
    """Modules imported by a target's sources, with a file for each."""
    found = {}
    for path in sorted((ROOT / "Sources" / target).rglob("*.swift")):
        for name in IMPORT.findall(path.read_text()):
            found.setdefault(name, path.relative_to(ROOT))
    return found


def dependencies():
    """The dependencies of each target outside Tests, by `Package.swift`."""
    dump = subprocess.run(["swift", "package", "dump-package"], cwd=ROOT, check=True, capture_output=True, text=True)
    targets = {}
    for target in json.loads(dump.stdout)["targets"]:
        if (target.get("path") or "").startswith("Tests") or target["type"] == "test":
            continue
        targets[target["name"]] = {next(iter(entry.values()))[0] for entry in target["dependencies"]}
    return targets


def main():
    problems = []
    declared = dependencies()
    folders = {path.name for path in (ROOT / "Sources").iterdir() if path.is_dir()}
    for name in sorted(folders ^ set(ALLOWED)):
        problems.append(f"{name} is in Sources or in the table, but not in both")
    for target in ALLOWED:
        allowed, used = closure(target), imports(target)
        for name, path in used.items():
            if name not in allowed | SYSTEM:
                problems.append(f"{path}: {target} may not import {name}")
        for name in sorted(declared.get(target, set()) - allowed):
            problems.append(f"Package.swift: {target} may not depend on {name}")
        for name in sorted(set(ALLOWED[target]) - declared.get(target, set())):
            problems.append(f"Package.swift: {target} lacks its dependency on {name}")
        print(f"{target}: {', '.join(sorted(set(used) - SYSTEM)) or '-'}")
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    raise SystemExit(1 if problems else 0)


if __name__ == "__main__":
    main()
