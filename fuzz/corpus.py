#!/usr/bin/env python3
"""Makes corpus/TARGET/ of the files in ../tests/files (and more, from folders that are given), sorted by content."""

import gzip
import hashlib
import json
import re
import struct
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
LONGEST = 1 << 17


def keep(target, content):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(content).hexdigest()).write_bytes(content)


def zipped(path, content):
    archive = zipfile.ZipFile(path)
    names = archive.namelist()
    for name in names:
        if name.endswith(".npy"):
            keep("npy", archive.read(name))
    if "schema.json" in names:
        keep("skops", content)
        schema = archive.read("schema.json").decode()
        files = sorted(set(re.findall(r"\d+\.np[yz]", schema)))
        for number, name in enumerate(files):
            schema = schema.replace(name, f"{number % 3}.npy")
        keep("skops_schema", json.dumps(json.loads(schema)).encode())
        return
    pickles = [name for name in names if name.endswith("data.pkl")]
    for name in pickles:
        keep("torch_pickle", archive.read(name))
    keep("torch" if pickles else "npz", content)


def file(path):
    content = path.read_bytes()
    if not content or len(content) > LONGEST:
        return
    if content.startswith(b"PK\x03\x04"):
        try:
            zipped(path, content)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
            keep("npz", content)
    elif content.startswith(b"\x93NUMPY"):
        keep("npy", content)
    elif content[8:9] == b"{" and content[5:8] == bytes(3):
        keep("safetensors", content)
    elif b"\x89HDF\r\n\x1a\n" in (content[0:8], content[512:520]):
        keep("hdf5", content)
    elif content.startswith(b"MATLAB 5.0"):
        keep("mat", content)
    elif content[:2] in (b"\x80\x02", b"\x80\x04") and b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." in content[:32]:
        keep("torch", content)
    elif content.startswith((b"\x00\x00\x08", b"\x1f\x8b")):
        keep("idx", content)
        keep("other", content)
    elif path.suffix in (".txt", ".csv") and path.parent.name != "files":
        keep("text", content)
    else:
        keep("other", content)


def written_here():
    """Data sets, of which the tests make theirs in memory."""
    images = struct.pack(">4I", 2051, 3, 2, 2) + bytes([0, 128, 127, 255] * 3)
    labels = struct.pack(">2I", 2049, 3) + bytes([7, 0, 9])
    for content in (images, labels):
        keep("idx", content)
        keep("idx", gzip.compress(content, mtime=0))
        keep("other", content)
    # 2 x 3 pixels: one byte per image; three for training, two for tests.
    plain = b"rbm-bits" + struct.pack("<6I", 1, 128, 2, 3, 3, 2) + bytes([1, 2, 63, 8, 0]) + bytes([7, 0, 9, 1, 2])
    keep("packed", plain)
    for level in (0, 9):
        keep("packed", gzip.compress(plain, level, mtime=0))
    tables = ["1,2;3", "W1\tW2\n1\t2\n", '"",a,b\n0,1e-3,-inf\n1,nan,.5\n', "# title\r\n1;2\r\n3;4\r\n", "1,5;2,5\n3,5;4,5\n"]
    for table in tables:
        keep("text", table.encode())
    for content in (b"<html>", b"{", b"CDF\x01", b"\x78\x9cabc", bytes(257) + b"ustar", b"\x81\xa6params\x81\xa1W"):
        keep("other", content)


if __name__ == "__main__":
    written_here()
    for folder in [HERE.parent / "tests" / "files", *map(Path, sys.argv[1:])]:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".py":
                file(path)
    for target in sorted((HERE / "corpus").iterdir()):
        print(target.name, len(list(target.iterdir())))
