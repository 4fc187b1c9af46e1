#!/usr/bin/env python3
"""RISE of small networks, from drawn numbers to the map, in NumPy and PyTorch: tests/data/rise_golden.json,
for tests/explain/masks/rise_test.cpp. Run by hand:

    rise_golden.py OUT.json

Networks and pictures are those of explainer_golden.json, which lies beside OUT; everything but the drawn
numbers runs in float64. Masks are made as the authors' program does it (eclique/RISE): s × s cells below p,
enlarged bilinearly to (s + 1)·⌈size/s⌉, cut out at a random place. PyTorch enlarges, which repeats the
outermost cells; scikit-image, as that program calls it, mirrors them. The numbers are Pellucid's
(kernels/mask/rise_masks.h), so that maps can be compared.
"""
import argparse
import json

import numpy as np
import torch

from explainer_golden import golden_pictures, plane_of, score_function
from training_golden import philox_bits

STREAM = 0x5249534500000000  # "RISE"
# network, picture, class, score, masks, s, p, seed
CASES = [("small", 0, 0, "logit", 300, 7, 0.5, 5), ("small", 1, 2, "probability", 200, 4, 0.25, 6),
         ("tiny", 1, 1, "logit", 200, 8, 0.5, 7)]


def masks_of(count, side, s, p, seed):
    numbers = (s * s + 5) // 4 * 4  # of a mask: s² + 2, and some that are not used
    bits = philox_bits(seed, STREAM, count * numbers).astype(np.uint64).reshape(count, numbers)
    cell = -(-side // s)
    shift = (bits[:, :2] * np.uint64(cell) >> np.uint64(32)).astype(int)
    uniform = (bits[:, 2:s * s + 2] >> np.uint64(8)).astype(np.float32) * np.float32(2**-24)
    cells = (uniform < np.float32(p)).astype(np.float64).reshape(count, 1, s, s)
    large = torch.nn.functional.interpolate(torch.tensor(cells), size=((s + 1) * cell,) * 2,
                                            mode="bilinear", align_corners=False)[:, 0].numpy()
    return np.stack([one[y:y + side, x:x + side] for one, (y, x) in zip(large, shift)])


def rise_case(pictures, name, picture, label, score, count, s, p, seed):
    plane = plane_of(pictures[name][picture])
    masks = masks_of(count, len(plane), s, p, seed)
    scores = score_function(name, score)(masks * plane)[:, label]
    saliency = np.tensordot(scores, masks, 1) / (count * p)
    return {"network": name, "picture": picture, "label": label, "score": score, "samples": count,
            "grid": s, "probability": p, "seed": seed, "mask_mean": float(masks.mean()),
            "map": [float(f"{value:.8g}") for value in saliency.ravel()]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    pictures = golden_pictures(arguments.out)
    with open(arguments.out, "w") as file:
        json.dump({"cases": [rise_case(pictures, *case) for case in CASES]}, file,
                  separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
