#!/usr/bin/env python3
"""Times the Python explainers on one picture and one network, for `pellucid-bench explainers`.

    explainer_peers.py WEIGHTS.safetensors IMAGE.png cpu|cuda THREADS REPEATS SAMPLES

WEIGHTS: balve2024 in PyTorch's names, as pellucid-train writes it; IMAGE: 8-bit grey, 224 × 224. Every
peer explains all three classes from pixels to attributions, its segmentation by quickshift included.
The model runs channels-last with gradients off, on a CPU in batches of 64 (the fastest of 16, 64, 256
there), on a GPU of 256, with TF32 as PyTorch allows it by default for convolutions. Prints one JSON
object a line: {"peer", "task": forwards|lime|kernelshap, "seconds": least of REPEATS}.

Needs torch, lime, shap, captum, scikit-image and scikit-learn. The peers are run as their users run
them; "with vectorised masks" replaces the recipe's Python loop over segments by one lookup, in numpy
on a CPU, in PyTorch on the GPU.
"""
import pathlib
import sys
import time
import warnings

import numpy as np

from balve2024_torch import build, read_safetensors, report

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "goldens"))
from coalition_golden import import_kernel_explainer  # noqa: E402

warnings.filterwarnings("ignore")


def main():
    weights_path, image_path, device, threads, repeats, samples = sys.argv[1:7]
    samples, threads, repeats = int(samples), int(threads), int(repeats)
    chunk = 256 if device == "cuda" else 64
    import torch
    from skimage import io, segmentation
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    torch.backends.cudnn.benchmark = True
    model = build(read_safetensors(weights_path), torch).to(device)
    plane = io.imread(image_path).astype(np.float32) / 255
    image = np.repeat(plane[:, :, None], 3, axis=2)

    def logits_of(batch):  # (N, 224, 224, 3) numpy → (N, 3)
        out = []
        for first in range(0, len(batch), chunk):
            x = torch.from_numpy(np.ascontiguousarray(batch[first:first + chunk], dtype=np.float32))
            out.append(model(x.to(device).permute(0, 3, 1, 2)).cpu().numpy())
        return np.concatenate(out)

    def vectorised(z, segments, fill):  # (N, segments) → (N, 3)
        if device == "cuda":
            on_device = lambda a: torch.from_numpy(np.ascontiguousarray(a)).to(device)  # noqa: E731
            x, other, labels = on_device(image), on_device(fill), on_device(segments).long()
        out = []
        for first in range(0, len(z), chunk):
            part = z[first:first + chunk].astype(bool)
            if device == "cuda":
                masked = torch.where(on_device(part)[:, labels, None], x, other)
                out.append(model(masked.permute(0, 3, 1, 2)).cpu().numpy())
            else:
                out.append(logits_of(np.where(part[:, segments][..., None], image, fill)))
        return np.concatenate(out)

    def quickshift():
        return segmentation.quickshift(image.astype(np.float64), kernel_size=4, max_dist=200,
                                       ratio=0.2)

    def segment_means(segments):
        fill = np.empty_like(image)
        for s in np.unique(segments):
            fill[segments == s] = image[segments == s].mean(axis=0)
        return fill

    def timed(run):
        start = time.perf_counter()
        run()
        return time.perf_counter() - start

    # The model alone: what no explainer around it can go below.
    def forwards():
        batch = torch.from_numpy(np.repeat(image[None], chunk, axis=0)).to(device).permute(0, 3, 1, 2)
        for first in range(0, samples, chunk):
            model(batch[:min(chunk, samples - first)]).cpu()

    forwards()
    report("PyTorch, the forwards alone", "forwards", repeats, lambda: timed(forwards))

    def lime():
        from lime import lime_image
        lime_image.LimeImageExplainer(random_state=1).explain_instance(
            image.astype(np.float64), logits_of, top_labels=3, num_samples=samples, batch_size=chunk)

    report(f"lime, batch {chunk}", "lime", repeats, lambda: timed(lime))

    def vectorised_lime():
        from sklearn.linear_model import Ridge
        segments = quickshift()
        fill = segment_means(segments)
        count = segments.max() + 1
        z = np.random.RandomState(1).randint(0, 2, (samples, count))
        z[0] = 1
        y = vectorised(z, segments, fill)
        distance = 1 - np.sqrt(z.mean(axis=1))
        weight = np.exp(-distance ** 2 / (2 * 0.25 ** 2))
        for label in range(3):
            Ridge(alpha=1).fit(z, y[:, label], sample_weight=weight)

    report("LIME with vectorised masks, scikit-learn", "lime", repeats, lambda: timed(vectorised_lime))

    def captum_lime():
        from captum.attr import Lime
        segments = torch.from_numpy(quickshift()).to(device)
        x = torch.from_numpy(image).to(device).permute(2, 0, 1)[None].contiguous()
        for label in range(3):  # captum explains one class a call
            Lime(model).attribute(x, target=label, feature_mask=segments[None, None],
                                  n_samples=samples // 3, perturbations_per_eval=chunk)

    report("captum Lime, a third of the samples a class", "lime", repeats, lambda: timed(captum_lime))

    def shap_with(masks_of):
        segments = quickshift()
        fill = segment_means(segments)
        count = segments.max() + 1
        explainer = import_kernel_explainer()(lambda z: masks_of(z, segments, fill),
                                              np.zeros((1, count)), silent=True)
        explainer.shap_values(np.ones((1, count)), nsamples=samples, l1_reg=False, silent=True)

    def recipe(z, segments, fill):
        batch = []
        for row in z:
            out = image.copy()
            for j, on in enumerate(row):
                if on == 0:
                    out[segments == j] = fill[segments == j]
            batch.append(out)
        return logits_of(np.stack(batch))

    report("shap, the notebook's recipe", "kernelshap", repeats, lambda: timed(lambda: shap_with(recipe)))
    report("shap with vectorised masks", "kernelshap", repeats,
           lambda: timed(lambda: shap_with(vectorised)))

    def captum_shap():
        from captum.attr import KernelShap
        segments = torch.from_numpy(quickshift()).to(device)
        x = torch.from_numpy(image).to(device).permute(2, 0, 1)[None].contiguous()
        for label in range(3):
            KernelShap(model).attribute(x, target=label, feature_mask=segments[None, None],
                                        n_samples=samples // 3, perturbations_per_eval=chunk)

    report("captum KernelShap, a third of the samples a class", "kernelshap", repeats,
           lambda: timed(captum_shap))


if __name__ == "__main__":
    main()
