#!/usr/bin/env python3
"""What the cpu device keeps beside other programs: training, LIME and prediction with all threads and
with one, beside 0, 1, 2 and 4 busy loops on the cores that this script may use.

    scripts/benchmarks/busy_machine.py BIN [--runs 5] [--loops 0,1,2,4] [--waits none,10000,300000]
        [--workloads training,lime,prediction]

BIN: folder of the programs. Prints the table of results/busy-machine.md: the median of the runs, which
go through all settings in turn. --waits: how threads wait: "none", what the programs do of themselves; a
number, GOMP_SPINCOUNT; active, OMP_WAIT_POLICY, under which libgomp's threads never sleep.
"""
import argparse
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def run(program, *arguments, environment=None):
    subprocess.run([program, *arguments], check=True, env=environment, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


class Workloads:
    """Each returns images a second of one run."""

    def __init__(self, bin_folder, folder):
        self.bin, self.folder = bin_folder, folder
        self.large = ["--data", "phantom", "--phantom-size", "224", "--phantom-channels", "3"]
        run(f"{bin_folder}/pellucid-train", *self.large, "--phantom-count", "5,2,2", "--model",
            "balve2024", "--epochs", "1", "--out", f"{folder}/balve2024")
        run(f"{bin_folder}/pellucid-data", *self.large, "--phantom-count", "2,2,200", "--out",
            f"{folder}/pictures.safetensors")
        self.count = 600

    def training(self, environment):
        out = f"{self.folder}/tiny"
        shutil.rmtree(out, ignore_errors=True)
        run(f"{self.bin}/pellucid-train", "--data", "phantom", "--model", "tiny", "--epochs", "8",
            "--lr", "0.003", "--seed", "1", "--device", "cpu", "--out", out, environment=environment)
        epochs = [json.loads(line) for line in open(f"{out}/history.jsonl")]
        seconds = sum(epoch["seconds"] for epoch in epochs)
        return sum(epoch["images_per_second"] * epoch["seconds"] for epoch in epochs) / seconds

    def lime(self, environment):
        out = f"{self.folder}/maps"
        shutil.rmtree(out, ignore_errors=True)
        run(f"{self.bin}/pellucid-explain", *self.large, "--model",
            f"{self.folder}/balve2024/model.safetensors", "--subset", "test", "--method", "lime",
            "--segmenter", "slic", "--max-images", "12", "--device", "cpu", "--out", out,
            environment=environment)
        costs = [explanation["cost"]["seconds"] for file in glob.glob(f"{out}/*.json")
                 for explanation in json.load(open(file)).get("explanations", [])]
        return len(costs) / sum(costs)

    def prediction(self, environment):
        start = time.perf_counter()
        run(f"{self.bin}/pellucid-evaluate", "--model",
            f"{self.folder}/balve2024/model.safetensors", "--data",
            f"{self.folder}/pictures.safetensors", "--subset", "test", "--batch", "64", "--device",
            "cpu", environment=environment)
        return self.count / (time.perf_counter() - start)


def environment_of(threads, wait):
    environment = {key: value for key, value in os.environ.items()
                   if key not in ("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    if threads:
        environment["OMP_NUM_THREADS"] = str(threads)
    if wait == "active":
        environment["OMP_WAIT_POLICY"] = "active"
    elif wait != "none":
        environment["GOMP_SPINCOUNT"] = wait
    return environment


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--loops", default="0,1,2,4")
    parser.add_argument("--waits", default="none")
    parser.add_argument("--workloads", default="training,lime,prediction")
    options = parser.parse_args()
    loops = [int(text) for text in options.loops.split(",")]
    settings = [(1, "none")] + [(0, wait) for wait in options.waits.split(",")]
    chosen = options.workloads.split(",")
    cores = len(os.sched_getaffinity(0))
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        workloads = Workloads(options.bin, folder)
        for _ in range(options.runs):
            for count in loops:
                busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
                        for _ in range(count)]
                try:
                    for name in chosen:
                        for setting in settings:
                            figure = getattr(workloads, name)(environment_of(*setting))
                            figures.setdefault((name, count, setting), []).append(figure)
                            print(f"{count} loops, {name}, {setting}: {figure:.4g} images/s",
                                  file=sys.stderr)
                finally:
                    for process in busy:
                        process.kill()
                        process.wait()
    median = {key: statistics.median(values) for key, values in figures.items()}
    names = [f"{cores} threads" + ("" if wait == "none" else f", {wait}") for _, wait in settings[1:]]
    print("| images/s | busy loops | 1 thread |" +
          "".join(f" {name} | of one thread's |" for name in names))
    print("|---|---|---|" + "---|---|" * len(names))
    for name in chosen:
        for count in loops:
            one = median[name, count, settings[0]]
            cells = [f"{name} | {count} | {one:.4g}"]
            for setting in settings[1:]:
                value = median[name, count, setting]
                cells.append(f"{value:.4g} | {value / one:.2f}")
            print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
