"""Test files of HDF5 and MATLAB for src/arrays: h5py 3.16.0, scipy 1.17.1, hdf5storage 0.2.2, numpy 2.4.6.

python3 -m venv v && v/bin/pip install h5py==3.16.0 scipy==1.17.1 hdf5storage==0.2.2 numpy==2.4.6
v/bin/python make_h5mat.py tests/files

Values are arange / 8 wherever nothing else is said, so that tests know them by hand.
"""
import struct, sys
import h5py, hdf5storage, numpy as np, scipy.io, scipy.sparse

OUT = sys.argv[1] + "/"
for module, version in ((h5py, "3.16.0"), (scipy, "1.17.1"), (hdf5storage, "0.2.2"), (np, "2.4.6")):
    assert module.__version__ == version, (module.__name__, module.__version__)


def eighths(*shape, of="f8"):
    return (np.arange(np.prod(shape)) / 8).reshape(shape).astype(of)


def plain(name, **how):
    with h5py.File(OUT + name, "w", **how) as f:
        f.attrs["model"] = "an RBM"
        f.attrs["fixed"] = np.bytes_("fixed text")
        f.attrs["number"] = 500
        g = f.create_group("update_10/params")
        g.attrs["unit"] = "bits"
        g["weight_matrix"] = eighths(3, 4, of="f4")
        f["update_10/weight_matrix"] = g["weight_matrix"]  # a hard link
        f["again"] = f["update_10/params"]  # a hard link to a group
        f["loop/x"] = eighths(2)
        f["loop/again"] = f["loop"]  # a cycle
        f["soft"] = h5py.SoftLink("/update_10/params/weight_matrix")
        f["other"] = h5py.ExternalLink("elsewhere.h5", "/W")
        t = f.create_group("types")
        t["big"] = eighths(2, 3, of=">f8")
        t["half"] = eighths(2, 3, of="f2")
        t["i16"] = np.arange(-2, 4, dtype=">i2").reshape(2, 3)
        t["u8"] = np.arange(250, 256, dtype="u1")
        t["i64"] = np.array([-(2**40), 2**40])
        t["bool"] = np.array([True, False, True])
        t["complex"] = np.array([1 + 2j, 3 - 4j], dtype="c8")
        t["longdouble"] = np.ones(2, dtype=np.longdouble)
        t["enum"] = np.array([0, 2], dtype=h5py.enum_dtype({"red": 0, "green": 2}, basetype="i4"))
        t["record"] = np.zeros(2, dtype=[("w", "f4"), ("a", "i4")])
        t["opaque"] = np.zeros(2, dtype="V3")
        t["ragged"] = np.array([np.arange(2.0), np.arange(3.0)], dtype=object).astype(h5py.vlen_dtype("f8"))
        t["reference"] = np.array([f["types"].ref], dtype=h5py.ref_dtype)
        t["array"] = np.zeros(2, dtype="(3,)f4")
        t["scalar"] = 0.125
        t["null"] = h5py.Empty("f4")
        t["zero"] = np.zeros((0, 4), "f4")
        s = f.create_group("store")
        s.create_dataset("gzip", data=eighths(7, 5, of="f4"), chunks=(2, 3), compression="gzip", shuffle=True)
        s.create_dataset("lzf", data=eighths(7, 5), chunks=(7, 2), compression="lzf", fletcher32=True)
        s.create_dataset("chunked", data=eighths(5, 5), chunks=(2, 2))
        grown = s.create_dataset("grown", data=eighths(2, 3), maxshape=(None, 3), chunks=(1, 3))
        grown.resize((4, 3))
        grown[2:] = eighths(4, 3)[2:]
        two = s.create_dataset("two", data=eighths(4, 3), maxshape=(None, None), chunks=(3, 2), compression="gzip")
        two.resize((3, 3))
        s.create_dataset("integers", data=np.arange(12).reshape(3, 4), chunks=(3, 4), scaleoffset=0)
        s.create_dataset("unwritten", shape=(3000, 1000), dtype="f8")
        x = f.create_group("text")
        x["vlen"] = "bernoulli"
        x["fixed"] = np.bytes_("BBRBM")
        x["list"] = ["one", "zwei", "trois"]
        x["column"] = np.array([b"ab", b"c"], dtype="S4")


plain("h5_earliest.h5", libver="earliest")
plain("h5_latest.h5", libver="latest")

# A training: many updates, of which each is small.
with h5py.File(OUT + "h5_updates.h5", "w", libver="latest") as f:
    for n in range(1, 41):
        f[f"update_{n}/params/weight_matrix"] = eighths(2, 2, of="f4") + n

