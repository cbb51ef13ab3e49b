#!/usr/bin/env bash
# scikit-rmt 2.1.1 (numpy 1.26.4, scipy 1.12.0), MarchenkoPasturDistribution of ratio p/n: for wide matrices it is not the
# law of their eigenvalues. A share 1 - n/p of those of X X'/n is 0 for p > n, but cdf is 0 up to the lower edge of the
# bulk and jumps there, and rvs draws from the bulk alone: their mean is p/n where that of the eigenvalues is 1. At
# p = n, where the law has no atom, every value of rvs is nan. The warning at construction speaks of numerical
# instability for ratios of 1 and more; pdf is right (its integral is n/p), and so is everything for a ratio below 1.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check scikit-rmt==2.1.1 numpy==1.26.4 scipy==1.12.0
cat > "$dir/show.py" <<'PY'
import warnings

import numpy as np

warnings.simplefilter("ignore")
from skrmt.ensemble.spectral_law import MarchenkoPasturDistribution

p, n = 400, 200
x = np.random.default_rng(0).normal(size=(p, n))
values = np.linalg.eigvalsh(x @ x.T / n)
law = MarchenkoPasturDistribution(ratio=p / n)
low, high = (1 - np.sqrt(p / n)) ** 2, (1 + np.sqrt(p / n)) ** 2
below = [low / 2, low + 1e-6, high]
print("eigenvalues up to half of the edge, the edge, all:", [(values < at).mean() for at in below], "mean", values.mean())
print("cdf there:", law.cdf(np.array(below)))
assert (values < low / 2).mean() == 0.5 and abs(values.mean() - 1) < 0.02
assert law.cdf(np.array([low / 2]))[0] == 0 and law.cdf(np.array([low + 1e-6]))[0] > 0.499
grid = np.linspace(low, high, 100_001)
assert abs(np.trapz(law.pdf(grid), grid) - n / p) < 1e-4
# A mean over 5000 draws of standard deviation 1.4 has a standard error of 0.02.
drawn = law.rvs(size=5000)
print("drawn: least", drawn.min(), "mean", drawn.mean())
assert drawn.min() >= low and abs(drawn.mean() - p / n) < 0.1

assert np.isnan(MarchenkoPasturDistribution(ratio=1.0).rvs(size=100)).all()
tall = MarchenkoPasturDistribution(ratio=0.5).rvs(size=5000)
print("ratio 1: nan; ratio 1/2: mean", tall.mean())
assert abs(tall.mean() - 1) < 0.06
PY
"$dir/venv/bin/python" -P "$dir/show.py"
echo "as described"
