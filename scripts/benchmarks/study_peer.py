#!/usr/bin/env python3
"""The paper's protocol trained in PyTorch, to see whether Pellucid's distribution over seeds is its own.

    study_peer.py PACKED.safetensors cpu|cuda FIRST_SEED LAST_SEED

PACKED: `pellucid-data --protocol paper --split paper --out`. Augmentation, undersampling, he_uniform
weights, Adam with Keras' epsilon, class weights 1, 2, 3, dropout, batch 16, early stopping with patience
10 on the validation loss: as in the paper, written again here, with PyTorch's own random numbers. Prints
one JSON object a seed: epochs, best, confusion_matrix of the test images, accuracy, balanced_accuracy.
"""
import json
import math
import struct
import sys

import numpy as np
import torch
from torch import nn

CLASS_WEIGHTS, BATCH, EPOCHS, PATIENCE = (1.0, 2.0, 3.0), 16, 50, 10


def read_packed(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    types = {"U8": np.uint8, "I32": np.int32, "F32": np.float32, "I64": np.int64}
    return {name: np.frombuffer(data, types[entry["dtype"]], offset=entry["data_offsets"][0],
                                count=int(np.prod(entry["shape"]))).reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__"}


def augment(images, labels, random):
    views = [np.rot90(image, k) for image in images for k in range(4)]
    views += [view[::-1] for view in views]
    for view in list(views):
        brightness, contrast = random.uniform(-15, 15), random.uniform(0.5, 1.5)
        lit = np.clip(view + brightness, 0, 255)
        views.append(np.clip(contrast * (lit - 128) + 128, 0, 255).astype(np.uint8))
    labels = np.tile(np.repeat(labels, 4), 4)
    least = np.bincount(labels).min()
    kept = np.concatenate([random.choice(np.flatnonzero(labels == c), least, replace=False)
                           for c in range(3)])
    return np.stack([views[i] for i in kept]), labels[kept]


def build():
    model = nn.Sequential(
        nn.Conv2d(3, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 16, 5), nn.ReLU(),
        nn.MaxPool2d(2), nn.Conv2d(16, 14, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2366, 512), nn.ReLU(), nn.Linear(512, 256),
        nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 3))
    for layer in model:
        if hasattr(layer, "weight"):
            limit = math.sqrt(6 / layer.weight[0].numel())
            nn.init.uniform_(layer.weight, -limit, limit)
            nn.init.zeros_(layer.bias)
    return model.to(memory_format=torch.channels_last)


def main():
    path, device, first, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    packed = read_packed(path)

    def inputs(images):
        x = torch.from_numpy(np.ascontiguousarray(images)).to(device).float().div(255)
        return x[:, None].expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)

    def subset(name):
        images = packed[name + ".pixels"]
        return (images.reshape(len(images), 224, 224),
                packed[name + ".labels"].astype(np.int64))

    for seed in range(first, last + 1):
        torch.manual_seed(seed)
        random = np.random.default_rng(seed)
        images, labels = augment(*subset("train"), random)
        x, y = inputs(images), torch.from_numpy(labels).to(device)
        valid_images, valid_labels = subset("valid")
        valid, valid_y = inputs(valid_images), torch.from_numpy(valid_labels).to(device)
        model = build().to(device)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, eps=1e-7)
        weights = torch.tensor(CLASS_WEIGHTS, device=device)
        best, best_loss, best_epoch = None, math.inf, 0
        for epoch in range(1, EPOCHS + 1):
            model.train()
            for batch in torch.randperm(len(x), device=device).split(BATCH):
                optimizer.zero_grad(set_to_none=True)
                losses = nn.functional.cross_entropy(model(x[batch]), y[batch], reduction="none")
                (losses * weights[y[batch]]).mean().backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                loss = nn.functional.cross_entropy(model(valid), valid_y).item()
            if loss < best_loss:
                best_loss, best_epoch = loss, epoch
                best = {k: v.clone() for k, v in model.state_dict().items()}
            if epoch - best_epoch >= PATIENCE:
                break
        model.load_state_dict(best)
        test_images, truth = subset("test")
        with torch.no_grad():
            predicted = model(inputs(test_images)).argmax(1).cpu().numpy()
        matrix = np.zeros((3, 3), int)
        np.add.at(matrix, (truth, predicted), 1)
        print(json.dumps({"seed": seed, "epochs": epoch, "best": best_epoch, "val_loss": best_loss,
                          "confusion_matrix": matrix.tolist(),
                          "accuracy": matrix.trace() / matrix.sum(),
                          "balanced_accuracy": float(np.mean(matrix.diagonal() / matrix.sum(1)))}),
              flush=True)


if __name__ == "__main__":
    main()
