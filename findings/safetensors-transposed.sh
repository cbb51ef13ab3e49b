#!/usr/bin/env bash
# safetensors 0.8.0 for Python (numpy 2.4.6) saves a transposed or Fortran-ordered array in the order of
# its memory under its logical shape: what is loaded has the right shape, norm and set of values, and
# every row is wrong; no error, no warning, nothing in the file. 0.7.0 saves the same array right.
# scikit-learn 1.9.1 meets it without the user's doing: BernoulliRBM.components_ is Fortran-ordered after fit,
# so that weights saved by save_file({"W": rbm.components_}) are those of another machine.
# np.ascontiguousarray before save_file helps.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
pip=("$dir/venv/bin/pip" install --quiet --disable-pip-version-check)
"${pip[@]}" numpy==2.4.6 scikit-learn==1.9.1 safetensors==0.8.0
cat > "$dir/show.py" <<'PY'
import sys
import numpy as np
from safetensors.numpy import load_file, save_file
from sklearn.neural_network import BernoulliRBM

path, scrambled = sys.argv[1], sys.argv[2] == "scrambled"
w = np.arange(6.0).reshape(2, 3).T
save_file({"W": w}, path)
back = load_file(path)["W"]
assert back.shape == w.shape and sorted(back.ravel()) == sorted(w.ravel())
print("saved", w.tolist(), "loaded", back.tolist())
assert (back != w).any() == scrambled
save_file({"W": np.ascontiguousarray(w)}, path)
assert (load_file(path)["W"] == w).all()

x = (np.random.default_rng(0).random((200, 12)) < 0.5).astype(float)
rbm = BernoulliRBM(n_components=5, n_iter=2, random_state=0).fit(x)
print("components_ is Fortran-ordered:", rbm.components_.flags.f_contiguous)
save_file({"W": rbm.components_}, path)
back = load_file(path)["W"]
assert rbm.components_.flags.f_contiguous
assert np.isclose(np.linalg.norm(back), np.linalg.norm(rbm.components_))
assert (back != rbm.components_).any() == scrambled
print("largest singular value saved", np.linalg.norm(rbm.components_, 2), "loaded", np.linalg.norm(back, 2))
PY
"$dir/venv/bin/python" -P "$dir/show.py" "$dir/w.safetensors" scrambled
"${pip[@]}" safetensors==0.7.0
"$dir/venv/bin/python" -P "$dir/show.py" "$dir/w.safetensors" right
echo "as described"
