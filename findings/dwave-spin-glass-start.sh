#!/usr/bin/env bash
# dwave-pytorch-plugin 0.4.0 (torch 2.15.0, numpy 2.4.6), GraphRestrictedBoltzmannMachine: weights are drawn with the
# standard deviation 2.5/(deg(u) deg(v))^(1/4), which by the documentation "initializes the GRBM in a paramagnetic
# regime". On a complete bipartite graph of 100 + 100 spins, an RBM, sampled by the package's own block Gibbs sampler at
# inverse temperature 1, this is 2.5 times the critical standard deviation of the spin glass: after 1000 sweeps of
# burn-in the overlap of a chain with itself 100, 300 and 1000 sweeps later is about 0.7, 0.6 and 0.5, where a
# paramagnet has 0. The same weights times 0.32, 0.8 of the critical value, give 0 after 100 sweeps. Downloads 1 GB.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
  dwave-pytorch-plugin==0.4.0 torch==2.15.0 numpy==2.4.6 einops==0.8.2
cat > "$dir/show.py" <<'PY'
import numpy as np
import torch
from dwave.plugins.torch.models import GraphRestrictedBoltzmannMachine
from dwave.plugins.torch.samplers.block_spin_sampler import BlockSampler

torch.manual_seed(0)
SIZE, CHAINS = 100, 64
nodes = list(range(2 * SIZE))
machine = GraphRestrictedBoltzmannMachine(nodes, [(j, SIZE + k) for j in range(SIZE) for k in range(SIZE)])
drawn = machine.quadratic.detach().numpy().std()
assert abs(drawn / (2.5 / np.sqrt(SIZE)) - 1) < 0.03, drawn  # ten times the error of 10,000 draws


def overlaps(sweeps):
    """Mean overlap of the visible spins of every chain with themselves so many sweeps after a burn-in of 1000."""
    def run(states, count, seed):
        sampler = BlockSampler(
            machine, lambda node: int(node >= SIZE), CHAINS, [1.0] * count, initial_states=states, seed=seed)
        return sampler.sample().detach().clone()

    start = run(None, 1000, 1)
    return [float((start * run(start.clone(), count, 1 + count))[:, :SIZE].mean()) for count in sweeps]


frozen = overlaps([100, 300, 1000])
with torch.no_grad():
    machine.quadratic.mul_(0.32)
free = overlaps([100])[0]
print(f"overlap after 100, 300, 1000 sweeps: {frozen}; with weights times 0.32: {free}")
# The standard error over chains is below 0.04.
assert frozen[0] > 0.5 and frozen[2] > 0.3
assert abs(free) < 0.1
PY
"$dir/venv/bin/python" "$dir/show.py"
