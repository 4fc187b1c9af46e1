#!/usr/bin/env python3
"""Losses of 20 training steps in PyTorch, as a golden for tests/nn/train/training_golden_test.cpp.

    training_golden.py [--images FILE.safetensors] OUT.safetensors

FILE holds `images` (N, 64, 64) uint8 and `labels` (N) int32; without it those of an existing OUT are
used again. Initial weights (Philox, he_uniform), batches and Adam with Keras' epsilon are re-written
here from their definitions, so that the fixture holds no weights: nothing but pictures, batch indices,
settings and PyTorch's losses. Everything is run in fp32, and again in fp64 to show how far rounding
alone moves the losses.
"""
import argparse
import json
import math

import numpy as np
import torch
import torch.nn.functional as F

WEIGHTS_STREAM = 0x5745494748540000  # nn/graph/model.h, kInitialWeightsStream
STEPS = 20

# The layer types and the two consecutive poolings of balve2024, small enough for the emulator.
SMALL = {
    "name": "golden",
    "input": [64, 64, 3],
    "layers": [
        {"type": "conv2d", "filters": 6, "kernel": [5, 5]},
        {"type": "relu"},
        {"type": "max_pool2d", "window": [2, 2]},
        {"type": "conv2d", "filters": 6, "kernel": [5, 5]},
        {"type": "relu"},
        {"type": "max_pool2d", "window": [2, 2]},
        {"type": "conv2d", "filters": 5, "kernel": [3, 3], "padding": "same"},
        {"type": "relu"},
        {"type": "max_pool2d", "window": [2, 2]},
        {"type": "max_pool2d", "window": [2, 2]},
        {"type": "flatten"},
        {"type": "linear", "outputs": 24},
        {"type": "relu"},
        {"type": "linear", "outputs": 12},
        {"type": "relu"},
        {"type": "dropout", "rate": 0.5},
        {"type": "linear", "outputs": 3},
    ],
}

BALVE2024 = {
    "input": [224, 224, 3],
    "layers": [
        {"type": "conv2d", "filters": 16, "kernel": [5, 5]},
        {"type": "relu"},
        {"type": "max_pool2d", "window": [2, 2]},
        {"type": "conv2d", "filters": 16, "kernel": [5, 5]},
        {"type": "relu"},
        {"type": "max_pool2d", "window": [2, 2]},
        {"type": "conv2d", "filters": 14, "kernel": [3, 3], "padding": "same"},
        {"type": "relu"},
        {"type": "max_pool2d", "window": [2, 2]},
        {"type": "max_pool2d", "window": [2, 2]},
        {"type": "flatten"},
        {"type": "linear", "outputs": 512},
        {"type": "relu"},
        {"type": "linear", "outputs": 256},
        {"type": "relu"},
        {"type": "linear", "outputs": 128},
        {"type": "relu"},
        {"type": "dropout", "rate": 0.5},
        {"type": "linear", "outputs": 3},
    ],
}

# The built-in tiny_residual (nn/graph/builtin_models.cpp), dropping names that nothing refers to.
TINY_RESIDUAL = {
    "input": [64, 64, 1],
    "layers": [
        {"type": "conv2d", "filters": 8, "kernel": [5, 5], "padding": "same"},
        {"type": "batch_norm"},
        {"type": "relu"},
        {"type": "max_pool2d", "name": "pool1", "window": [2, 2]},
        {"type": "conv2d", "filters": 8, "kernel": [3, 3], "padding": "same"},
        {"type": "batch_norm"},
        {"type": "relu"},
        {"type": "conv2d", "filters": 8, "kernel": [3, 3], "padding": "same"},
        {"type": "batch_norm", "name": "bn3"},
        {"type": "add", "inputs": ["bn3", "pool1"]},
        {"type": "relu"},
        {"type": "max_pool2d", "name": "pool2", "window": [2, 2]},
        {"type": "conv2d", "filters": 16, "kernel": [3, 3], "padding": "same"},
        {"type": "batch_norm"},
        {"type": "relu"},
        {"type": "conv2d", "filters": 16, "kernel": [3, 3], "padding": "same"},
        {"type": "batch_norm", "name": "bn5"},
        {"type": "conv2d", "inputs": ["pool2"], "filters": 16, "kernel": [1, 1]},
        {"type": "batch_norm", "name": "bn6"},
        {"type": "add", "inputs": ["bn5", "bn6"]},
        {"type": "relu"},
        {"type": "average_pool2d", "window": [2, 2]},
        {"type": "max_pool2d", "window": [8, 8]},
        {"type": "flatten"},
        {"type": "linear", "outputs": 3},
    ],
}


