"""The pages and the figure that compare.py writes: their words, tables and curves."""

import dataclasses
import os
import platform
import subprocess

import matplotlib
import numpy as np
import scipy
import sklearn
import torch

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter

NOW = "now"
FITTED = 4  # the largest sizes, to which slopes are fitted


@dataclasses.dataclass
class Curve:
    panel: str
    label: str
    sizes: list
    seconds: list
    expected: int

    def slope(self):
        """Of ln time over ln size; of doublings over size where the work doubles with each unit."""
        x, y = np.array(self.sizes[-FITTED:], float), np.log2(self.seconds[-FITTED:])
        return np.polyfit(x if self.panel == "smaller" else np.log2(x), y, 1)

    def fitted(self, x):
        slope, at = self.slope()
        return 2 ** (slope * (x if self.panel == "smaller" else np.log2(x)) + at)


PANELS = {
    "N": ("N, visible units", "time of a sweep"),
    "M": ("M, hidden units", "time of a sweep"),
    "chains": ("chains", "time of a sweep"),
    "smaller": ("units of the smaller layer, linear scale", "time of ln Z"),
    "r": ("r, number of singular values", "time of a spectrum"),
    "epoch": ("M, hidden units", "time of an epoch"),
}


def show(value):
    if value is None:
        return "–"
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}" if value < 100 else f"{value:.0f} s"
    return f"{value:.1e} s"


def table_row(row):
    own, others = row["ours"], row["peers"]
    shown = ", ".join(f"{name} {show(value)} ({value / own:.1f})" for name, value in others.items()) or "–"

    def best(names):
        return f"{min(others[name] for name in names) / own:.1f}" if names else "–"

    usual = [name for name in others if "with care" not in name]
    return f"| {row['title']} | {show(own)} | {shown} | {best(usual)} | {best(list(others))} |"


def command_row(row, programs):
    cells = []
    for name in programs:
        found = row["programs"].get(name)
        cells.append(
            f"{show(found['seconds'])}, {found['bytes'] / 1e9:.2f} GB, {show(found['verdict'])}" if found else "–"
        )
    found = [row["programs"].get(name) for name in programs]
    if len(found) == 2 and all(found):
        cells.append("; ".join(f"{found[0][what] / found[1][what]:.2f}" for what in ("seconds", "bytes", "verdict") if found[0][what]))
    elif len(programs) == 2:
        cells.append("–")
    return f"| {row['title']} | {' | '.join(cells)} |"


def curve_row(curve):
    unit = "doublings per unit" if curve.panel == "smaller" else "power"
    slope, first, last = curve.slope()[0], curve.sizes[0], curve.sizes[-1]
    times = f"{show(curve.seconds[0])} to {show(curve.seconds[-1])}"
    return f"| {curve.label} | {PANELS[curve.panel][0].removesuffix(', linear scale')}: {first:,} to {last:,} | {times} | {slope:.2f} | {curve.expected} ({unit}) |"


def machine():
    lines = open("/proc/cpuinfo").read().splitlines() if os.path.exists("/proc/cpuinfo") else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}; {rustc}; Python {platform.python_version()}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}, PyTorch {torch.__version__} "
        f"on the CPU with {torch.get_num_threads()} threads"
    )


def tables(table, whole, programs, rounds):
    """What RESULTS.md and performance.md both hold."""
    heads = [*programs, f"{programs[0]} / {programs[1]}"] if len(programs) == 2 else programs
    return [
        f"Written by `benches/peers/compare.py`: medians of {rounds} alternating rounds in one sitting.",
        f"The slowest round of a piece of work took at most {max(row['spread'] for row in table):.1f} times as long as its fastest.",
        f"Machine: {machine()}.",
        "",
        "## Beside other tools",
        "",
        "In brackets: how many times as long as here. The last columns: the best of the tools as their users write them, and of",
        "all, code written with care for PyTorch included.",
        "",
        "| work | rbm-landscape | others | best as usual / ours | best of all / ours |",
        "|---|---|---|---|---|",
        *map(table_row, table),
        "",
        *(f"- {note}" for row in table for note in row["notes"]),
        "",
        "## Whole commands",
        "",
        "Wall time, peak of resident memory, and time to the first verdict, which the program says on standard error as soon as a",
        f"regime is done. `{programs[0]}` is this program" + (f", `{programs[1]}` that of an earlier commit" if len(programs) == 2 else "") + "; – where it has no such command or verdict.",
        "",
        f"| command | {' | '.join(heads)} |",
        "|---|" + "---|" * len(heads),
        *(command_row(row, programs) for row in whole),
        "",
    ]


