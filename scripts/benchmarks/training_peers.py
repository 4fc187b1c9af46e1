#!/usr/bin/env python3
"""Times PyTorch, captum and pytorch-grad-cam on the paper's network, for `pellucid-bench training`.

    training_peers.py WEIGHTS.safetensors IMAGE.png cpu|cuda THREADS REPEATS

WEIGHTS: balve2024 in PyTorch's names, as pellucid-train writes it; IMAGE: 8-bit grey, 224 × 224. All
run channels-last, on a GPU with cuDNN's own choice of algorithm, once in fp32 as Pellucid computes and
once with TF32, PyTorch's default for convolutions. Prints one JSON object a line:
{"peer", "task": training|forward|gradcam, "seconds" a batch of 16, a batch of 64, a picture,
"peak_bytes" of training}.

Needs torch, scikit-image, captum and grad-cam.
"""
import resource
import sys
import warnings

import numpy as np

from balve2024_torch import build, mean_seconds, read_safetensors, report

warnings.filterwarnings("ignore")
TRAINING_BATCH, FORWARD_BATCH = 16, 64


def main():
    weights_path, image_path, device, threads, repeats = sys.argv[1:6]
    threads, repeats = int(threads), int(repeats)
    import torch
    from skimage import io
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = True
    weights = read_safetensors(weights_path)
    plane = io.imread(image_path).astype(np.float32) / 255
    image = torch.from_numpy(np.repeat(plane[None], 3, axis=0))

    def batch(count):
        x = image[None].repeat(count, 1, 1, 1)
        return x.to(device).contiguous(memory_format=torch.channels_last)

    def training():
        model = build(weights, torch, dropout=0.5).train().to(device)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
        x = batch(TRAINING_BATCH)
        labels = (torch.arange(TRAINING_BATCH) % 3).to(device)
        class_weights = torch.tensor([1.0, 2.0, 3.0], device=device)

        def step():
            optimizer.zero_grad(set_to_none=True)
            losses = torch.nn.functional.cross_entropy(model(x), labels, reduction="none")
            (losses * class_weights[labels]).mean().backward()
            optimizer.step()

        return mean_seconds(torch, step)

    def forward():
        model, x = build(weights, torch).to(device), batch(FORWARD_BATCH)
        with torch.no_grad():
            return mean_seconds(torch, lambda: model(x))

    def captum_gradcam():
        from captum.attr import LayerAttribution, LayerGradCam
        model, x = build(weights, torch).to(device), batch(1)
        cam = LayerGradCam(model, model[6])

        def explain():
            target = model(x).argmax(dim=1)
            low = cam.attribute(x, target=target, relu_attributions=True)
            return LayerAttribution.interpolate(low, (224, 224), "bilinear").detach().cpu().numpy()

        return mean_seconds(torch, explain)

    def pytorch_gradcam():
        from pytorch_grad_cam import GradCAM
        model, x = build(weights, torch).to(device), batch(1)
        cam = GradCAM(model=model, target_layers=[model[6]])
        return mean_seconds(torch, lambda: cam(input_tensor=x, targets=None))

    def peak_bytes():
        if device == "cuda":
            return torch.cuda.max_memory_allocated()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    for tf32 in ([False, True] if device == "cuda" else [False]):
        torch.backends.cudnn.allow_tf32 = tf32
        torch.backends.cuda.matmul.allow_tf32 = tf32
        suffix = ", TF32" if tf32 else ""
        report("PyTorch" + suffix, "training", repeats, training, peak_bytes)
        report("PyTorch" + suffix, "forward", repeats, forward)
        report("captum LayerGradCam" + suffix, "gradcam", repeats, captum_gradcam)
        report("pytorch-grad-cam" + suffix, "gradcam", repeats, pytorch_gradcam)


if __name__ == "__main__":
    main()
