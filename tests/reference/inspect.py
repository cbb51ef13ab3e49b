"""Makes inspect/*.npz and inspect.json: small machines and what the theory says of them, by numpy alone.

Run once: python3 inspect.py (numpy 2.2.6). tests/cli/inspect_reference.rs reads the results. Every formula is written
here from the theory, E = -a.v - b.h - vᵀWh with units 0 and 1, β = 1, not from the program (but see `newton`). Each value
has its tolerance beside it; how it is derived is said where it is computed. Chances: what depends on a draw is fixed by
the files; tolerances of what chains of the program show are at least 6 of their standard deviations, which are measured
here on chains of our own.
"""
import json
import os
import numpy as np

EPS = np.finfo(float).eps
HERE = os.path.dirname(os.path.abspath(__file__))
CHAINS, BURN, SWEEPS, REPLICAS = 100, 300, 300, 40  # the program observes 100 chains over 300 sweeps after 300


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def softplus(x):
    return np.logaddexp(0, x)


def states(count, low, high):
    """States low..high of `count` bits, row by row."""
    return ((np.arange(low, high)[:, None] >> np.arange(count)) & 1).astype(float)


def marginal(w, a, b):
    """ln of the unnormalised weight of every hidden state: b.h + Σ_j softplus(a + W h)_j; the chunks of states too."""
    n, m = w.shape
    total, step = 1 << m, 1 << min(m, 15)
    return np.concatenate([
        h @ b + softplus(h @ w.T + a).sum(1) for h in (states(m, at, at + step) for at in range(0, total, step))
    ])


def log_sum(x):
    return x.max() + np.log(np.exp(x - x.max()).sum())


def log_z(w, a, b):
    return log_sum(marginal(w, a, b) if w.shape[1] <= w.shape[0] else marginal(w.T, b, a))


def moments(w, a, b, u):
    """Exact mean and variance of x = Uᵀv, variance of E[x|h], and visible means, all from the law of h.

    Given h the visible units are independent with means p(h): var x = Var E[x|h] + E Σ U² p(1-p). One sweep v -> h -> v'
    makes v and v' independent given h with one law, so that Cov(x, x') = Var E[x|h].
    """
    n, m = w.shape
    weight = marginal(w, a, b)
    weight = np.exp(weight - log_sum(weight))
    total, step = 1 << m, 1 << min(m, 15)
    mean, second, noise, p_mean = 0, 0, 0, 0
    shift = u.sum(0) / 2
    for at in range(0, total, step):
        q, p = weight[at:at + step], sigmoid(states(m, at, at + step) @ w.T + a)
        x = p @ u - shift
        mean, second = mean + q @ x, second + q @ x**2
        noise, p_mean = noise + q @ (p * (1 - p)) @ u**2, p_mean + q @ p
    between = second - mean**2
    return mean + shift, between + noise, between, p_mean


def brute_correlation(w, a, b, u):
    """Corr(x_t, x_(t+1)) from the joint law of v and h and the kernel v -> h -> v' written out (tiny machines)."""
    n, m = w.shape
    v, h = states(n, 0, 1 << n), states(m, 0, 1 << m)
    joint = np.exp((v @ a)[:, None] + h @ b + v @ w @ h.T)
    joint /= joint.sum()
    x = v @ u
    pv, given_h = joint.sum(1), joint / joint.sum(0)
    mean = pv @ x
    kernel = joint / pv[:, None] @ given_h.T  # v -> v'
    cov = np.einsum("v,vi,vi->i", pv, x - mean, kernel @ (x - mean))
    return cov / (pv @ (x - mean) ** 2)