def philox_bits(seed, stream, count):
    """Words 0 … count − 1 of the sequence (seed, stream): Philox4x32-10, runtime/random.h."""
    mask = np.uint64(0xFFFFFFFF)
    block = np.arange((count + 3) // 4, dtype=np.uint64)
    word = [block & mask, block >> np.uint64(32),
            np.full_like(block, stream & 0xFFFFFFFF), np.full_like(block, stream >> 32)]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        product0 = np.uint64(0xD2511F53) * word[0]
        product1 = np.uint64(0xCD9E8D57) * word[2]
        word = [(product1 >> np.uint64(32)) ^ word[1] ^ np.uint64(key[0]), product1 & mask,
                (product0 >> np.uint64(32)) ^ word[3] ^ np.uint64(key[1]), product0 & mask]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(word, axis=1).reshape(-1)[:count].astype(np.uint32)


def he_uniform(seed, parameter, shape, fan_in):
    """fp32 weights in Pellucid's memory order, channels last."""
    uniform = (philox_bits(seed, WEIGHTS_STREAM + parameter, math.prod(shape)) >> 8).astype(np.float32)
    uniform *= np.float32(2.0**-24)
    return (np.float32(math.sqrt(6.0 / fan_in)) * (2 * uniform - 1)).reshape(shape)


class Network:
    """Values by name: a layer reads the one before it unless it names its inputs."""

    def __init__(self, description, seed, dtype):
        self.layers, self.parameters, self.statistics = description["layers"], [], []
        shapes, before = {"input": tuple(description["input"])}, "input"
        picture = None
        for i, layer in enumerate(self.layers):
            shape = shapes[layer.get("inputs", [before])[0]]
            if layer["type"] == "conv2d":
                (height, width, channels), (r, s), k = shape, layer["kernel"], layer["filters"]
                weight = he_uniform(seed, len(self.parameters), (k, r, s, channels), r * s * channels)
                self.add(weight.transpose(0, 3, 1, 2), torch.zeros(k), dtype)
                if layer.get("padding") != "same":
                    height, width = height - r + 1, width - s + 1
                shape = (height, width, k)
            elif layer["type"] == "batch_norm":
                self.add(np.ones(shape[-1]), torch.zeros(shape[-1]), dtype)
                self.statistics.append((torch.zeros(shape[-1], dtype=dtype),
                                        torch.ones(shape[-1], dtype=dtype)))
            elif layer["type"] in ("max_pool2d", "average_pool2d"):
                shape = (shape[0] // layer["window"][0], shape[1] // layer["window"][1], shape[2])
            elif layer["type"] == "flatten":
                picture, shape = shape, (math.prod(shape),)
            elif layer["type"] == "linear":
                outputs, features = layer["outputs"], shape[0]
                weight = he_uniform(seed, len(self.parameters), (outputs, features), features)
                if picture:  # inputs are in (h, w, c) order, PyTorch flattens (c, h, w)
                    weight = weight.reshape(outputs, *picture).transpose(0, 3, 1, 2)
                    picture = None
                self.add(weight.reshape(outputs, features), torch.zeros(outputs), dtype)
                shape = (outputs,)
            before = layer.get("name", i)
            shapes[before] = shape

    def add(self, weight, bias, dtype):
        for value in (torch.tensor(np.array(weight), dtype=dtype), bias.to(dtype)):
            self.parameters.append(value.requires_grad_())

    def __call__(self, x):
        parameters, statistics = iter(self.parameters), iter(self.statistics)
        values, before = {"input": x}, "input"
        for i, layer in enumerate(self.layers):
            kind = layer["type"]
            inputs = [values[name] for name in layer.get("inputs", [before])]
            x = inputs[0]
            if kind == "conv2d":
                x = F.conv2d(x, next(parameters), next(parameters), padding=layer.get("padding", "valid"))
            elif kind == "batch_norm":
                x = F.batch_norm(x, *next(statistics), next(parameters), next(parameters), training=True)
            elif kind == "add":
                x = inputs[0] + inputs[1]
            elif kind == "relu":
                x = F.relu(x)
            elif kind == "max_pool2d":
                x = F.max_pool2d(x, layer["window"])
            elif kind == "average_pool2d":
                x = F.avg_pool2d(x, layer["window"])
            elif kind == "flatten":
                x = x.flatten(1)
            elif kind == "linear":
                x = F.linear(x, next(parameters), next(parameters))
            before = layer.get("name", i)
            values[before] = x
        return x  # dropout is off


def train(description, pictures, labels, batches, settings, dtype):
    """Keras' Adam and Keras' class weights: the weighted losses are divided by the batch size."""
    network = Network(description, settings["seed"], dtype)
    weights = torch.tensor(settings["class_weights"], dtype=dtype)
    moments = [(torch.zeros_like(p), torch.zeros_like(p)) for p in network.parameters]
    losses = []
    for step, batch in enumerate(batches, start=1):
        # uint8 / 255 in fp32, as every kernel of Pellucid sees it
        x = torch.tensor(pictures[batch].astype(np.float32) / np.float32(255)).to(dtype)
        x = x[:, None].repeat(1, description["input"][2], 1, 1)
        y = torch.tensor(labels[batch], dtype=torch.long)
        loss = (F.cross_entropy(network(x), y, reduction="none") * weights[y]).sum() / len(batch)
        losses.append(loss.item())
        gradients = torch.autograd.grad(loss, network.parameters)
        rate = settings["learning_rate"] * math.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        with torch.no_grad():
            for p, g, (m, v) in zip(network.parameters, gradients, moments):
                m.mul_(0.9).add_(g, alpha=0.1)
                v.mul_(0.999).addcmul_(g, g, value=0.001)
                p.sub_(rate * m / (v.sqrt() + 1e-7))
        if step == 1:
            first = [tensor.tolist() for pair in network.statistics for tensor in pair]
    # A bias before batch normalisation has a gradient of nothing but rounding, of which Adam makes whole
    # steps: they move running means, and no variance.
    return losses, {"first_statistics": first,
                    "last_variances": [variance.tolist() for _, variance in network.statistics]}


def golden(name, *arguments):
    single, statistics = train(*arguments, torch.float32)
    double, _ = train(*arguments, torch.float64)
    moved = max(abs(a - b) / abs(b) for a, b in zip(single, double))
    print(f"{name}: loss {single[0]:.6f} -> {single[-1]:.6f}; fp32 against fp64: {moved:.1e} relative")
    return {"losses": single} | (statistics if statistics["last_variances"] else {})


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    begin = 8 + int.from_bytes(data[:8], "little")
    types = {"U8": np.uint8, "I32": np.int32}
    return {name: np.frombuffer(data[begin + entry["data_offsets"][0]:begin + entry["data_offsets"][1]],
                                types[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in json.loads(data[8:begin]).items() if name != "__metadata__"}


def write_safetensors(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, values in tensors.items():
        raw = np.ascontiguousarray(values).tobytes()
        header[name] = {"dtype": {"uint8": "U8", "int32": "I32"}[str(values.dtype)],
                        "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


def block_pictures(seed, count):
    """224×224 pictures of 32×32 random grey blocks, 7 pixels a side: stream n is picture n."""
    small = [philox_bits(seed, n, 32 * 32).reshape(32, 32) >> 24 for n in range(count)]
    return np.kron(np.stack(small), np.ones((7, 7), np.uint32)).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--images")
    parser.add_argument("out")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    source = read_safetensors(arguments.images or arguments.out)
    images, labels = source["images"], source["labels"]
    # Step t takes 8 of the pictures from position 5·t on, in a ring.
    batches = ((5 * np.arange(STEPS)[:, None] + np.arange(8)) % len(images)).astype(np.int32)
    settings = {"seed": 20240828, "learning_rate": 1e-3, "class_weights": [1, 2, 3]}
    small = settings | golden("small network", SMALL, images, labels, batches, settings)
    residual = settings | golden("tiny_residual", TINY_RESIDUAL, images, labels, batches, settings)

    full = {"seed": 20240829, "learning_rate": 1e-4, "class_weights": [1, 2, 3]}
    full_labels = np.arange(8, dtype=np.int32) % 3
    full_batches = (4 * np.arange(STEPS)[:, None] + np.arange(4)) % 8
    full |= golden("balve2024", BALVE2024, block_pictures(full["seed"], 8), full_labels,
                   full_batches, full)
    write_safetensors(arguments.out, {"images": images, "labels": labels, "batches": batches},
                      {"model": json.dumps(SMALL), "settings": json.dumps(small),
                       "tiny_residual": json.dumps(residual), "balve2024": json.dumps(full), "pytorch": torch.__version__})


if __name__ == "__main__":
    main()
