"""Writes np: arrays as NumPy and safetensors write them. Made with Python 3.11, NumPy
2.4.6, safetensors 0.8.0 and ml_dtypes 0.6.0: python make_np.py"""

import pathlib
import zipfile

import ml_dtypes
import numpy as np
from numpy.lib import format as npy
from safetensors.numpy import save_file

OUT = pathlib.Path(__file__).parent / "np"
OUT.mkdir(parents=True, exist_ok=True)
SIX = np.arange(6).reshape(2, 3)
SIGNED = SIX - 2

arrays = {}
for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8"]:
    arrays["little/" + kind] = SIGNED.astype("<" + kind)
    arrays["big/" + kind] = SIGNED.astype(">" + kind)
for kind in ["u1", "u2", "u4", "u8"]:
    arrays["little/" + kind] = SIX.astype("<" + kind)
    arrays["big/" + kind] = SIX.astype(">" + kind)
arrays["bool"] = SIX > 2
arrays["fortran2"] = np.asfortranarray(SIGNED.astype("f8"))
arrays["fortran4"] = np.asfortranarray(np.arange(24.0).reshape(2, 3, 1, 4))
arrays["scalar"] = np.float64(0.1)
arrays["empty"] = np.zeros((0, 3), "f4")
arrays["special"] = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324])
arrays["c8"] = SIX.astype("c8")
arrays["c16"] = SIX.astype("c16")
arrays["long"] = SIX.astype(np.longdouble)
arrays["object"] = np.array([[1, 2], None], dtype=object)
arrays["record"] = np.zeros(2, [("a", "<f8"), ("b", "<i4", (2,))])
arrays["bfloat16"] = SIX.astype(ml_dtypes.bfloat16)
arrays["float8"] = SIX.astype(ml_dtypes.float8_e4m3fn)
arrays["texts"] = np.array(["a", "bc"])
arrays["unit"] = np.array("Ising \N{GREEK SMALL LETTER BETA}")
arrays["bytes"] = np.array([b"BBRBM"])
np.savez(OUT / "types.npz", **arrays)

W = np.arange(60.0).reshape(12, 5) / 8
small = {"W": W, "a": np.arange(12.0), "b": np.arange(5.0)}
np.savez(OUT / "stored.npz", **small)
np.savez_compressed(OUT / "packed.npz", **small)
zipfile.ZIP_FILECOUNT_LIMIT = 1  # so that the archive gets the records of zip64
np.savez(OUT / "zip64.npz", **small)
zipfile.ZIP_FILECOUNT_LIMIT = 65535
with zipfile.ZipFile(OUT / "mixed.npz", "w") as archive:
    for name in ["readme.txt", "sub/"]:
        archive.writestr(name, "")
    with archive.open("sub/W.npy", "w") as member:
        npy.write_array(member, W)
with zipfile.ZipFile(OUT / "bzip2.npz", "w", zipfile.ZIP_BZIP2) as archive:
    with archive.open("W.npy", "w") as member:
        npy.write_array(member, W)

for version in [(1, 0), (2, 0), (3, 0)]:
    with open(OUT / f"version{version[0]}.npy", "wb") as file:
        npy.write_array(file, SIGNED.astype(">f4"), version=version)

tensors = {kind: SIGNED.astype(kind) for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8"]}
tensors |= {kind: SIX.astype(kind) for kind in ["u1", "u2", "u4", "u8", "c8"]}
tensors |= {"bool": SIX > 2, "bf16": SIGNED.astype(ml_dtypes.bfloat16), "f8e4m3": SIX.astype(ml_dtypes.float8_e4m3fn)}
tensors |= {"scalar": np.array(0.25, "f4"), "empty": np.zeros((0, 3), "f4")}
save_file(tensors, OUT / "types.safetensors", metadata={"format": "np", "about": "a test"})

np.savetxt(OUT / "blank.txt", SIGNED / 8, header="W of a test")
np.savetxt(OUT / "comma.csv", SIGNED / 8, delimiter=",", header="x,y,z", comments="")
