#!/usr/bin/env python3
"""scikit-image's quick shift and SLIC labels, as goldens for tests/explain/masks/segmentation_test.cpp.

    superpixel_golden.py [--phantom FILE.safetensors] OUT.safetensors

FILE is what `pellucid-data --data phantom --phantom-size 64 --out FILE` writes (its tensor `train.pixels`);
without it the phantom of an existing OUT is used again. OUT holds three pictures: `grey` (64, 64), `flat`
(45, 54), in which only the noise tells pixels apart, and `rgb` (96, 96, 3); the noise that quick shift was
given, as bit patterns of doubles in int64, since the reader knows no F64; and the labels. Settings, seeds
and versions are in the metadata.

Of a grey picture, quick shift is given L of Lab alone, as Pellucid takes it; the labels of the tripled
picture, as LIME would have them, are there too (`…_tripled`). SLIC sees the grey picture as it is. Quick
shift's noise is what scikit-image 0.19.3 draws from numpy's default_rng(seed); other versions may draw
otherwise, so the version is checked.
"""
import argparse
import json

import numpy as np
import scipy
import skimage
from skimage.color import rgb2lab
from skimage.segmentation import quickshift, slic

NOISE_SEED = 44
QUICKSHIFT = [
    {"kernel_size": 4, "max_dist": 200, "ratio": 0.2},
    {"kernel_size": 2.5, "max_dist": 6, "ratio": 0.7},
]
SLIC = {
    "grey": [{"n_segments": 50, "compactness": 0.1, "sigma": 0},
             {"n_segments": 30, "compactness": 0.03, "sigma": 1.5}],
    "rgb": [{"n_segments": 50, "compactness": 10, "sigma": 0},
            {"n_segments": 80, "compactness": 3, "sigma": 1}],
}


def synthetic_rgb(size):
    """Discs and stripes of saturated colours on a ramp, with a little noise."""
    random = np.random.RandomState(7)
    y, x = np.mgrid[:size, :size]
    picture = np.stack([2 * x, 255 - 2 * y, 90 + x - y // 2], axis=2).astype(float)
    picture[(y - 30) ** 2 + (x - 28) ** 2 < 300] = (220, 40, 30)
    picture[(y - 62) ** 2 + (x - 66) ** 2 < 420] = (30, 60, 200)
    picture[(y > 70) & ((x // 9) % 2 == 0)] = (240, 220, 60)
    return np.clip(picture + random.normal(scale=4, size=picture.shape), 0, 255).astype(np.uint8)


def flat_blocks():
    return np.kron(np.random.RandomState(1).randint(0, 4, (5, 6)) * 60, np.ones((9, 9))).astype(np.uint8)


def noise(shape):
    return np.random.default_rng(NOISE_SEED).normal(scale=0.00001, size=shape)


def narrow(labels):
    assert labels.min() >= 0 and labels.max() < 256
    return labels.astype(np.uint8)


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    begin = 8 + int.from_bytes(data[:8], "little")
    types = {"U8": np.uint8, "I32": np.int32, "I64": np.int64}
    return {name: np.frombuffer(data[begin + entry["data_offsets"][0]:begin + entry["data_offsets"][1]],
                                types[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in json.loads(data[8:begin]).items() if name != "__metadata__"}


def write_safetensors(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, values in tensors.items():
        raw = np.ascontiguousarray(values).tobytes()
        header[name] = {"dtype": {"uint8": "U8", "int64": "I64"}[str(values.dtype)],
                        "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--phantom")
    parser.add_argument("out")
    arguments = parser.parse_args()
    assert skimage.__version__.startswith("0.19.3"), skimage.__version__
    grey = (read_safetensors(arguments.phantom)["train.pixels"][2].reshape(64, 64) if arguments.phantom
            else read_safetensors(arguments.out)["grey"])
    pictures = {"grey": grey, "flat": flat_blocks(), "rgb": synthetic_rgb(96)}
    tensors = {}
    for name, picture in pictures.items():  # int64 first: tensors are aligned to their type
        tensors[f"{name}.noise_bits"] = noise(picture.shape[:2]).view(np.int64)
    tensors |= pictures
    for name, picture in pictures.items():
        for i, settings in enumerate(QUICKSHIFT):
            colour = picture if picture.ndim == 3 else np.stack([picture] * 3, axis=2)
            labels = quickshift(colour, random_seed=NOISE_SEED, **settings)
            if picture.ndim == 2:
                tensors[f"{name}.quickshift{i}_tripled"] = narrow(labels)
                labels = quickshift(rgb2lab(colour)[..., :1], random_seed=NOISE_SEED, convert2lab=False,
                                    **settings)
            tensors[f"{name}.quickshift{i}"] = narrow(labels)
            print(f"{name}: quick shift {settings}: {labels.max() + 1} segments")
        for i, settings in enumerate(SLIC.get(name, [])):
            labels = slic(picture, n_segments=settings["n_segments"], start_label=0,
                          compactness=settings["compactness"], sigma=settings["sigma"],
                          channel_axis=None if picture.ndim == 2 else -1)
            tensors[f"{name}.slic{i}"] = narrow(labels)
            print(f"{name}: SLIC {settings}: {labels.max() + 1} segments")
    write_safetensors(arguments.out, tensors, {
        "noise_seed": str(NOISE_SEED), "quickshift": json.dumps(QUICKSHIFT), "slic": json.dumps(SLIC),
        "scikit-image": skimage.__version__, "numpy": np.__version__, "scipy": scipy.__version__})


if __name__ == "__main__":
    main()