def chains(w, a, b, u, rng, start):
    """Standard deviations of two estimates of the correlation over one sweep from CHAINS chains, over REPLICAS of them,
    and the mean of the second over all: the identity 1 - Σ U² E[p(1-p)]/var x with averages over the chains (p of every
    tenth sweep, as in the program), and the correlation itself."""
    v = start
    for _ in range(BURN):
        h = (rng.random((len(v), w.shape[1])) < sigmoid(v @ w + b)).astype(float)
        v = (rng.random((len(v), w.shape[0])) < sigmoid(h @ w.T + a)).astype(float)
    xs, noise = [v @ u], []
    for sweep in range(SWEEPS):
        h = (rng.random((len(v), w.shape[1])) < sigmoid(v @ w + b)).astype(float)
        p = sigmoid(h @ w.T + a)
        if sweep % 10 == 0:
            noise.append((p * (1 - p)) @ u**2)
        v = (rng.random((len(v), w.shape[0])) < p).astype(float)
        xs.append(v @ u)
    xs = np.array(xs).reshape(SWEEPS + 1, REPLICAS, CHAINS, -1)
    noise = np.array(noise).reshape(-1, REPLICAS, CHAINS, u.shape[1]).mean((0, 2))
    d = xs - xs.mean((0, 2), keepdims=True)
    var = (d**2).mean((0, 2))
    direct = (d[1:] * d[:-1]).mean((0, 2)) / var
    identity = 1 - noise / var
    return identity.std(0, ddof=1), direct.std(0, ddof=1), direct.mean(0)


def fixed_point(w, a, b, v, damping=0.5, most=200000):
    for _ in range(most):
        new = sigmoid(a + w @ sigmoid(b + w.T @ v))
        if np.abs(new - v).max() < 1e-15:
            break
        v = (1 - damping) * v + damping * new
    return new


def newton(w, a, b, v, halve=False):
    """A fixed point, stable or not, by Newton's method; None where it does not converge. With `halve` steps are halved
    until the largest residual shrinks: another of many points. That rule is the program's, so that the point which it
    happens to find is among those known here; that it is a fixed point is checked by its residual."""
    def residual(v):
        return sigmoid(a + w @ sigmoid(b + w.T @ v)) - v

    for _ in range(100):
        h = sigmoid(b + w.T @ v)
        new = sigmoid(a + w @ h)
        f = new - v
        jacobian = (new * (1 - new))[:, None] * (w * (h * (1 - h))) @ w.T - np.eye(len(v))
        step = np.linalg.solve(jacobian, -f)
        if halve:
            lengths = (0.5**k for k in range(30))
            length = next((t for t in lengths if np.abs(residual(np.clip(v + t * step, 0, 1))).max() < np.abs(f).max()), 0)
            step = length * step
        v = np.clip(v + step, 0, 1)
        if np.abs(step).max() < 1e-14:
            new = sigmoid(a + w @ sigmoid(b + w.T @ v))
            return new if np.abs(new - v).max() < 1e-12 else None
    return None


def gains(w, a, b, v):
    h = sigmoid(b + w.T @ v)
    return np.linalg.svd(np.sqrt(v * (1 - v))[:, None] * w * np.sqrt(h * (1 - h)), compute_uv=False)


def onsager(lambdas, n, m):
    """A, B >= 4 with AB > λ₁²: (1/N)[Σ B/(AB-λ²) + (N-r)/A] = 1/4 and the mirror image; N(A-4) = M(B-4). Bisection."""
    r = len(lambdas)

    def excess(big_a):
        big_b = 4 + n * (big_a - 4) / m
        return (big_b / (big_a * big_b - lambdas**2)).sum() / n + (n - r) / (n * big_a) - 0.25

    low = 4.0
    if n * lambdas[0] ** 2 > 16 * n:  # AB = λ₁² where (4 + t/N)(4 + t/M) = λ₁², t = N(A-4)
        t = (-4 * (n + m) + np.sqrt(16 * (n + m) ** 2 - 4 * n * m * (16 - lambdas[0] ** 2))) / 2
        low = 4 + t / n
    high = 4 + lambdas[0] ** 2
    for _ in range(300):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    big_a = (low + high) / 2
    big_b = 4 + n * (big_a - 4) / m
    mirror = (big_a / (big_a * big_b - lambdas**2)).sum() / m + (m - r) / (m * big_b) - 0.25
    assert abs(mirror) < 1e-12 and abs(excess(big_a)) < 1e-12  # both equations hold, not only the first
    return big_a, big_b


def value(x, tolerance):
    return {"value": float(x), "tolerance": float(f"{1.01 * tolerance:.2e}")}  # three digits, not rounded down


