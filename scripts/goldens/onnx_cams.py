#!/usr/bin/env python3
"""Class activation maps of torchvision's networks by pytorch-grad-cam in float64, and by Pellucid from their ONNX files.

usage: onnx_cams.py BIN FOLDER [--only NAME,…] [--methods gradcam,…] [--side 224] [--class 7]
BIN is the folder of Pellucid's programs, FOLDER one of NAME.onnx as export() below writes them where they are missing:
random weights of seed 0, normalisation with statistics that are not 0 and 1. The picture is noise of 8 bits, its values
over 255 the input. Both maps are stretched to [0, 1], as pytorch-grad-cam gives them; told is the largest difference.
Eigen-CAM's sign is free: both have the one that makes the largest value positive (docs/agreement.md). Ablation-CAM and
Score-CAM run a network once for each channel, in float64 for minutes to hours: --side makes pictures smaller, FOLDER then
has networks of that size (vgg16's first linear layer with them).
Needs torch, torchvision, grad-cam, onnx, onnxscript."""
import argparse, os, subprocess, sys, tempfile
import numpy as np, torch, torchvision.models as tv
from PIL import Image
from pytorch_grad_cam import (AblationCAM, EigenCAM, GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM, ScoreCAM, XGradCAM)
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

METHODS = {"gradcam": GradCAM, "gradcam++": GradCAMPlusPlus, "xgradcam": XGradCAM, "hirescam": HiResCAM,
           "layercam": LayerCAM, "eigencam": EigenCAM, "scorecam": ScoreCAM, "ablationcam": AblationCAM}
# The module whose output is looked at, and the name of its node by PyTorch's older exporter.
NETS = {
    "resnet18": (lambda n: n.layer4[-1], "/layer4/layer4.1/relu_1/Relu"),
    "resnet50": (lambda n: n.layer4[-1], "/layer4/layer4.2/relu_2/Relu"),
    "vgg16": (lambda n: n.features[29], "/features/features.29/Relu"),
    "alexnet": (lambda n: n.features[11], "/features/features.11/Relu"),
    "densenet121": (lambda n: n.features.norm5, "/features/norm5/BatchNormalization"),
    "googlenet": (lambda n: n.inception5b, "/inception5b/Concat"),
    "mobilenet_v2": (lambda n: n.features[18], "/features/features.18/features.18.2/Clip"),
    "efficientnet_b0": (lambda n: n.features[8], "/features/features.8/features.8.2/Mul"),
    "shufflenet_v2_x1_0": (lambda n: n.conv5, "/conv5/conv5.2/Relu"),
    "regnet_x_400mf": (lambda n: n.trunk_output, "/trunk_output/block4/block4-11/activation/Relu"),
}

# In place, they would change what the hooks have seen.
torch.nn.functional.relu = lambda x, inplace=False: torch.relu(x)


class OrientedEigenCAM(EigenCAM):
    def get_cam_image(self, *arguments, **named):
        found = super().get_cam_image(*arguments, **named)
        return found if found.max() >= -found.min() else -found


METHODS["eigencam"] = OrientedEigenCAM


def build(name, side):
    torch.manual_seed(0)
    extra = dict(aux_logits=False, init_weights=False) if name == "googlenet" else {}
    net = getattr(tv, name)(weights=None, **extra).eval()
    if name == "vgg16" and side != 224:
        net.avgpool = torch.nn.Identity()
        net.classifier[0] = torch.nn.Linear(512 * (side // 32) ** 2, 4096).eval()
    g = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for m in net.modules():
            if isinstance(m, torch.nn.BatchNorm2d):
                m.running_mean.copy_(0.1 * torch.randn(m.running_mean.shape, generator=g))
                m.running_var.copy_(0.5 + torch.rand(m.running_var.shape, generator=g))
            if isinstance(m, torch.nn.ReLU):
                m.inplace = False
    return net


def export(net, path, side):
    torch.onnx.export(net, (torch.zeros(1, 3, side, side),), path, dynamo=False, opset_version=17, input_names=["input"],
                      output_names=["output"], dynamic_axes={"input": {0: "N"}, "output": {0: "N"}})


def stretched(m):
    return (m - m.min()) / (m.max() - m.min())


def main():
    p = argparse.ArgumentParser()
    p.add_argument("bin")
    p.add_argument("folder")
    p.add_argument("--only", default=",".join(NETS))
    p.add_argument("--methods", default="gradcam,gradcam++,xgradcam,hirescam,layercam,eigencam")
    p.add_argument("--side", type=int, default=224)
    p.add_argument("--class", type=int, default=7, dest="label")
    o = p.parse_args()
    os.makedirs(o.folder, exist_ok=True)
    methods = o.methods.split(",")
    print("| network | " + " | ".join(methods) + " |")
    for name in o.only.split(","):
        net = build(name, o.side)
        path = os.path.join(o.folder, name + ".onnx")
        if not os.path.exists(path):
            export(net, path, o.side)
        pixels = np.random.default_rng(3).integers(0, 256, (o.side, o.side, 3), dtype=np.uint8)
        layer, node = NETS[name]
        with tempfile.TemporaryDirectory() as t:
            Image.fromarray(pixels).save(t + "/noise.png")
            subprocess.run([o.bin + "/pellucid-import", path, "--preset", "zero-one", "--out", t + "/net.onnx"],
                           check=True, capture_output=True)
            run = subprocess.run([o.bin + "/pellucid-explain", "--model", t + "/net.onnx", "--image", t + "/noise.png", "--layer", node,
                                  "--method", o.methods, "--target", f"class:class{o.label}", "--compat", "pgc", "--pictures", "none", "--out", t + "/maps"], capture_output=True, text=True)
            if run.returncode != 0:
                print(f"| {name} | {run.stderr.strip().splitlines()[-1][:200]}", flush=True)
                continue
            ours = {m: np.load(f"{t}/maps/noise.{m}.npy") for m in methods}
        x = torch.from_numpy(pixels.astype(np.float64) / 255).permute(2, 0, 1)[None]
        net = net.double()
        cells = []
        for m in methods:
            with METHODS[m](model=net, target_layers=[layer(net)]) as cam:
                theirs = cam(input_tensor=x, targets=[ClassifierOutputTarget(o.label)])[0]
            mine = ours[m].astype(np.float64)
            if theirs.max() == theirs.min():
                cells.append("both uniform" if mine.max() == mine.min() else "theirs uniform")
            else:
                cells.append(f"{np.abs(stretched(mine) - stretched(theirs)).max():.1e}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
