#!/usr/bin/env python3
"""Times onnxruntime on a network, for `pellucid-bench onnx`.

    onnx_peer.py NET.onnx cpu|cuda THREADS REPEATS

Prints one JSON object a line: {"peer", "task": "batch N", "seconds" a batch}: the least mean of REPEATS series, each
at least a third of a second long. Needs numpy and onnxruntime."""
import json
import sys
import time

import numpy as np


def main():
    path, device, threads, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    provider = "CUDAExecutionProvider" if device.startswith("cuda") else "CPUExecutionProvider"
    session = ort.InferenceSession(path, options, providers=[provider])
    put = session.get_inputs()[0]
    for batch in (1, 16):
        shape = [batch] + [d if isinstance(d, int) else 224 for d in put.shape[1:]]
        x = np.random.default_rng(0).random(shape, dtype=np.float32)

        def series(calls):
            start = time.perf_counter()
            for _ in range(calls):
                session.run(None, {put.name: x})
            return time.perf_counter() - start

        try:
            series(3)
            calls = max(1, int(0.33 / (series(3) / 3)))
            seconds = min(series(calls) / calls for _ in range(repeats))
            print(json.dumps({"peer": "onnxruntime " + ort.__version__, "task": f"batch {batch}", "seconds": seconds}), flush=True)
        except Exception as error:
            print(json.dumps({"peer": "onnxruntime", "task": f"batch {batch}", "error": str(error)[:200]}), flush=True)


main()