def reference(name, w, a, b, rng, **extra):
    """Everything that follows from the stored W, a, b."""
    n, m = w.shape
    r = min(n, m)
    u, lambdas, vt = np.linalg.svd(w, full_matrices=False)
    v = vt.T
    flip = np.where(u.sum(0) < 0, -1, 1)
    u, v = u * flip, v * flip
    top = lambdas[0]
    # A backward stable SVD: every singular value to a small multiple p of EPS λ₁, p <= 4 max(N, M) generously; at least
    # 1e-300 so that 0 is to be met exactly.
    error = 4 * max(n, m) * EPS * top + 1e-300
    out = {"file": f"{name}.npz", "visible": n, "hidden": m, "singular_values": list(lambdas), "singular_tolerance": error}
    # None of the λ is within its error of 4/β.
    assert np.abs(lambdas - 4).min() > 1e-6
    out["gaussian"] = int((lambdas > 4).sum())
    # Modes of λ = 0 have no saddle.
    out["rank"] = int((lambdas > error).sum())
    out["modes"] = []
    for i in range(min(r, 12)):
        # Distance to the other singular values, and to the 0 of the modes without a partner.
        gap = min([abs(lambdas[i] - x) for j, x in enumerate(lambdas) if j != i] + [lambdas[i]])
        if gap < 1e-6 * top or top == 0:
            continue
        even = u[:, i].sum()
        # Singular vectors turn by at most (error of W)/gap.
        turn = 2 * error / gap
        x, y = -(v[:, i] @ b) / lambdas[i], -(u[:, i] @ a) / lambdas[i]
        # Errors of first order: of a product of a unit vector with c, |c| turn; of a quotient by λ, that of λ too.
        tx = (np.linalg.norm(b) * turn + abs(x) * error) / lambdas[i]
        ty = (np.linalg.norm(a) * turn + abs(y) * error) / lambdas[i]
        # Energy at the saddle: -ã x - b̃ y - λ x y with ã = -λ y, b̃ = -λ x is λ x y = ã b̃/λ.
        energy = (u[:, i] @ a) * (v[:, i] @ b) / lambdas[i]
        te = lambdas[i] * (abs(x) * ty + abs(y) * tx + 2 * tx * ty) + abs(x * y) * error
        dx, dy = u[:, i].sum() / 2 - x, v[:, i].sum() / 2 - y
        t = (tx + ty + (np.sqrt(n) + np.sqrt(m)) * turn) / np.sqrt(2)
        mode = {
            "index": i + 1,
            "lambda": value(lambdas[i], error),
            # |Σ du⁴| <= 4 |u³||du| <= 4 turn.
            "ipr_visible": value((u[:, i] ** 4).sum(), 4 * turn + 4 * EPS),
            "ipr_hidden": value((v[:, i] ** 4).sum(), 4 * turn + 4 * EPS),
            "saddle_energy": value(energy, te + EPS),
            "rate_langevin": value(4 - lambdas[i], error + 4 * EPS),
            "converges_gaussian": bool(lambdas[i] < 4),
            # (βλ/4)² of the Gaussian law, which exists below βλ = 4 only.
            "autocorrelation_gaussian": value(lambdas[i] ** 2 / 16, lambdas[i] * error / 8 + 4 * EPS) if lambdas[i] < 4 else None,
        }
        # Both signs are possible where Σ u is 0 to rounding: such a mode keeps only what is even.
        if abs(even) > 10 * np.sqrt(n) * turn + 1e-9:
            mode["saddle"] = [value(x, tx + EPS), value(y, ty + EPS)]
            mode["uniform_mean_position"] = [value((dx + dy) / np.sqrt(2), t + EPS), value((dy - dx) / np.sqrt(2), t + EPS)]
        out["modes"].append(mode)
    if top > 0 and out["modes"] and out["modes"][0]["index"] == 1:
        turn = 2 * error / (lambdas[0] - lambdas[1] if r > 1 else top)
        # κ over its mean 3/(N + 2) for a Haar direction; N (u.1/√N)².
        out["leading_ipr_over_haar"] = value((u[:, 0] ** 4).sum() * (n + 2) / 3, (4 * turn + 4 * EPS) * (n + 2) / 3)
        out["even_overlap"] = value(u[:, 0].sum() ** 2, 2 * n * turn + n * EPS)

    exact = r <= 20
    if exact:
        # Sums over 2^r states: worst case of running sums, each of 2^r steps with one rounding of a field of any unit.
        field = max(np.abs(a).max(), np.abs(b).max()) + max(np.abs(w).sum(0).max(), np.abs(w).sum(1).max())
        out["log_z"] = value(log_z(w, a, b), (n + m) * 2.0**r * EPS * field + 1e-12)
        if n <= 16 and m <= 20:  # the other layer as well: a check of this script
            assert abs(log_sum(marginal(w, a, b)) - log_sum(marginal(w.T, b, a))) < 1e-10
    enumerable = m <= 20
    if enumerable:
        mean, var, between, visible_means = moments(w, a, b, u)
        if n <= 20:
            # The same from the law of v.
            weight = marginal(w.T, b, a)
            weight = np.exp(weight - log_sum(weight))
            first = second = 0
            for at in range(0, 1 << n, 1 << min(n, 15)):
                x = states(n, at, at + (1 << min(n, 15))) @ u
                q = weight[at:at + len(x)]
                first, second = first + q @ x, second + q @ x**2
            assert np.abs(first - mean).max() < 1e-9 and np.abs(second - first**2 - var).max() < 1e-9
        correlation = between / var
        if n + m <= 22:
            assert np.abs(brute_correlation(w, a, b, u) - correlation).max() < 1e-9
    if top > 0:
        start = (rng.random((REPLICAS * CHAINS, n)) < 0.5).astype(float)
        if enumerable:
            # Exact samples of the machine: hidden states by their law.
            weight = marginal(w, a, b)
            weight = np.exp(weight - log_sum(weight))
            h = rng.choice(1 << m, REPLICAS * CHAINS, p=weight / weight.sum())
            h = ((h[:, None] >> np.arange(m)) & 1).astype(float)
            start = (rng.random((len(h), n)) < sigmoid(h @ w.T + a)).astype(float)
        by_identity, direct, average = chains(w, a, b, u, rng, start)
        for mode in out["modes"]:
            i = mode["index"] - 1
            if enumerable:
                # Six standard deviations; these are known to 11 % (40 replicas), so that 6 may be 4.5 in truth:
                # below 1e-5 for each. The bias of a variance about an estimated mean, (1+ρ)/((1-ρ) 30,000), is added.
                bias = (1 + correlation[i]) / max(1 - correlation[i], 1e-3) / (CHAINS * SWEEPS)
                # The program visits all hidden states where 2^M N is at most 2^26: sums in double precision.
                visited = (1 << m) * n <= 1 << 26
                mode["autocorrelation_exact"] = value(correlation[i], 1e-9 if visited else 6 * by_identity[i] + bias + 1e-9)
                mode["autocorrelation_measured"] = value(correlation[i], 6 * direct[i] + bias + 1e-9)
                # The chains must bear out the enumeration; where few of them see the rare states that carry the
                # correlation, they say nothing.
                assert abs(average[i] - correlation[i]) < 6 * direct[i] / np.sqrt(REPLICAS) + bias
                if mode["autocorrelation_measured"]["tolerance"] > 0.1:
                    del mode["autocorrelation_measured"]
                    if not visited:
                        del mode["autocorrelation_exact"]
            elif extra.get("ergodic", True):
                # No enumeration: our chains against the program's, standard deviations of both.
                spread = np.sqrt(1 + 1 / REPLICAS)
                mode["autocorrelation_exact"] = value(average[i], 6 * by_identity[i] * spread + 1e-9)
                mode["autocorrelation_measured"] = value(average[i], 6 * direct[i] * spread + 1e-9)

    # Mean field: v = sigmoid(a + W h), h = sigmoid(b + Wᵀ v). Iteration ends at steps of 1e-15; at a contraction c the
    # point is then within 1e-15/(1-c), and the gain within N λ₁ times that.
    half = fixed_point(w, a, b, np.full(n, 0.5))
    gain = gains(w, a, b, half)
    rate = min(gain[0] ** 2, 1 - 1e-6)
    tolerance = 1e-13 * (1 + n * top) / (1 - rate) + 1e-12
    out["mean_field"] = {"from_half": value(gain[0], tolerance), "count_from_half": int((gain > 1).sum())}
    # One fixed point at most where sup |D^(1/2) W D^(1/2)| <= λ₁/4 < 1: the map is a contraction.
    out["mean_field"]["unique"] = bool(top < 4)
    if enumerable:
        from_means = fixed_point(w, a, b, visible_means)
        if "search" in extra:
            points = [half, from_means]
            starts = [np.full(n, 0.5), visible_means]
            starts += [rng.random(n) ** rng.choice([0.3, 1, 3]) for _ in range(extra["search"])]
            starts += list((rng.random((extra["search"], n)) < 0.5) * 0.98 + 0.01) + list(extra.get("data", []))
            # Newton's method from near the means: those that a program has from chains are off by a little.
            near = np.random.default_rng(1)
            for sd in (0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05):
                starts += [np.clip(visible_means + near.normal(0, sd, n), 0, 1) for _ in range(400)]
            for s in starts:
                for p in (fixed_point(w, a, b, s, 1.0, 20000), newton(w, a, b, s), newton(w, a, b, s, halve=True)):
                    if p is not None and min(np.abs(p - q).max() for q in points) > 1e-6:
                        points.append(p)
            out["mean_field"]["known"] = sorted({round(float(gains(w, a, b, p)[0]), 9) for p in points})

    # Zero field: a' = a + W 1/2 and b' = b + Wᵀ 1/2 vanish. s² is the mean square of the entries.
    zero = np.abs(a).max() > 0 and np.abs(a + w.sum(1) / 2).max() == 0 and np.abs(b + w.sum(0) / 2).max() == 0
    glass = float((w**2).mean() ** 2 * n * m / 256)
    if extra.get("condensed"):
        out["onsager"] = None  # the equations have a root still, but a spike of βθ > 4 condenses
        out["onsager_why"] = "a spike of strength above 4/β"
    elif zero and glass < 1:
        big_a, big_b = onsager(lambdas, n, m)
        # Two solvers of one monotone equation, to rounding: the excess is summed over N terms of order 1/4.
        slope = (lambda d: (onsager_excess(lambdas, n, m, big_a + d) - onsager_excess(lambdas, n, m, big_a - d)) / (2 * d))(1e-5)
        t = 100 * n * EPS / abs(slope) + 1e-12
        out["onsager"] = {"A": value(big_a, t), "B": value(big_b, t * n / m + 1e-12), "glass_parameter": value(glass, 100 * EPS)}
        c0 = a.sum() / 2 + b.sum() / 2 + w.sum() / 4
        ln = (n + m) * np.log(2) + c0 + n * (big_a - 4) / 8 + m * (big_b - 4) / 8 - 0.5 * (
            np.log((big_a * big_b - lambdas**2) / 16).sum() + (n - r) * np.log(big_a / 4) + (m - r) * np.log(big_b / 4))
        # ln Z is stationary in A and B; its sums have N + M terms.
        out["onsager"]["log_z"] = value(ln, 1e-9)
        for mode in out["modes"]:
            x = lambdas[mode["index"] - 1] ** 2 / (big_a * big_b)
            mode["autocorrelation_onsager"] = value(x, x * (2 * t / big_a + 2 * t * n / m / big_b) + 1e-12)
    else:
        out["onsager"] = None
        out["onsager_why"] = "beyond the glass line" if zero else "centred fields"
    # The Gaussian product (all βλ < 4), centred form: (N+M) ln 2 + c₀ + Σ {[4ã² + 4b̃² + 2λãb̃]/(2(16-λ²))
    # - ln(1-λ²/16)/2} + (fields of unpaired modes)²/8, with ã, b̃ of the centred fields a', b'.
    if top < 4:
        ca, cb = a + w.sum(1) / 2, b + w.sum(0) / 2
        fa, fb = u.T @ ca, v.T @ cb
        gaussian = (n + m) * np.log(2) + a.sum() / 2 + b.sum() / 2 + w.sum() / 4 + (
            (4 * fa**2 + 4 * fb**2 + 2 * lambdas * fa * fb) / (2 * (16 - lambdas**2)) - 0.5 * np.log(1 - lambdas**2 / 16)
        ).sum() + (ca @ ca - fa @ fa + cb @ cb - fb @ fb) / 8
        # 16 - λ² loses a digit or two near 4; sums of N + M terms.
        out["gaussian_log_z"] = value(gaussian, 1e-9)
    out["zero_field"], out["glass"] = bool(zero), glass
    for key in ("outliers", "planted", "sigma", "note", "uncoupled", "likelihood", "bulk", "onsager_count"):
        if key in extra:
            out[key] = extra[key]
    return out


