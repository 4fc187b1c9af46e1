#!/usr/bin/env python3
"""AdamW under a cosine schedule in PyTorch: tests/data/adamw_golden.json, for tests/nn/train/optimizer_test.cpp.
Run by hand:

    adamw_golden.py OUT.json

A weight that decays and a bias that does not (two groups of torch.optim.AdamW), two steps an epoch, the rate of
each epoch from CosineAnnealingLR with T_max = epochs. In float64; start and gradients are whole 1/1024, exact
in fp32. Epsilon is so small that it does not matter where it stands (Pellucid adds it as Keras does).
"""
import argparse
import json

import numpy as np
import torch

EPOCHS, STEPS, RATE, DECAY, EPSILON = 5, 2, 0.02, 0.3, 1e-10
ROWS, COLUMNS = 3, 5


def drawn(generator, *shape):
    values = generator.integers(-1024, 1024, size=shape)
    return np.where(values == 0, 1, values) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    arguments = parser.parse_args()
    generator = np.random.default_rng(7)
    start = {"weight": drawn(generator, ROWS, COLUMNS), "bias": drawn(generator, ROWS)}
    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in start.items()}
    optimizer = torch.optim.AdamW(
        [{"params": [tensors["weight"]], "weight_decay": DECAY},
         {"params": [tensors["bias"]], "weight_decay": 0.0}], lr=RATE, eps=EPSILON)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)
    epochs = []
    for _ in range(EPOCHS):
        steps = []
        rate = optimizer.param_groups[0]["lr"]
        for _ in range(STEPS):
            gradients = {name: drawn(generator, *value.shape) for name, value in start.items()}
            for name, tensor in tensors.items():
                tensor.grad = torch.tensor(gradients[name])
            optimizer.step()
            steps.append({name: value.ravel().tolist() for name, value in gradients.items()})
        schedule.step()
        after = {name: tensor.detach().numpy().ravel().tolist() for name, tensor in tensors.items()}
        epochs.append({"rate": rate, "gradients": steps, "after": after})
    golden = {"torch": torch.__version__, "learning_rate": RATE, "weight_decay": DECAY, "epsilon": EPSILON,
              "shape": [ROWS, COLUMNS], "start": {name: value.ravel().tolist() for name, value in start.items()},
              "epochs": epochs}
    with open(arguments.out, "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
