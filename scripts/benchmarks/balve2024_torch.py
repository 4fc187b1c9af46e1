"""The paper's network in PyTorch, and what the scripts that time Pellucid's peers share."""
import json
import struct
import time

import numpy as np


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    return {
        name: np.frombuffer(data, np.float32, offset=entry["data_offsets"][0],
                            count=int(np.prod(entry["shape"]))).reshape(entry["shape"])
        for name, entry in header.items() if name != "__metadata__"
    }


def build(weights, torch, dropout=0.0):
    """Channels-last, on the CPU."""
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(3, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 14, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2366, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(),
        nn.Linear(256, 128), nn.ReLU(), nn.Dropout(dropout), nn.Linear(128, 3))
    names = [name for name in ("conv1", "conv2", "conv3", "fc1", "fc2", "fc3", "fc4")]
    layers = [layer for layer in model if hasattr(layer, "weight")]
    for name, layer in zip(names, layers):
        layer.weight.data = torch.from_numpy(weights[name + ".weight"].copy())
        layer.bias.data = torch.from_numpy(weights[name + ".bias"].copy())
    return model.eval().to(memory_format=torch.channels_last)


def report(peer, task, repeats, run, peak_bytes=None):
    """Prints one JSON object: the least of `repeats` times that run() returns in seconds."""
    result = {"peer": peer, "task": task}
    try:
        result["seconds"] = min(run() for _ in range(repeats))
        if peak_bytes:
            result["peak_bytes"] = peak_bytes()
    except Exception as error:  # a peer that does not run here is named, not hidden
        result["error"] = repr(error)[:200]
    print(json.dumps(result), flush=True)


def mean_seconds(torch, call, least=0.33):
    """The mean time of a call over a series of at least `least` seconds, after a warm-up."""
    def series(calls):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        return time.perf_counter() - start
    series(3)
    calls = max(1, int(least / (series(3) / 3)))
    return series(calls) / calls
