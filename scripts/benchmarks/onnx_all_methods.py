#!/usr/bin/env python3
"""Runs every method of explaining on networks in ONNX files, one after the other, for results/onnx-methods.md.

    onnx_all_methods.py BIN RECORD.jsonl FILE.onnx… [--threads 1] [--part 0/1] [--table]

BIN is the folder of Pellucid's programs. Each network is imported with the preset zero-one and explains one drawn picture at
its own input size with 64 masks (SETTINGS below), first by all methods but Score-CAM, then, when all networks are through,
by Score-CAM, which runs the network once for each channel. RECORD gets a line a run, and what it has is not run again.
--part I/N runs every N-th network of its own record, for several at once. --table prints what the records hold.
Seconds are the processor's, of all threads; the peak is the process's largest resident memory, weights included.
Needs numpy and Pillow."""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

SETTINGS = ("--samples 64 --segmenter slic --window {window} --stride {stride} --ig-steps 16 --smoothgrad-samples 16 "
            "--gradientshap-samples 16")


def draw_picture(path):
    """Discs of any colour on a slope, with a little noise: about as many superpixels as asked for."""
    r, n = np.random.default_rng(7), 320
    y, x = np.mgrid[0:n, 0:n] / n
    p = np.stack([0.3 + 0.4 * x, 0.5 - 0.3 * y, 0.4 + 0.2 * x * y], -1)
    for _ in range(12):
        cx, cy, radius = r.random(3)
        p[np.hypot(x - cx, y - cy) < 0.04 + 0.12 * radius] = r.random(3)
    Image.fromarray((np.clip(p + r.normal(0, 0.02, p.shape), 0, 1) * 255).astype(np.uint8)).save(path)


def run(command, threads):
    """Exit code, processor seconds, peak MiB, stdout and stderr together."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT,
                                   env=dict(os.environ, OMP_NUM_THREADS=str(threads)))
        _, status, usage = os.wait4(process.pid, 0)
        log.seek(0)
        text = log.read().decode(errors="replace")
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text


def inspected(o, path):
    told = subprocess.run([o.bin + "/pellucid-inspect", path, "--json", "-"], capture_output=True, text=True).stdout
    return json.loads(told) if told else {}


def explain(o, path, methods, folder):
    record = {"network": path.stem, "methods": methods, "threads": o.threads}
    net = inspected(o, path)
    size, _, channels = map(int, net.get("input", "0x0x0").split("x"))
    code, _, _, text = run([o.bin + "/pellucid-import", path, "--preset", "zero-one", "--out", folder + "/net.onnx",
                            *(["--channels", "grey"] if channels == 1 else [])], o.threads)
    if code != 0:
        return dict(record, error=text.strip().splitlines()[-1][:300])
    settings = [] if methods == ["scorecam"] else SETTINGS.format(window=size // 4, stride=size // 8).split()
    code, seconds, peak, text = run([o.bin + "/pellucid-explain", "--model", folder + "/net.onnx", "--image", folder + "/picture.png",
                                     "--method", ",".join(methods), "--out", folder + "/maps",
                                     "--device", "cpu", "--pictures", "none", *settings], o.threads)
    record.update(code=code, seconds=round(seconds, 1), peak_mib=round(peak), weights_mib=round(path.stat().st_size / 2**20),
                  size=net["input"], giga_multiply_adds=round(net["multiply_adds"] / 1e9, 2))
    maps = {m: folder + f"/maps/picture.{m}.npy" for m in methods}
    record["made"] = [m for m in methods if os.path.exists(maps[m]) and np.isfinite(np.load(maps[m])).all()]
    record["uniform"] = [m for m in record["made"] if np.ptp(np.load(maps[m])) == 0]
    if code != 0 or len(record["made"]) < len(methods):
        record["error"] = text.strip()[-600:]
    return record


def read(records):
    return [json.loads(line) for path in records if os.path.exists(path) for line in open(path)]


def table(records):
    nets = {}
    for r in read(records):
        nets.setdefault(r["network"], {})["scorecam" if r["methods"] == ["scorecam"] else "others"] = r
    print("| network | input | GMAC | file MiB | methods | s | peak MiB | Score-CAM s | peak MiB | uniform maps | failures |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name, both in sorted(nets.items()):
        a, b = both.get("others", {}), both.get("scorecam", {})
        made = len(a.get("made", [])) + len(b.get("made", []))
        uniform = a.get("uniform", []) + b.get("uniform", [])
        failed = [r["error"].splitlines()[-1] for r in (a, b) if "error" in r]
        cells = [name, a.get("size", ""), a.get("giga_multiply_adds", ""), a.get("weights_mib", ""), made, a.get("seconds", ""), a.get("peak_mib", ""),
                 b.get("seconds", "not run"), b.get("peak_mib", ""), ", ".join(uniform), "; ".join(failed)]
        print("| " + " | ".join(map(str, cells)) + " |")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("bin")
    p.add_argument("record")
    p.add_argument("files", nargs="*", type=pathlib.Path)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--part", default="0/1")
    p.add_argument("--table", action="store_true")
    o = p.parse_args()
    if o.table:
        return table([o.record, *o.files])
    part, parts = map(int, o.part.split("/"))
    text = run([o.bin + "/pellucid-explain", "--help"], 1)[3]
    methods = re.search(r"--method (\S+)\|all", text).group(1).split("|")
    files = sorted(o.files, key=lambda f: inspected(o, f).get("multiply_adds", 0))
    done = {(r["network"], *r["methods"]) for r in read([o.record])}
    for group in [m for m in methods if m != "scorecam"], ["scorecam"]:
        for path in files[part::parts]:
            if (path.stem, *group) in done:
                continue
            with tempfile.TemporaryDirectory() as folder:
                draw_picture(folder + "/picture.png")
                result = explain(o, path, group, folder)
            with open(o.record, "a") as record:
                record.write(json.dumps(result) + "\n")
            print(result["network"], result.get("seconds"), result.get("peak_mib"), result.get("error", ""), flush=True)


if __name__ == "__main__":
    sys.exit(main())
