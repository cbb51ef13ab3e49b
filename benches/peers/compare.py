"""Times this crate and the usual tools at the same work in one sitting: whole commands, and how cost
grows, too. Writes benches/RESULTS.md, docs/performance.md and docs/performance.svg.

    python -m venv target/peers && target/peers/bin/pip install -r benches/peers/requirements.txt
    target/peers/bin/python benches/peers/compare.py --baseline target/d415fb1

`--baseline` is the program of another commit, which whole commands are compared with; its file is
named after it. `--rows` measures the rows alone whose titles a regular expression matches, and writes
nothing. Rounds alternate between the crate and each peer; the tables hold medians over rounds.
Nothing else should run meanwhile.
"""

import argparse
import functools
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import pages
import peers
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROUNDS = 3
BF16, F32 = torch.bfloat16, torch.float32

# Starts a command from a small process: a child of this one would begin with its memory as its peak.
LAUNCHER = """
import json, os, re, sys, time
start, (read, write) = time.perf_counter(), os.pipe()
to = [(os.POSIX_SPAWN_DUP2, write, 1), (os.POSIX_SPAWN_DUP2, write, 2)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=to)
os.close(write)
verdict, lines = None, []
for line in os.fdopen(read, errors="replace"):
    lines = [*lines[-4:], line]
    if verdict is None and re.search(r"\\b(holds|refuted|inconclusive|vacuous)\\b", line):
        verdict = time.perf_counter() - start
_, status, used = os.wait4(child, 0)
end = {"seconds": time.perf_counter() - start, "bytes": used.ru_maxrss * 1024, "verdict": verdict}
print(json.dumps({**end, "status": os.waitstatus_to_exitcode(status), "lines": lines}))
"""


def seconds(work):
    """Seconds that a call takes, and what it returned; `timed` of work.rs does the same."""

    def once():
        start = time.perf_counter()
        result = work()
        return time.perf_counter() - start, result

    first, result = once()
    if first > 4:
        return first, result
    start, all_seconds = time.perf_counter(), []
    while not all_seconds or time.perf_counter() - start < 0.5:
        one, result = once()
        all_seconds.append(one)
    return statistics.median(all_seconds), result


