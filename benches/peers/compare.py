"""Times this crate and the usual tools on the same shapes, in one sitting, and writes benches/RESULTS.md.

    python -m venv target/peers && target/peers/bin/pip install -r benches/peers/requirements.txt
    target/peers/bin/python benches/peers/compare.py

Rounds alternate between the crate and each peer; the table holds medians over rounds.
"""

import json
import os
import pathlib
import platform
import statistics
import subprocess
import time

import numpy as np
import sklearn
import torch
from sklearn.neural_network import BernoulliRBM

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROUNDS = 3
rng = np.random.default_rng(0)


def seconds(work, repeat):
    work()
    start = time.perf_counter()
    for _ in range(repeat):
        work()
    return (time.perf_counter() - start) / repeat


def states(rows):
    row, unit = np.arange(rows)[:, None], np.arange(784)[None, :]
    return ((row * 31 + unit * 7) % 8 == 0).astype(np.float32)


def scikit(hidden):
    model = BernoulliRBM(n_components=hidden, learning_rate=1e-3, batch_size=500, n_iter=1, random_state=0)
    model.components_ = rng.normal(0, 0.01, (hidden, 784)).astype(np.float32)
    model.intercept_hidden_ = np.zeros(hidden, np.float32)
    model.intercept_visible_ = np.zeros(784, np.float32)
    model.random_state_ = np.random.RandomState(0)
    return model


def scikit_sweep(hidden):
    model, chains = scikit(hidden), states(500)
    h = model._sample_hiddens(chains, model.random_state_)

    def work():
        v = model._sample_visibles(h, model.random_state_)
        model._sample_hiddens(v, model.random_state_)

    return seconds(work, 20)


def torch_sweep(hidden, dtype):
    w = (torch.randn(784, hidden) * 0.01).to(dtype)
    a, b = torch.zeros(784, dtype=dtype), torch.zeros(hidden, dtype=dtype)
    v = torch.from_numpy(states(500)).to(dtype)

    def work():
        h = torch.bernoulli(torch.sigmoid(torch.addmm(b, v, w)))
        torch.bernoulli(torch.sigmoid(torch.addmm(a, h, w.T)))

    with torch.no_grad():
        return seconds(work, 20)


def scikit_epoch():
    data = states(60_000)
    model = BernoulliRBM(n_components=500, learning_rate=1e-3, batch_size=500, n_iter=1, random_state=0)
    start = time.perf_counter()
    model.fit(data)
    return time.perf_counter() - start


def torch_epoch():
    data = torch.from_numpy(states(60_000))
    w = torch.nn.Parameter(torch.randn(784, 500) * 0.01)
    a, b = torch.nn.Parameter(torch.zeros(784)), torch.nn.Parameter(torch.zeros(500))
    adam = torch.optim.Adam([w, a, b], lr=1e-3)
    chains = data[:500].clone()
    order = torch.randperm(60_000)
    start = time.perf_counter()
    with torch.no_grad():
        for at in range(0, 60_000, 500):
            batch = data[order[at : at + 500]]
            up = torch.sigmoid(torch.addmm(b, batch, w))
            h = torch.bernoulli(torch.sigmoid(torch.addmm(b, chains, w)))
            chains = torch.bernoulli(torch.sigmoid(torch.addmm(a, h, w.T)))
            down = torch.sigmoid(torch.addmm(b, chains, w))
            w.grad = -(batch.T @ up - chains.T @ down) / 500
            a.grad = -(batch.mean(0) - chains.mean(0))
            b.grad = -(up.mean(0) - down.mean(0))
            adam.step()
    return time.perf_counter() - start


def numpy_svd(dtype):
    w = rng.normal(0, 0.01, (784, 500)).astype(dtype)
    return seconds(lambda: np.linalg.svd(w, full_matrices=False), 5)


def numpy_spectra():
    """100 spectra, timed on 10."""
    return 10 * seconds(
        lambda: [np.linalg.svd(rng.normal(0, 0.01, (784, 500)), compute_uv=False) for _ in range(10)], 1
    )


def ours(name):
    command = ["cargo", "bench", "--bench", "kernels", "--", "--noplot", "--warm-up-time", "1", "--measurement-time", "2"]
    subprocess.run([*command, f"^{name}$"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    folder = ROOT / "target" / "criterion" / name.replace("/", "_", name.count("/") - 1)
    candidates = [ROOT / "target" / "criterion" / name, folder]
    for candidate in [*candidates, *(ROOT / "target" / "criterion").rglob("new")]:
        estimates = candidate / ("estimates.json" if candidate.name == "new" else "new/estimates.json")
        described = estimates.parent / "benchmark.json"
        if estimates.exists() and json.loads(described.read_text())["full_id"] == name:
            return json.loads(estimates.read_text())["median"]["point_estimate"] * 1e-9
    raise SystemExit(f"criterion left no estimate of {name}")


WORK = [
    ("one thin SVD 784 x 500, f64", "svd_thin/784x500", {"numpy f64": lambda: numpy_svd(np.float64)}),
    ("100 spectra 784 x 500", "spectrum_draws/784x500", {"numpy": numpy_spectra}),
    *(
        (
            f"full sweep 784 x {hidden}, 500 chains",
            f"gibbs/784x{hidden}x500",
            {
                "scikit-learn": lambda hidden=hidden: scikit_sweep(hidden),
                "PyTorch f32": lambda hidden=hidden: torch_sweep(hidden, torch.float32),
                "PyTorch bf16": lambda hidden=hidden: torch_sweep(hidden, torch.bfloat16),
            },
        )
        for hidden in (500, 3000)
    ),
    (
        "PCD-1 epoch, 60,000 x 784 x 500",
        "train_epoch/784x500",
        {"scikit-learn": scikit_epoch, "PyTorch f32, Adam": torch_epoch},
    ),
    ("means of h, 784 x 500, 500 states", "fields/784x500x500", {}),
    ("exact ln Z 784 x 20", "exact/784x20", {}),
    ("AIS 784 x 500, 100 runs, 100 temperatures", "ais/784x500", {}),
]


def show(value):
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.1f} ms"


def machine():
    model = next(
        (line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.processor()
    )
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}; {rustc}; numpy {np.__version__}, "
        f"scikit-learn {sklearn.__version__}, PyTorch {torch.__version__} on the CPU with {torch.get_num_threads()} threads"
    )


def main():
    lines = [
        "# Times, side by side",
        "",
        "Made by `benches/peers/compare.py`: medians of " + str(ROUNDS) + " alternating rounds in one sitting.",
        f"Machine: {machine()}.",
        "",
        "| work | rbm-landscape | peers | best peer / ours |",
        "|---|---|---|---|",
    ]
    for title, name, peers in WORK:
        times = {peer: [] for peer in ["ours", *peers]}
        for _ in range(ROUNDS):
            times["ours"].append(ours(name))
            for peer, work in peers.items():
                times[peer].append(work())
        median = {peer: statistics.median(values) for peer, values in times.items()}
        own = median.pop("ours")
        shown = ", ".join(f"{peer} {show(value)}" for peer, value in median.items()) or "-"
        ratio = f"{min(median.values()) / own:.1f}" if median else "-"
        lines.append(f"| {title} | {show(own)} | {shown} | {ratio} |")
        print(lines[-1], flush=True)
    (ROOT / "benches" / "RESULTS.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