def onsager_excess(lambdas, n, m, big_a):
    big_b = 4 + n * (big_a - 4) / m
    return (big_b / (big_a * big_b - lambdas**2)).sum() / n + (n - len(lambdas)) / (n * big_a) - 0.25


def trained(rng):
    """16 x 9 on the 30 bars and stripes of 4 x 4, exact gradients (enumeration of the hidden layer), Adam."""
    bits = states(4, 0, 16)
    data = np.unique(np.concatenate([np.repeat(bits, 4, axis=1), np.tile(bits, (1, 4))]), axis=0)
    assert len(data) == 30
    n, m = 16, 9
    parameters = [rng.normal(0, 0.1, (n, m)), np.zeros(n), np.zeros(m)]
    first, second = [[np.zeros_like(p) for p in parameters] for _ in range(2)]
    h = states(m, 0, 1 << m)
    for step in range(1, 20001):
        w, a, b = parameters
        weight = marginal(w, a, b)
        ln = log_sum(weight)
        likelihood = float((data @ a + softplus(data @ w + b).sum(1)).mean() - ln)
        if likelihood > -np.log(30) - 0.7:
            break
        q, p = np.exp(weight - ln), sigmoid(h @ w.T + a)
        ph = sigmoid(data @ w + b)
        gradient = [data.T @ ph / 30 - (p * q[:, None]).T @ h, data.mean(0) - q @ p, ph.mean(0) - q @ h]
        for k, g in enumerate(gradient):
            first[k] = 0.9 * first[k] + 0.1 * g
            second[k] = 0.999 * second[k] + 0.001 * g**2
            parameters[k] = parameters[k] + 0.02 * (first[k] / (1 - 0.9**step)) / (np.sqrt(second[k] / (1 - 0.999**step)) + 1e-8)
    print("trained", step, likelihood, "of at most", -np.log(30))
    assert likelihood > -np.log(30) - 0.75  # uniform: -11.09; the law of the data itself: -3.40
    return (*parameters, data, likelihood)