def build():
    """The program and benches/work.rs, built as for release."""
    command = ["cargo", "bench", "--bench", "work", "--no-run", "--message-format=json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    made = [message for message in map(json.loads, lines) if message.get("executable")]
    return [next(one["executable"] for one in made if one["target"]["name"] == name) for name in ("rbm-landscape", "work")]


class Row:
    """The same work on both sides; `same` says how far apart two results are at most, in words if they
    are farther."""

    def __init__(self, title, ours, others, same=None):
        self.title, self.ours, self.others, self.same = title, ours, others, same

    def measure(self, program):
        works = {name: prepare() for name, prepare in self.others.items()}
        times = {name: [] for name in ("ours", *works)}
        notes = set()
        for _ in range(ROUNDS):
            time.sleep(0.1)  # until the threads of the last peer sleep
            ours = run(program, self.ours)
            times["ours"].append(ours["seconds"])
            for name, work in works.items():
                taken, result = seconds(work)
                times[name].append(taken)
                if self.same:
                    notes |= {note for note in [self.same(name, ours, result)] if note}
        median = {name: statistics.median(values) for name, values in times.items()}
        spread = max(max(values) / min(values) for values in times.values())
        return {"title": self.title, "ours": median.pop("ours"), "peers": median, "spread": spread, "notes": sorted(notes)}


def run(program, args):
    output = subprocess.run([program, *map(str, args)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output)


def same_values(name, ours, theirs):
    """Within 1e-12 of the largest; by way of squares, these."""
    for mine, other in zip(ours["values"], theirs, strict=True):
        mine, other = np.array(mine), np.asarray(other)
        power = 2 if "tridiagonal" in name or "W" in name else 1
        off = np.abs(mine**power - other**power).max() / other[0] ** power
        if not off < 1e-12:
            raise SystemExit(f"{name}: singular values differ by {off:.1e} of the largest")


def same_partition(name, ours, theirs):
    """Within four standard errors. Only in half precision, which rounds the weights, may it be off."""
    (value, se), (own, own_se) = theirs, (ours["log_partition"], ours["se"])
    off = (value - own) / np.hypot(se, own_se)
    if abs(off) > 4 and "bf16" not in name:
        raise SystemExit(f"{name}: ln Z {value:.3f} ± {se:.3f}, ours {own:.3f} ± {own_se:.3f}")
    return f"ln Z by {name}: {value:.3f} ± {se:.3f}, ours {own:.3f} ± {own_se:.3f}: {off:+.1f} standard errors"


def saved(folder, name, arrays):
    path = folder / name
    path.write_bytes(b"".join(np.ascontiguousarray(one, np.float64).tobytes() for one in arrays))
    return path


def spectra(folder):
    """Rows of one matrix, and of twenty, which have all cores on both sides."""
    for count in (1, 20):
        of = "one matrix" if count == 1 else f"{count} matrices"
        dense = saved(folder, f"dense{count}", [peers.rng.normal(0, 0.01, (784, 500)) for _ in range(count)])
        models = [peers.chi_model(784, 500) for _ in range(count)]
        bidiagonal = saved(folder, f"bidiagonal{count}", [part for model in models for part in model])

        def ways(functions, file, unpack, count=count):
            found = {}
            for name, function in functions.items():
                found[name] = functools.partial(peers.one_by_one, function, file, unpack)
                if count > 1:
                    found[f"{name}, one a core"] = functools.partial(peers.one_a_core, function, file, unpack)
            return found

        values = {"numpy svd": peers.singular_values, "PyTorch svdvals": peers.torch_singular_values}
        gram = {"numpy eigvalsh of WᵀW": peers.by_gram, "PyTorch eigvalsh of WᵀW": peers.torch_by_gram}
        drivers = ("sterf", "stemr", "stebz") if count == 1 else ("sterf",)
        scipy = {f"scipy eigh_tridiagonal {one}": functools.partial(peers.of_model, driver=one) for one in drivers}
        for title, method, functions in (
            (f"singular values of {of} of 784 x 500", "values", values),
            (f"the same by way of WᵀW, {of}", "gram", gram),
        ):
            yield Row(title, ["dense", method, 784, 500, dense], ways(functions, dense, peers.matrices), same_values)
        title = f"singular values of {of}, bidiagonal, r = 500"
        yield Row(title, ["bidiagonal", 500, bidiagonal], ways(scipy, bidiagonal, peers.models), same_values)
        if count == 1:
            thin = ways({"numpy svd": peers.thin}, dense, peers.matrices)
            yield Row("thin SVD of one matrix of 784 x 500", ["dense", "thin", 784, 500, dense], thin, same_values)


def rows(folder, trained):
    yield from spectra(folder)
    machine = peers.trained(trained)
    for of, given, sizes in (
        ("784 x 500", "784x500", peers.weights(784, 500)),
        ("784 x 3000", "784x3000", peers.weights(784, 3000)),
        ("784 x 500 trained on MNIST", trained, machine),
    ):
        others = {
            "scikit-learn": lambda sizes=sizes: peers.scikit_sweep(sizes),
            "PyTorch f32": lambda sizes=sizes: peers.torch_sweep(sizes, F32),
            "PyTorch bf16": lambda sizes=sizes: peers.torch_sweep(sizes, BF16),
            "PyTorch f32 with care": lambda sizes=sizes: peers.careful_sweep(sizes, F32),
            "PyTorch bf16 with care": lambda sizes=sizes: peers.careful_sweep(sizes, BF16),
        }
        yield Row(f"sweep of {of}, 500 chains", ["sweep", given, 500], others)
    yield Row(
        "PCD-1 epoch with plain gradients, 60,000 x 784 x 500",
        ["epoch", "sgd", 500, 60_000],
        {
            "scikit-learn": lambda: peers.scikit_epoch(500, 60_000),
            "PyTorch f32 with care": lambda: peers.careful_epoch("sgd", 500, 60_000, F32),
        },
    )
    yield Row(
        "PCD-1 epoch with Adam, 60,000 x 784 x 500",
        ["epoch", "adam", 500, 60_000],
        {
            "PyTorch f32": lambda: peers.torch_epoch("adam", 500, 60_000),
            "PyTorch f32 with care": lambda: peers.careful_epoch("adam", 500, 60_000, F32),
            "PyTorch bf16 with care": lambda: peers.careful_epoch("adam", 500, 60_000, BF16),
        },
    )
    yield Row(
        "annealing of 784 x 500 trained on MNIST, 500 runs, 1,000 temperatures",
        ["annealing", trained, 500, 1000],
        {
            "PyTorch f32 with care": lambda: peers.careful_annealing(machine, 500, 1000, F32),
            "PyTorch bf16 with care": lambda: peers.careful_annealing(machine, 500, 1000, BF16),
        },
        same_partition,
    )
    yield Row("means of h, 784 x 500, 500 states", ["means", "784x500", 500], {})
    yield Row("exact ln Z of 784 x 20", ["exact", "784x20"], {})


def commands(programs, folder, trained, wanted):
    """Wall time, peak of resident memory and first verdict of whole commands of all programs."""
    all_commands = {
        "the main job: all claims": lambda out: ["verify", "--out", out],
        "`inspect` of 784 x 500 on MNIST": lambda out: ["inspect", trained, "--data", "mnist"],
        "`train` of 784 x 500 on MNIST, one epoch": lambda out: ["train", "--hidden", 500, "--epochs", 1, "--out", out],
    }
    for title, args in all_commands.items():
        if not wanted(title):
            continue
        found = {name: [] for name in programs}
        for _ in range(ROUNDS):
            for name, program in programs.items():
                with tempfile.TemporaryDirectory(dir=folder) as out:
                    command = [sys.executable, "-S", "-c", LAUNCHER, program, *map(str, args(out))]
                    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
                if result["status"] == 0:
                    found[name].append(result)
                elif name == pages.NOW:
                    raise SystemExit(f"{title}: exit code {result['status']}: {''.join(result['lines'])}")
                else:
                    print(f"{name}: exit code {result['status']}: {''.join(result['lines'])}", file=sys.stderr)
        median = {}
        for name, results in found.items():
            if len(results) == ROUNDS:
                known = lambda what: [result[what] for result in results if result[what] is not None]
                median[name] = {what: statistics.median(known(what)) if known(what) else None for what in ("seconds", "bytes", "verdict")}
        yield {"title": title, "programs": median}


def growth(program, folder, wanted):
    """Time of this crate's work as one size grows, the others kept."""
    powers = [128 << i for i in range(7)]
    thousands = [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000]

    def model(r):
        return ["bidiagonal", r, saved(folder, "growing", peers.chi_model(2 * r, r))]

    def dense(method):
        return lambda r: ["dense", method, 2 * r, r, saved(folder, "growing", [peers.rng.normal(0, 1, (2 * r, r))])]

    few = 5000  # images; shown for 60,000
    curves = [
        ("N", "sweep, M = 500, 500 chains", powers, lambda n: ["sweep", f"{n}x500", 500], 1),
        ("M", "sweep, N = 784, 500 chains", powers, lambda m: ["sweep", f"784x{m}", 500], 1),
        ("chains", "sweep, 784 x 500", [chains // 4 for chains in powers] + [8192], lambda chains: ["sweep", "784x500", chains], 1),
        ("smaller", "exact ln Z, N = 784", range(8, 25, 2), lambda m: ["exact", f"784x{m}"], 1),
        ("r", "histogram by counts", thousands, lambda r: ["histogram", r], 1),
        ("r", "bidiagonal, all values", [250 << i for i in range(7)], model, 2),
        ("r", "dense 2r x r, all values", powers[:4], dense("values"), 3),
        ("r", "dense 2r x r, by WᵀW", powers[:4], dense("gram"), 3),
        ("epoch", "PCD-1 epoch with Adam, 784 x M", [100, 300, 1000, 3000, 10_000], lambda m: ["epoch", "adam", m, few], 1),
    ]
    for panel, label, sizes, args, expected in curves:
        if wanted(f"growth: {label}"):
            scale = 60_000 / few if panel == "epoch" else 1
            times = [scale * run(program, args(size))["seconds"] for size in sizes]
            yield pages.Curve(panel, label, list(sizes), times, expected)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--baseline", type=pathlib.Path, help="the program of another commit")
    options.add_argument("--rows", type=re.compile, help="measure these alone and write nothing")
    asked = options.parse_args()
    wanted = lambda title: asked.rows is None or bool(asked.rows.search(title))
    program, work = build()
    start = time.perf_counter()
    programs = {pages.NOW: program}
    if asked.baseline:
        programs[asked.baseline.name] = str(asked.baseline.resolve(strict=True))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        train = [program, "train", "--epochs", "4", "--lr", "1e-3", "--visible-bias", "data", "--quiet", "--out", folder / "runs"]
        subprocess.run(train, check=True, stdout=subprocess.DEVNULL)
        trained = folder / "runs" / "hidden00500-replica00"

        def shown(results, words):
            for result in results:
                print(f"[{time.perf_counter() - start:4.0f} s] {words(result)}", flush=True)
                for note in result.get("notes", []) if isinstance(result, dict) else []:
                    print(f"         {note}", flush=True)
                yield result

        table = list(shown((row.measure(work) for row in rows(folder, trained) if wanted(row.title)), pages.table_row))
        whole = list(shown(commands(programs, folder, trained, wanted), lambda row: pages.command_row(row, list(programs))))
        curves = list(shown(growth(work, folder, wanted), pages.curve_row))
    if asked.rows is None:
        pages.write(ROOT, table, whole, list(programs), curves, ROUNDS)


if __name__ == "__main__":
    main()
