"""Say in which types OpenVINO's CPU plugin executes the layers of a model, from its own execution graph.

usage: openvino_types.py MODEL        prints one JSON object: layer type → element type → number of layers
"""

import argparse
import collections
import json

import engines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", metavar="MODEL")
    compiled = engines.OpenVINO(parser.parse_args().model, threads=1).compiled
    counts = collections.defaultdict(collections.Counter)
    for layer in compiled.get_runtime_model().get_ops():
        info = layer.get_rt_info()
        counts[str(info["layerType"].astype(str))][str(info["runtimePrecision"].astype(str))] += 1
    print(json.dumps(counts, sort_keys=True))


if __name__ == "__main__":
    main()
