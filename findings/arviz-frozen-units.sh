#!/usr/bin/env bash
# arviz 0.23.4 and arviz-stats 0.8.0 (numpy 2.4.6, scipy 1.17.1): the effective sample size of chains in which nothing
# moves is the number of draws, 4000 of 4000, by methods bulk, mean, sd and median: of a unit of a binary model that is
# frozen, or that no chain has flipped yet, the table says that it is sampled perfectly, while rhat beside it is nan.
# Of chains that are frozen in different states ess(method="sd") is 4000 too; the other three say 4, and rhat is far
# above 1. The number says something only where a chain has moved.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check arviz==0.23.4 arviz-stats==0.8.0 numpy==2.4.6 scipy==1.17.1
cat > "$dir/show.py" <<'PY'
import warnings

import numpy as np

warnings.simplefilter("ignore")
import arviz
from arviz_stats.base import array_stats

# Four chains of 1000 draws of one unit of a binary model.
off = np.zeros((4, 1000))
apart = np.repeat([[0.0], [1.0], [0.0], [1.0]], 1000, axis=1)
for method in ("bulk", "mean", "sd", "median"):
    print(method, "off:", arviz.ess(off, method=method), "two states:", arviz.ess(apart, method=method))
    assert arviz.ess(off, method=method) == 4000
    assert (arviz.ess(apart, method=method) == 4000) if method == "sd" else (arviz.ess(apart, method=method) < 5)
    assert array_stats.ess(off, method=method) == 4000
    assert (array_stats.ess(apart, method=method) == 4000) == (method == "sd")
assert np.isnan(arviz.rhat(off)) and np.isnan(array_stats.rhat(off))
assert arviz.rhat(apart) > 100 and array_stats.rhat(apart) > 100
PY
"$dir/venv/bin/python" -P "$dir/show.py"
echo "as described"
