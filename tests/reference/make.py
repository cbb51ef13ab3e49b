"""Makes samples.csv, p_values.csv, laws.csv: fixed data sets and what scipy, numpy and mpmath say about them.

Run once: python3 make.py (scipy 1.17.1, numpy 2.4.6, mpmath 1.3.0). The tests of `src/stat` and `src/spectra` read the results.
"""
import csv
import mpmath as mp
import numpy as np
from scipy import stats

rng = np.random.default_rng(20261124)
sets = {
    "small": (rng.normal(0.4, 1.0, 17), rng.normal(-0.3, 1.5, 13)),
    "middle": (rng.uniform(-1.8, 1.7, 60), rng.exponential(1.0, 45) - 0.8),
    "large": (0.9 * rng.standard_t(4, 250) + 0.17, rng.normal(-0.1, 1.2, 180)),
}
sets = {k: tuple(np.round(v, 6) for v in pair) for k, pair in sets.items()}
with open("samples.csv", "w", newline="") as f:
    out = csv.writer(f, lineterminator="\n")
    out.writerow(["set", "sample", "value"])
    for name, (a, b) in sets.items():
        for which, values in (("a", a), ("b", b)):
            out.writerows([name, which, repr(float(v))] for v in values)

rows = []


def add(test, name, statistic, p):
    rows.append([test, name, repr(float(statistic)), repr(float(p))])


for name, (a, b) in sets.items():
    r = stats.kstest(a, "norm", method="exact")
    add("ks_one_sample", name, r.statistic, r.pvalue)
    counts = np.histogram(stats.norm.cdf(a), bins=4, range=(0, 1))[0]
    r = stats.chisquare(counts)
    add("chi_square", name, r.statistic, r.pvalue)
    k = min(len(a), len(b))
    r = stats.linregress(a[:k], b[:k] + 0.3 * a[:k])
    add("linear_fit", name, r.slope / r.stderr, r.pvalue)
    se = 0.5 + np.abs(b[:k])
    m, cov = np.polyfit(a[:k], b[:k], 1, w=1 / se, cov="unscaled")
    add("weighted_fit", name, m[0] / cov[0, 0] ** 0.5, 2 * stats.norm.sf(abs(m[0] / cov[0, 0] ** 0.5)))
    chi2 = np.sum(((b[:k] - np.polyval(m, a[:k])) / se) ** 2)
    add("lack_of_fit", name, chi2, stats.chi2.sf(chi2, k - 2))
    z = (a.mean() - 0.1) / (1.3 / np.sqrt(len(a)))
    add("z_test", name, z, 2 * stats.norm.sf(abs(z)))

with open("p_values.csv", "w", newline="") as f:
    out = csv.writer(f, lineterminator="\n")
    out.writerow(["test", "set", "statistic", "p_value"])
    out.writerows(sorted(rows))

# Laws that the tests rest on, in their tails too.
rows = []
for n in (5, 23, 150, 300, 2000, 20000):
    for x in (0.5, 0.8, 1.2, 2.0, 2.9):
        d = x / np.sqrt(n)
        if d < 1:
            rows.append(["kolmogorov", n, repr(float(d)), repr(float(stats.kstwo.sf(d, n)))])


def tracy_widom(points):
    """F1 by Painleve II, q'' = t q + 2 q^3, q ~ Ai; Taylor steps of order 30 in 40 digits, downwards from 12."""
    mp.mp.dps = 40
    t = mp.mpf(12)
    q, dq = mp.airyai(t), mp.airyai(t, derivative=1)
    # I = int q, J = int q^2, K = int (x - t) q^2 from t to infinity; K' = -J, J' = -q^2, I' = -q.
    i = mp.quad(mp.airyai, [t, t + 4, t + 12])
    j = mp.quad(lambda x: mp.airyai(x) ** 2, [t, t + 4, t + 12])
    k = mp.quad(lambda x: (x - t) * mp.airyai(x) ** 2, [t, t + 4, t + 12])
    found, step, order = {}, mp.mpf(1) / 16, 30
    while t > -8:
        c = [q, dq]  # q(t + s) = sum c_n s^n
        for n in range(order - 1):
            sq = [sum(c[a] * c[m - a] for a in range(m + 1)) for m in range(n + 1)]
            cube = sum(sq[m] * c[n - m] for m in range(n + 1))
            c.append((t * c[n] + (c[n - 1] if n else 0) + 2 * cube) / ((n + 2) * (n + 1)))
        sq = [sum(c[a] * c[m - a] for a in range(m + 1)) for m in range(order)]
        s = -step
        i2 = i - sum(c[n] * s ** (n + 1) / (n + 1) for n in range(order))
        # J(s) = J - sum sq_n s^(n+1)/(n+1); K(s) = K - int_0^s J
        k2 = k - j * s + sum(sq[n] * s ** (n + 2) / ((n + 1) * (n + 2)) for n in range(order))
        j2 = j - sum(sq[n] * s ** (n + 1) / (n + 1) for n in range(order))
        q, dq = sum(c[n] * s**n for n in range(order + 1)), sum(n * c[n] * s ** (n - 1) for n in range(1, order + 1))
        i, j, k, t = i2, j2, k2, t + s
        if t in points:
            found[t] = mp.exp(-(i + k) / 2)
    return found


for t, f in tracy_widom({mp.mpf(p) / 2 for p in range(-16, 13)}).items():
    rows.append(["tracy_widom", 0, repr(float(t)), repr(float(f))])
with open("laws.csv", "w", newline="") as f:
    out = csv.writer(f, lineterminator="\n")
    out.writerow(["law", "n", "at", "value"])
    out.writerows(rows)
