#!/usr/bin/env python3
"""LIME and Kernel SHAP of networks in ONNX files by lime and shap, with onnxruntime as their model, beside Pellucid's.

usage: onnx_explainers.py BIN FILE.onnx… [--samples 128] [--score logit]
BIN is the folder of Pellucid's programs; FILE a classifier with a square picture of three channels as its input, or of one.
The picture is drawn (scripts/benchmarks/onnx_all_methods.py), its values over 255 the input, cut into a grid of 7 x 7
superpixels that both sides are given; explained are the file's outputs of the class that has the largest, logits or
(--score probability) what a softmax at the end makes of them, with the same draws (--rng numpy). Told is the largest difference of
a coefficient by the largest coefficient, of LIME and of Kernel SHAP: of networks that hardly look at the picture, as with random
weights, it is all rounding, and fewer samples than twice the superpixels leave Kernel SHAP undetermined. Needs numpy, Pillow, onnxruntime, lime and shap."""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime
from PIL import Image

sys.path.append(str(pathlib.Path(__file__).parent.parent / "benchmarks"))
from coalition_golden import import_kernel_explainer
from onnx_all_methods import draw_picture

SEED = 44


def prepared(folder, side, planes):
    """The picture at the network's size, and its values as the input, (side, side, planes)."""
    draw_picture(folder + "/drawn.png")
    image = Image.open(folder + "/drawn.png").convert("L" if planes == 1 else "RGB").resize((side, side), Image.BOX)
    image.save(folder + "/picture.png")
    return (np.asarray(image).reshape(side, side, planes).astype(np.float32) / np.float32(255))


def explain(bin_folder, path, folder, planes, options):
    """Pellucid's record of the picture, and a function that reads its maps."""
    grey = ["--channels", "grey"] if planes == 1 else []
    for command in (["pellucid-import", path, "--preset", "zero-one", *grey, "--out", folder + "/net.onnx"],
                    ["pellucid-explain", "--model", folder + "/net.onnx", "--image", folder + "/picture.png", "--device", "cpu",
                     "--pictures", "none", "--out", folder + "/maps", *options]):
        run = subprocess.run([f"{bin_folder}/{command[0]}", *map(str, command[1:])], capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(run.stderr.strip().splitlines()[-1])
    return json.load(open(folder + "/maps/picture.json"))


def part(mine, theirs):
    return np.abs(np.asarray(mine) - theirs).max() / np.abs(theirs).max()


def attributions(record, method, label):
    """Of one class, a number a superpixel."""
    found = next(e for e in record["explanations"] if e["method"] == method)
    return np.asarray(found["classes"][label]["attributions"])


def surrogate(o):
    from lime.lime_image import LimeImageExplainer
    for path in o.files:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        put = session.get_inputs()[0]
        last = put.shape[3] in (1, 3)
        side, planes = (put.shape[1], put.shape[3]) if last else (put.shape[2], put.shape[1])

        def model(images):  # (N, side, side, planes), of which lime makes three where there is one
            x = np.asarray(images)[..., :planes].astype(np.float32)
            x = x if last else np.ascontiguousarray(x.transpose(0, 3, 1, 2))
            rows = [session.run(None, {put.name: x[i:i + 1]})[0][0].reshape(-1) for i in range(len(x))]
            return np.array(rows, dtype=np.float64)

        with tempfile.TemporaryDirectory() as folder:
            x = prepared(folder, side, planes).astype(np.float64)
            place = np.arange(side) * 7 // side
            labels = place[:, None] * 7 + place[None, :]
            label = int(model(x[None])[0].argmax())
            record = explain(o.bin, path, folder, planes, [
                "--method", "lime,kernelshap", "--segmenter", "grid", "--grid", 7, "--rng", "numpy", "--seed", SEED,
                "--samples", o.samples, "--score", o.score, "--target", f"class:class{label}"])
            plane = x[..., 0] if planes == 1 else x
            explained = LimeImageExplainer(random_state=SEED).explain_instance(
                plane, model, labels=(label,), hide_color=None, top_labels=None, num_features=100000, num_samples=o.samples,
                segmentation_fn=lambda image: labels)
            lime = np.zeros(49)
            for j, value in explained.local_exp[label]:
                lime[j] = value
            means = np.array([x[labels == j].mean(0) for j in range(49)])
            hidden = means[labels]

            def masked(z):
                return np.concatenate([model(np.where((row[labels] == 1)[..., None], x, hidden)[None])[:, label] for row in z])

            np.random.seed(SEED)
            shap = import_kernel_explainer()(masked, np.zeros((1, 49)))
            phi = np.asarray(shap.shap_values(np.ones((1, 49)), nsamples=o.samples, l1_reg=False, silent=True)).reshape(-1)
            cells = [f"{part(attributions(record, 'lime', label), lime):.1e}",
                     f"{part(attributions(record, 'kernelshap', label), phi):.1e}"]
            print(f"| {pathlib.Path(path).stem} | {side} x {side} x {planes} | {label} | {' | '.join(cells)} |", flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("bin")
    p.add_argument("files", nargs="+")
    p.add_argument("--samples", type=int, default=128)
    p.add_argument("--score", default="logit")
    surrogate(p.parse_args())


if __name__ == "__main__":
    main()