def spike(rng, n, m, s, factor):
    """Noise and θ p qᵀ, p and q unit vectors with entries ±1/√n; θ is `factor` times the threshold s (NM)^(1/4)."""
    p, q = rng.choice([-1, 1], n) / np.sqrt(n), rng.choice([-1, 1], m) / np.sqrt(m)
    theta = factor * s * (n * m) ** 0.25
    return rng.normal(0, s, (n, m)) + theta * np.outer(p, q), theta


def main():
    all_machines = []

    def add(name, w, a, b, rng, kind=np.float32, **extra):
        arrays = {"W": w.astype(kind), "a": np.asarray(a).astype(kind), "b": np.asarray(b).astype(kind)}
        np.savez_compressed(os.path.join(HERE, "inspect", f"{name}.npz"), **arrays)
        w, a, b = (arrays[k].astype(float) for k in "Wab")
        all_machines.append({"name": name, **reference(name, w, a, b, rng, **extra)})
        print(name, all_machines[-1].get("log_z"), all_machines[-1]["gaussian"], all_machines[-1]["mean_field"])

    def zero_field(w):
        # Multiples of 2⁻¹²: a = -W 1/2 and b = -Wᵀ 1/2 are exact in float32 too.
        w = np.round(w * 4096) / 4096
        return w, -w.sum(1) / 2, -w.sum(0) / 2

    rng = np.random.default_rng(20261129)
    w, a, b, data, likelihood = trained(rng)
    add("trained", w, a, b, rng, np.float64, search=400, data=data * 0.98 + 0.01, likelihood=likelihood)

    n, m, s = 60, 40, 0.1
    w = rng.normal(0, s, (n, m))
    add("noise", w, rng.normal(0, 0.3, n), rng.normal(0, 0.3, m), rng, outliers=0,
        # σ of the entries; its own standard error is σ/√(2NM).
        sigma=[float(w.std() * (1 - 4 / np.sqrt(2 * n * m))), float(w.std() * (1 + 4 / np.sqrt(2 * n * m)))],
        note="a level of 0.01: noise has an outlier with chance 0.01; this matrix is fixed")
    add("heavy", 0.1 * rng.standard_t(2, (n, m)), rng.normal(0, 0.3, n), rng.normal(0, 0.3, m), rng, outliers=0, ergodic=False,
        note="entries in random order have as large a value: no structure")
    # Twice the threshold: λ(θ) = √((θ²+Ns²)(θ²+Ms²))/θ is s·17.56 here, the edge s·14.07, the 0.99 quantile of the
    # largest value of noise s·(14.07 + 2.02·9.3/28.1) = s·14.74 (Tracy-Widom, β = 1); λ(θ) has a standard deviation of
    # at most s (Poincaré): a margin of 2.8 such bounds.
    w, theta = spike(rng, n, m, s, 2.0)
    slope = lambda t: (outlier(t + 1e-6, n, m, s) - outlier(t - 1e-6, n, m, s)) / 2e-6
    add("spike", w, np.zeros(n), np.zeros(m), rng, outliers=1,
        planted=value(theta, 3 * s / slope(theta)),  # three bounds s/(dλ/dθ)
        note="margin to the 0.99 quantile of the edge of noise: 2.8 upper bounds of a standard deviation")
    # 0.8 of the threshold: no outlier in the limit. The largest value is that of the edge, s·14.07, standard deviation
    # s·0.42 (Tracy-Widom); an outlier is counted with a chance near the level.
    w, theta = spike(rng, n, m, s, 0.8)
    add("below_threshold", w, np.zeros(n), np.zeros(m), rng, outliers=0,
        note="below the threshold the largest value is that of noise: counted with a chance near the level of 0.01")

    n, m = 40, 20
    # (βs)⁴NM/256 is 3.1 and 0.20: beyond and below the line by the definition, whatever the draw (its relative
    # standard deviation is √(8/NM) = 0.1).
    add("glass", *zero_field(rng.normal(0, 1.0, (n, m))), rng)
    add("paramagnet", *zero_field(rng.normal(0, 0.5, (n, m))), rng, outliers=0, onsager_count=0)
    # A spike of βθ = 6 on a bulk far below the line, zero field: one mode does not converge with the reaction. Its
    # strength is read to within s/(dλ/dθ) = 0.32 (Poincaré): 6 such from 4.
    s = 0.3
    p, q = rng.choice([-1, 1], n) / np.sqrt(n), rng.choice([-1, 1], m) / np.sqrt(m)
    w = zero_field(rng.normal(0, s, (n, m)) + 6 * np.outer(p, q))
    add("zero_field_spike", *w, rng, outliers=1, onsager_count=1, condensed=True,
        planted=value(6, 3 * s / slope(6)))
    # Both layers of the wide machine can be enumerated.
    add("wide", rng.normal(0, 0.4, (12, 20)), rng.normal(0, 0.5, 12), rng.normal(0, 0.5, 20), rng, search=20)
    w = rng.normal(0, 0.6, (20, 3)) @ rng.normal(0, 0.6, (3, 15))
    a, b = rng.normal(0, 0.5, 20), rng.normal(0, 0.5, 15)
    add("rank_three", w, a, b, rng, np.float64, search=20, bulk=False)
    a, b = rng.normal(0, 1, 7), rng.normal(0, 1, 5)
    add("zero", np.zeros((7, 5)), a, b, rng, np.float64, uncoupled=[7, 5], outliers=0, bulk=False)
    # By hand: Z = 1 + e^a + e^b + e^(a+b+w).
    add("one", np.array([[-1.5]]), np.array([0.25]), np.array([0.75]), rng, np.float64, bulk=False)
    by_hand = np.log(1 + np.exp(0.25) + np.exp(0.75) + np.exp(0.25 + 0.75 - 1.5))
    assert abs(all_machines[-1]["log_z"]["value"] - by_hand) < 1e-14
    with open(os.path.join(HERE, "inspect.json"), "w") as f:
        # One line per key and per mode keeps the differences of a new run readable.
        f.write(f'{{"numpy": "{np.__version__}", "machines": [\n')
        keys = ([f"{json.dumps(k)}: {lines(x)}" for k, x in one.items()] for one in all_machines)
        f.write(",\n".join("{" + ",\n ".join(one) + "}" for one in keys))
        f.write("\n]}\n")


def lines(x):
    many = isinstance(x, list) and x and isinstance(x[0], dict)
    return "[\n  " + ",\n  ".join(map(json.dumps, x)) + "]" if many else json.dumps(x)


def outlier(theta, n, m, s):
    return np.sqrt((theta**2 + n * s**2) * (theta**2 + m * s**2)) / theta


if __name__ == "__main__":
    main()