# MATLAB 7.3 by hdf5storage, and what it does not write as MATLAB writes it.
options = dict(store_python_metadata=False, matlab_compatible=True)
hdf5storage.savemat(OUT + "h5_matlab.mat", {
    "W": eighths(2, 3), "row": eighths(1, 4, of="f4"), "cube": eighths(2, 3, 4), "n": np.int8([[1, -2]]),
    "yes": np.array([[True, False]]), "z": np.array([[1 + 2j]]), "name": "RBM \u03bb", "none": np.zeros((0, 3)),
    "s": {"W": eighths(3, 2), "inner": {"b": eighths(1, 2)}}, "c": np.array([[eighths(1, 2), "two"]], dtype=object),
}, format="7.3", oned_as="row", truncate_existing=True, **options)
with h5py.File(OUT + "h5_matlab.mat", "r+") as f:
    def matlab(where, name, value, kind):
        d = where.create_dataset(name, data=value)
        d.attrs["MATLAB_class"] = np.bytes_(kind)
        return d

    refs = f.require_group("#refs#")
    cells = []
    for layer in range(2):
        g = refs.create_group(f"layer{layer}")
        g.attrs["MATLAB_class"] = np.bytes_("struct")
        matlab(g, "W", eighths(2, 3).T + layer, "double")
        cells.append(g.ref)
    dbn = f.create_group("dbn")
    dbn.attrs["MATLAB_class"] = np.bytes_("struct")
    matlab(dbn, "rbm", np.array([cells], dtype=h5py.ref_dtype).T, "cell")
    fields = [matlab(refs, f"field{k}", eighths(1, 2).T + k, "double").ref for k in range(2)]
    array = f.create_group("array")
    array.attrs["MATLAB_class"] = np.bytes_("struct")
    array["b"] = np.array([fields], dtype=h5py.ref_dtype).T
    sparse = f.create_group("sparse")
    sparse.attrs["MATLAB_class"] = np.bytes_("double")
    sparse.attrs["MATLAB_sparse"] = np.uint64(3)
    sparse["data"], sparse["ir"], sparse["jc"] = np.ones(2), np.array([0, 2], "u8"), np.array([0, 1, 2], "u8")
    letters = matlab(f, "two", np.array([[ord(a), ord(b)] for a, b in zip("abc", "xyz")], "u2"), "char")
    letters.attrs["MATLAB_int_decode"] = np.int32(2)

# A Julia file of the old kind: a struct is a record of references.
with h5py.File(OUT + "h5_julia.jld", "w", userblock_size=512, libver="earliest") as f:
    refs = f.create_group("_refs")
    refs["00000001"], refs["00000002"] = eighths(2, 3), eighths(3)
    kind = np.dtype([("w_", h5py.ref_dtype), ("a_", h5py.ref_dtype)])
    f.create_dataset("J", data=np.array((refs["00000001"].ref, refs["00000002"].ref), dtype=kind))
    f["_creator/JULIA_MAJOR"] = 1
with open(OUT + "h5_julia.jld", "r+b") as f:
    f.write(b"Julia data file (HDF5), version 0.1.3\0")

# MATLAB 5.
layers = np.empty((1, 2), dtype=object)
for u in range(2):
    layers[0, u] = {"W": eighths(2, 3) + u, "b": eighths(3, 1), "c": eighths(2, 1)}
many = np.zeros((1, 2), dtype=[("W", object), ("name", object)])
for u in range(2):
    many[0, u] = (eighths(1, 2) + u, f"layer {u}")
content = {
    "vishid": eighths(3, 2), "hidbiases": eighths(1, 2, of="f4"), "cube": eighths(2, 3, 4),
    "i32": np.arange(-3, 3, dtype="i4").reshape(2, 3), "u8": np.array([[250, 255]], "u1"),
    "i64": np.array([[-(2**40)]]), "u16": np.array([[65535]], "u2"),
    "yes": np.array([[True, False], [True, True]]), "z": np.array([[1 + 2j, 3]]), "x": 0.125,
    "none": np.zeros((0, 3)), "text": "RBM \u03bb", "lines": np.array(["ab", "cd", "ef"]),
    "sparse": scipy.sparse.csc_matrix(np.eye(3)), "dbn": {"sizes": np.array([[3.0, 2.0]]), "rbm": layers}, "many": many,
}
scipy.io.savemat(OUT + "mat_plain.mat", content)
scipy.io.savemat(OUT + "mat_packed.mat", content, do_compression=True)
scipy.io.savemat(OUT + "mat_4.mat", {"W": eighths(2, 2)}, format="4")


# What MATLAB does and scipy does not: doubles stored narrowly, names within the tag, other byte order.
def element(kind, data, end):
    if 0 < len(data) <= 4:
        small = struct.pack(end + "I", len(data) << 16 | kind)
        return small + data.ljust(4, b"\0")
    return struct.pack(end + "II", kind, len(data)) + data + b"\0" * (-len(data) % 8)


def array(name, shape, kind, data, end, cls=6):
    body = element(6, struct.pack(end + "II", cls, 0), end) + element(5, struct.pack(end + f"{len(shape)}i", *shape), end)
    body += element(1, name.encode(), end) + element(kind, data, end)
    return struct.pack(end + "II", 14, len(body)) + body


for file, end, mark in (("mat_narrow.mat", "<", b"IM"), ("mat_big.mat", ">", b"MI")):
    with open(OUT + file, "wb") as f:
        f.write(b"MATLAB 5.0 MAT-file, Platform: test".ljust(124) + struct.pack(end + "H", 0x0100) + mark)
        f.write(array("W", (2, 2), 2, bytes([1, 2, 3, 4]), end))
        f.write(array("narrow", (2, 3), 3, struct.pack(end + "6h", -1, 2, 300, 4, 5, 6), end))
        f.write(array("wide", (3, 1), 9, struct.pack(end + "3d", 0.125, -1e300, 3.0), end))
        f.write(array("single", (1, 3), 7, struct.pack(end + "3f", 0.125, 2.5, 3.0), end, cls=7))
        f.write(array("t", (1, 2), 17, "ok".encode("utf-16-" + ("le" if end == "<" else "be")), end, cls=4))
