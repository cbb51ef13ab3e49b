#!/usr/bin/env bash
# dwave-samplers 1.8.0 (dimod 0.12.23, numpy 2.4.6), SimulatedAnnealingSampler at one fixed beta, as it is used to
# draw the negative phase of an RBM: the default acceptance is Metropolis over the units in a fixed order, and a
# unit without a field is then flipped for certain. An RBM of zero weights gives its initial states back unchanged
# after 1000 sweeps and their complements after 1001, where one sweep of a Gibbs sampler makes them independent.
# With weights of standard deviation 0.02 (10 x 10 units, as at the start of a training) the mean product of a
# spin with itself is about -0.9, 0.8 and 0.2 after 1, 2 and 10 sweeps. proposal_acceptance_criteria="Gibbs" gives 0
# from the first sweep on.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check dwave-samplers==1.8.0 dimod==0.12.23 numpy==2.4.6
cat > "$dir/show.py" <<'PY'
import numpy as np
from dwave.samplers import SimulatedAnnealingSampler

rng = np.random.default_rng(0)
sampler = SimulatedAnnealingSampler()


def swept(weights, start, sweeps, **rule):
    """Spins of `start` (rows of N + M) after so many sweeps at beta = 1 of the RBM of these weights."""
    n, m = weights.shape
    couplings = {(j, n + k): -weights[j, k] for j in range(n) for k in range(m)}
    found = sampler.sample_ising(
        {unit: 0.0 for unit in range(n + m)}, couplings, beta_range=[1.0, 1.0], num_sweeps=sweeps,
        num_reads=len(start), initial_states=(start, list(range(n + m))), initial_states_generator="none",
        seed=1, **rule)
    return found.record.sample


start = rng.choice([-1, 1], size=(2000, 20)).astype(np.int8)
none = np.zeros((10, 10))
assert (swept(none, start, 1000) == start).all()
assert (swept(none, start, 1001) == -start).all()
print("zero weights: the start after 1000 sweeps, its complement after 1001")

# A mean over 40,000 products of independent spins has a standard error of 0.005.
weak = 0.02 * rng.normal(size=(10, 10))
kept = {sweeps: (swept(weak, start, sweeps) * start).mean() for sweeps in (1, 2, 10)}
print("standard deviation 0.02:", kept)
assert kept[1] < -0.8 and kept[2] > 0.7 and kept[10] > 0.1
gibbs = {"proposal_acceptance_criteria": "Gibbs"}
mended = [(swept(w, start, sweeps, **gibbs) * start).mean() for w in (none, weak) for sweeps in (1, 2, 10)]
print("Gibbs:", mended)
assert max(map(abs, mended)) < 0.03
PY
"$dir/venv/bin/python" -P "$dir/show.py"
echo "as described"