def growth(curves):
    return [
        "## How cost grows",
        "",
        "![Time against size, in six panels](performance.svg)",
        "",
        f"One size grows, the others are kept. Slopes are those of straight lines through the logarithms of the {FITTED} largest sizes (dashed):",
        "the power with which time grows; for exact ln Z, how often time doubles with one unit more.",
        "",
        "| work | size | time | slope | by the number of operations |",
        "|---|---|---|---|---|",
        *map(curve_row, curves),
        "",
        "Epochs are timed on 5,000 images, and shown for 60,000. Spectra are those of one matrix, on one core; histograms have 60 bins,",
        "on all cores. Small sizes lie off the lines where tables fit a cache, or where the work does not fill two cores.",
        "",
    ]


COMPARED = """\
## What is compared with what

- *Sweeps.* All draw h given v, then v given h, for every chain. scikit-learn multiplies in single precision and draws in double.
  PyTorch multiplies in single precision, or with `bf16` in half precision: weights and fields then have 8 significant bits,
  where all other rows have 24. The machine that was trained on MNIST has the same weights on both sides. A product of dense
  matrices takes as long for all states; ours, which works on bits, need not.
- *With care* means buffers that are allocated once, operations in place, and states drawn by comparing probabilities with uniform
  numbers of 24 bits, which on a CPU takes a quarter of the time of `torch.bernoulli`. `torch.compile` was tried and lost.
- *Epochs.* PCD-1, batches of 500 and 500 chains. scikit-learn has plain gradients only, and keeps the hidden units of its chains
  from one update to the next, so that it has three products per update besides the gradient where the others have four. Ours
  starts visible biases at the logits of the data, the others at zero, which costs the same. `bf16` keeps parameters, gradients
  and moments in single precision. Images are independent pixels, one in eight on.
- *Annealing.* The same algorithm: hidden units summed out in the weights, one sweep per temperature, temperatures evenly spaced
  from the machine without W and b. The program stops if ln Z in single precision differs by more than four joint standard errors.
  Half precision anneals a machine of rounded weights; how far off it is, the lines below the table say.
- *Spectra.* The same matrices on both sides, drawn before. Values that differ by more than 1e-12 of the largest stop the program;
  where WᵀW is formed these are squares, and small values are lost on both sides. The bidiagonal rows are about the model of
  Dumitriu and Edelman, which has the law of a matrix's singular values without the matrix; LAPACK's drivers take the
  tridiagonal BᵀB of the very same numbers. Ours has one matrix on each core. Of the others LAPACK has all cores for each matrix,
  or, with `one a core`, as many processes as there are cores have one matrix each. One matrix alone has one core here.
- *Not compared.* The time that Python takes to start, and that of reading files. No peer has exact ln Z by enumeration, or means
  from bits: these rows stand alone. No GPU was used.
"""


def figure(curves, path):
    style = {"font.size": 9, "axes.titlesize": 9, "legend.fontsize": 9, "svg.hashsalt": "performance", "svg.fonttype": "path"}
    with plt.rc_context(style):
        # 830 px of CSS: 96 to an inch.
        drawn, axes = plt.subplots(3, 2, figsize=(830 / 96, 1000 / 96), layout="constrained")
        for axis, (panel, (across, up)) in zip(axes.flat, PANELS.items()):
            shown = [curve for curve in curves if curve.panel == panel]
            for curve, colour, mark in zip(shown, ("#1b6ca8", "#c8553d", "#3a7d44", "#7a4d9c"), "osD^"):
                slope = curve.slope()[0]
                words = f"{slope:.2f} doublings a unit" if panel == "smaller" else f"slope {slope:.2f}"
                axis.plot(curve.sizes, curve.seconds, mark, color=colour, markersize=4.5, label=f"{curve.label}: {words}")
                x = np.array(curve.sizes[-FITTED:], float)
                axis.plot(x, curve.fitted(x), "--", color=colour, linewidth=1)
            axis.set_yscale("log")
            if panel != "smaller":
                axis.set_xscale("log")
            if len(shown) == 1:
                axis.set_xticks(shown[0].sizes[:: 1 if len(shown[0].sizes) < 6 else 2])
            axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
            axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: show(value * (1 + 1e-9))))
            axis.minorticks_off()
            low, high = axis.get_ylim()
            axis.set_ylim(low, high * (high / low) ** (0.12 + 0.09 * len(shown)))  # room for the legend
            axis.set_xlabel(across)
            axis.set_ylabel(up)
            axis.grid(color="#dddddd", linewidth=0.6)
            axis.legend(loc="upper left", frameon=False, handletextpad=0.2, borderaxespad=0.2)
        drawn.savefig(path, metadata={"Date": None}, facecolor="white")
        plt.close(drawn)


def write(root, table, whole, programs, curves, rounds):
    measured = tables(table, whole, programs, rounds)
    more = "How cost grows, and what is compared with what: [docs/performance.md](../docs/performance.md)."
    (root / "benches" / "RESULTS.md").write_text("\n".join(["# Times, side by side", "", *measured, more, ""]))
    figure(curves, root / "docs" / "performance.svg")
    page = ["# How fast it is, and how cost grows", "", *measured, *growth(curves), COMPARED]
    (root / "docs" / "performance.md").write_text("\n".join(page))
