#!/usr/bin/env python3
"""Networks in ONNX files by Pellucid and by onnxruntime: how far their outputs are apart.

usage: onnx_agreement.py BIN FILE.onnx… [--device cpu] [--inputs 2] [--size H,W]
BIN is the folder of Pellucid's programs. Each network gets the same random inputs (uniform in [0, 1), seed 0); what is
told is the largest difference of an output by the largest output. Needs numpy, onnx and onnxruntime."""
import argparse, os, subprocess, sys, tempfile, time
import numpy as np, onnx, onnxruntime as ort


def free_input(model):
    constants = {i.name for i in model.graph.initializer}
    return next(i for i in model.graph.input if i.name not in constants)


def input_shape(model, n, size):
    dims = free_input(model).type.tensor_type.shape.dim
    shape = [d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else -1 for d in dims]
    shape[0] = n if shape[0] < 0 else shape[0]
    for k in range(1, len(shape)):
        if shape[k] < 0:
            shape[k] = size[k - 2] if k >= 2 else 3
    return shape


def main():
    p = argparse.ArgumentParser()
    p.add_argument("bin")
    p.add_argument("files", nargs="+")
    p.add_argument("--device", default="cpu")
    p.add_argument("--inputs", type=int, default=2)
    p.add_argument("--size", default="")
    o = p.parse_args()
    size = [int(v) for v in o.size.split(",")] if o.size else [224, 224]
    worst, bad = 0.0, 0
    for path in o.files:
        name = os.path.basename(path)[:-5]
        model = onnx.load(path, load_external_data=False)
        options = ort.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 2
        session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        x = np.random.default_rng(0).random(input_shape(model, o.inputs, size), dtype=np.float32)
        y = session.run([session.get_outputs()[0].name], {session.get_inputs()[0].name: x})[0]
        with tempfile.TemporaryDirectory() as folder:
            np.save(folder + "/x.npy", x)
            np.save(folder + "/y.npy", y.astype(np.float32).reshape(y.shape[0], -1))
            command = [o.bin + "/pellucid-import", path, "--device", o.device,
                       "--verify", folder + "/x.npy", folder + "/y.npy"]
            if o.size:
                command += ["--size", o.size]
            start = time.time()
            run = subprocess.run(command, capture_output=True, text=True)
        line = next((l for l in run.stdout.splitlines() if "verified" in l), "")
        if run.returncode == 0:
            words = line.replace(",", "").split()
            difference, largest = float(words[words.index("difference") + 1]), float(words[-1])
            worst = max(worst, difference / largest)
            print(f"| {name} | {difference / largest:.1e} | {time.time() - start:.1f} s |", flush=True)
        else:
            bad += 1
            print(f"| {name} | {run.stderr.strip().splitlines()[-1][:400] if run.stderr.strip() else run.returncode} | |", flush=True)
    print(f"largest {worst:.1e}; {bad} not compared")
    sys.exit(0)


main()
