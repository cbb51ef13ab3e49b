"""Writes the small files that the tests of torch.rs and skops.rs read, into tests/files.

Pinned: Python 3.11, torch 2.15.0, numpy 2.4.6, scikit-learn 1.9.1, skops 0.16.0. Run it once per
environment: what cannot be imported is left out. torch from PyPI wants the CUDA libraries that its
METADATA names, or it does not import; triton is not needed. Values are known by hand: x[k] = k / 8 in the
order of the rows.
"""

import argparse
import collections
import pathlib
from collections import OrderedDict

HERE = pathlib.Path(__file__).parent 


def eighths(torch, *shape, dtype=None):
    count = 1
    for n in shape:
        count *= n
    return (torch.arange(count, dtype=torch.float64) / 8).reshape(shape).to(dtype or torch.float32)


def torch_files():
    import numpy as np
    import torch

    assert torch.__version__.split("+")[0] == "2.15.0", torch.__version__
    x = lambda *shape, dtype=None: eighths(torch, *shape, dtype=dtype)
    save = lambda name, what, **options: torch.save(what, HERE / f"{name}.pt", **options)

    class RBM(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.W = torch.nn.Parameter(x(2, 3))
            self.v_bias = torch.nn.Parameter(x(3))
            self.register_buffer("h_bias", x(2))

    RBM.__module__, RBM.__qualname__ = "__main__", "RBM"
    globals()["RBM"] = RBM
    model = RBM()
    save("state", model.state_dict())
    save("state_legacy", model.state_dict(), _use_new_zipfile_serialization=False)
    save("state_protocol4", model.state_dict(), pickle_protocol=4)
    save("model", model)
    save("model_legacy", model, _use_new_zipfile_serialization=False)

    base = x(4, 6)
    views = {
        "all": base,
        "transposed": base.T,
        "rows": base[1:3],
        "columns": base[:, 1:5:2],
        "corner": base[2:, 3:].T,
        "expanded": torch.tensor([0.5]).expand(3, 2),
        "cube": x(2, 3, 4).permute(2, 0, 1),
        "scalar": torch.tensor(0.375),
        "empty": torch.zeros(0, 3),
        "tied": base,
    }
    save("views", views)
    save("views_legacy", views, _use_new_zipfile_serialization=False)

    kinds = ["float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64"]
    kinds += ["uint8", "uint16", "uint32", "uint64", "bool", "complex64", "complex128"]
    kinds += ["float8_e4m3fn"]
    types = {kind: (x(2, 3) * 8).to(getattr(torch, kind)) for kind in kinds}
    types["complex32"] = torch.zeros(2, dtype=torch.complex32)
    types["conjugate"] = torch.zeros(2, dtype=torch.complex64).conj()
    types["negative"] = torch.tensor([1 + 2j, 3 + 4j]).conj().imag
    types["sparse"] = torch.eye(3).to_sparse()
    types["csr"] = torch.eye(3).to_sparse_csr()
    types["quantised"] = torch.quantize_per_tensor(x(2, 3), 0.125, 0, torch.qint8)
    types["meta"] = torch.zeros(2, 5, device="meta")
    save("types", types)

    save("types_legacy", {kind: types[kind] for kind in kinds + ["quantised", "sparse"]},
         _use_new_zipfile_serialization=False)

    wrapped = OrderedDict(W=torch.nn.Parameter(x(2, 3)), plain=x(3))
    wrapped["attribute"] = x(2)
    wrapped["attribute"].remark = "kept by torch"
    save("parameters", wrapped)

    net = {"weights": x(2, 3, dtype=torch.float64), "visible_bias": x(3), "hidden_bias": x(2)}
    save("nested", {
        "model": {"rbm_am": net, "layers": [{"W": x(2, 2)}, {"W": x(2, 1)}]},
        "optimizer": {"state": {0: {"step": torch.tensor(3.0), "exp_avg": x(2)}},
                      "param_groups": [{"lr": 0.01, "betas": (0.9, 0.999), "params": [0, 1]}]},
        "epoch": 3, "beta": 0.5, "units": "spins", "done": True, "nothing": None,
        "seed": 2**63 + 5, "loss": np.float64(-1.25), "size": torch.Size([2, 3]),
        "dtype": torch.float32, "device": torch.device("cpu"),
        "args": argparse.Namespace(lr=0.1, name="run"), "long": list(range(40)),
        "numpy": np.arange(6.0).reshape(2, 3), "classes": {"a"},
    })
    save("tensor", x(2, 3))
    save("list", [x(2, 3), x(3), x(2)])
    save("number", 3.5)
    import os
    class Call:
        def __reduce__(self):
            return (os.getcwd, ("not a command but plain words",))
    save("call", {"W": x(2, 2), "b": Call()})
    torch.serialization.set_crc32_options(False)
    save("no_crc", {"W": x(2, 3)})


def skops_files():
    import numpy as np
    import scipy.sparse
    import skops.io
    from zipfile import ZIP_DEFLATED
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import BernoulliRBM
    from sklearn.pipeline import Pipeline

    rbm = BernoulliRBM(n_components=2, learning_rate=0.5, random_state=0)
    rbm.components_ = np.asfortranarray(np.arange(6.0).reshape(2, 3) / 8)
    rbm.intercept_hidden_, rbm.intercept_visible_ = np.arange(2.0) / 8, np.arange(3.0) / 8
    rbm.h_samples_ = np.zeros((4, 2), dtype=np.float32)
    skops.io.dump(rbm, HERE / "rbm.skops")
    last = LogisticRegression()
    last.coef_, last.classes_ = np.arange(4.0).reshape(2, 2) / 8, np.array(["a", "b"], dtype=object)
    last.intercept_ = last.coef_  # one array, two names
    last.n_iter_ = np.float64(0.25)
    skops.io.dump(Pipeline([("rbm", rbm), ("last", last)]), HERE / "pipeline.skops", compression=ZIP_DEFLATED)

    odd = LogisticRegression()
    odd.nested = {"x": np.arange(3) / 8, 1: np.ma.array([1.0, 2.0])}
    odd.random, odd.sparse = np.random.RandomState(0), scipy.sparse.eye(3).tocsr()
    odd.kinds = {kind: np.arange(3).astype(kind) for kind in ["f2", ">f4", "i2", "u8", "b1", "c8"]}
    odd.words, odd.objects = np.array(["ab", "c"]), np.array([[1, "a"], [None, 2.0]], dtype=object)
    odd.cube = np.asfortranarray(np.arange(24.0).reshape(2, 3, 4))
    odd.default = collections.defaultdict(list, {"list": [1, 2]})
    odd.dtype, odd.type, odd.bytes = np.dtype("f4"), int, b"abc"
    skops.io.dump(odd, HERE / "odd.skops", compression=ZIP_DEFLATED)
    skops.io.dump(np.arange(3.0) / 8, HERE / "array.skops")


if __name__ == "__main__":
    HERE.mkdir(parents=True, exist_ok=True)
    for part in (torch_files, skops_files):
        try:
            part()
        except ModuleNotFoundError as missing:
            print(part.__name__, "left out:", missing)
