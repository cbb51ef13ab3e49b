"""Writes tests/files/digits: the handwritten digits that scikit-learn carries, as compressed IDX files.

The first 1,500 images to learn from, the other 297 held back. Made with scikit-learn 1.9.1.
"""

import gzip
import pathlib
import struct

from sklearn.datasets import load_digits

digits = load_digits()
images, labels = digits.images.astype("u1"), digits.target.astype("u1")
folder = pathlib.Path(__file__).parent / "digits"
for name, part in [("train", slice(0, 1500)), ("test", slice(1500, None))]:
    these, own = images[part], labels[part]
    for end, header, values in [
        ("images-idx3-ubyte.gz", struct.pack(">4I", 2051, *these.shape), these),
        ("labels-idx1-ubyte.gz", struct.pack(">2I", 2049, *own.shape), own),
    ]:
        (folder / f"{name}-{end}").write_bytes(gzip.compress(header + values.tobytes(), 9, mtime=0))
