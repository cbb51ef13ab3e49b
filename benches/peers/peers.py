"""What the peers do: each function prepares its work and returns it as a function without arguments.

PyTorch appears twice. As its users write it: `torch.bernoulli` of new tensors. And with care: buffers
that are allocated once, operations in place, and states drawn by comparing probabilities with
`uniform_` numbers, which is four times as fast as `torch.bernoulli` on a CPU and draws with as many
bits (24). `torch.compile` lost: its random numbers take longer than what it fuses saves.
"""

import concurrent.futures
import functools
import json
import math
import multiprocessing
import os
import struct

import numpy as np
import scipy.linalg
import threadpoolctl
import torch
from sklearn.neural_network import BernoulliRBM

torch.set_grad_enabled(False)
softplus = torch.nn.functional.softplus
rng = np.random.default_rng(0)


def states(rows, units=784):
    """Independent units, one in eight on, as in work.rs."""
    return (rng.random((rows, units), dtype=np.float32) < 0.125).astype(np.float32)


def weights(visible, hidden):
    """A machine as work.rs draws it."""
    draw = lambda *shape: rng.normal(0, 0.01, shape).astype(np.float32)
    return draw(visible, hidden), draw(visible), draw(hidden)


def trained(run):
    """W, a and b of a folder of `train`."""
    data = max(run.glob("*.safetensors")).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])

    def array(name):
        begin, end = header[name]["data_offsets"]
        return np.frombuffer(data[8 + size + begin : 8 + size + end], np.float32).reshape(header[name]["shape"]).copy()

    return array("W"), array("a"), array("b")


def scikit_sweep(machine, chains=500):
    w, a, b = machine
    model = BernoulliRBM(n_components=len(b), random_state=0)
    model.components_, model.intercept_visible_, model.intercept_hidden_ = w.T.copy(), a, b
    random = np.random.RandomState(0)
    h = model._sample_hiddens(states(chains, len(a)), random)

    def work():
        model._sample_hiddens(model._sample_visibles(h, random), random)

    return work


def torch_sweep(machine, dtype, chains=500):
    w, a, b = (torch.from_numpy(part).to(dtype) for part in machine)
    v = torch.from_numpy(states(chains, len(a))).to(dtype)

    def work():
        nonlocal v
        h = torch.bernoulli(torch.sigmoid(torch.addmm(b, v, w)))
        v = torch.bernoulli(torch.sigmoid(torch.addmm(a, h, w.T)))

    return work


class Units:
    """Buffers of a layer: fields in `dtype`, probabilities and uniform numbers in single precision."""

    def __init__(self, chains, bias, dtype):
        self.fields, self.states = (torch.empty(chains, len(bias), dtype=dtype) for _ in range(2))
        self.p, self.u = torch.empty(chains, len(bias)), torch.empty(chains, len(bias))
        self.bias = bias.to(dtype)

    def means(self, states, w):
        torch.addmm(self.bias, states, w, out=self.fields)
        return self.p.copy_(self.fields).sigmoid_()

    def draw(self):
        return torch.lt(self.u.uniform_(), self.p, out=self.states)


def careful_sweep(machine, dtype, chains=500):
    w, a, b = (torch.from_numpy(part) for part in machine)
    w = w.to(dtype)
    visible, hidden = Units(chains, a, dtype), Units(chains, b, dtype)
    visible.states.copy_(torch.from_numpy(states(chains, len(a))))

    def work():
        hidden.means(visible.states, w)
        visible.means(hidden.draw(), w.T)
        visible.draw()

    return work


def careful_annealing(machine, runs, temperatures, dtype):
    """ln Z and its standard error, by src/rbm/annealing.rs forward: the hidden units are summed out in
    the weights, and each temperature has a sweep."""
    w, a, b = (torch.from_numpy(part) for part in machine)
    w = w.to(dtype)
    visible, hidden = Units(runs, a, dtype), Units(runs, b, dtype)
    total, last = torch.empty(runs), temperatures - 1

    def work():
        logs = torch.zeros(runs, dtype=torch.float64)
        visible.p.copy_(a.expand_as(visible.p)).sigmoid_()
        visible.draw()
        for step in range(last):
            old, new = step / last, (step + 1) / last
            torch.addmm(hidden.bias, visible.states, w, out=hidden.fields)
            for factor, sign in ((old, -1), (new, 1)):
                torch.mul(hidden.fields, factor, out=hidden.p)
                torch._C._nn.softplus(hidden.p, out=hidden.u)
                logs.add_(torch.sum(hidden.u, 1, out=total), alpha=sign)
            hidden.p.sigmoid_()
            # Fields are a at the start, a + Wh at the end.
            torch.addmm(visible.bias, hidden.draw(), w.T, out=visible.fields)
            visible.p.copy_(visible.fields).sub_(a).mul_(new).add_(a).sigmoid_()
            visible.draw()
        mean = torch.logsumexp(logs, 0) - math.log(runs)
        start = softplus(a.double()).sum() + len(b) * math.log(2)
        return (start + mean).item(), (torch.exp(logs - mean).std() / runs**0.5).item()

    return work


def scikit_epoch(hidden, images):
    data = states(images)
    model = BernoulliRBM(n_components=hidden, learning_rate=1e-3, batch_size=500, n_iter=1, random_state=0)
    return lambda: model.fit(data)


def optimiser(name, parameters, **options):
    rates = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    return rates[name](parameters, lr=1e-3, **options)


def torch_epoch(name, hidden, images):
    data = torch.from_numpy(states(images))
    w = torch.nn.Parameter(torch.randn(784, hidden) * 0.01)
    a, b = torch.nn.Parameter(torch.zeros(784)), torch.nn.Parameter(torch.zeros(hidden))
    stepper, chains = optimiser(name, [w, a, b]), data[:500].clone()

    def work():
        nonlocal chains
        order = torch.randperm(images)
        for at in range(0, images, 500):
            batch = data[order[at : at + 500]]
            up = torch.sigmoid(torch.addmm(b, batch, w))
            h = torch.bernoulli(torch.sigmoid(torch.addmm(b, chains, w)))
            chains = torch.bernoulli(torch.sigmoid(torch.addmm(a, h, w.T)))
            down = torch.sigmoid(torch.addmm(b, chains, w))
            w.grad = -(batch.T @ up - chains.T @ down) / 500
            a.grad = -(batch.mean(0) - chains.mean(0))
            b.grad = -(up.mean(0) - down.mean(0))
            stepper.step()

    return work


def careful_epoch(name, hidden, images, dtype):
    """Products in `dtype`; parameters, gradients and moments in single precision."""
    data = torch.from_numpy(states(images)).to(dtype)
    w, a, b = parameters = [torch.randn(784, hidden) * 0.01, torch.zeros(784), torch.zeros(hidden)]
    for one in parameters:
        one.grad = torch.empty_like(one)
    stepper = optimiser(name, parameters, fused=True)
    visible, of_chains, of_data = Units(500, a, dtype), Units(500, b, dtype), Units(500, b, dtype)
    visible.states.copy_(data[:500])
    batch, products = torch.empty(500, 784, dtype=dtype), [torch.empty(784, hidden, dtype=dtype) for _ in range(2)]
    short = w if dtype == torch.float32 else torch.empty(784, hidden, dtype=dtype)

    def work():
        order = torch.randperm(images)
        for at in range(0, images, 500):
            torch.index_select(data, 0, order[at : at + 500], out=batch)
            if short is not w:
                short.copy_(w)
            for units, bias in ((visible, a), (of_chains, b), (of_data, b)):
                units.bias.copy_(bias)
            up = of_data.means(batch, short)
            of_chains.means(visible.states, short)
            visible.means(of_chains.draw(), short.T)
            down = of_chains.means(visible.draw(), short)
            for product, v, h, units in (
                (products[0], visible.states, down, of_chains),
                (products[1], batch, up, of_data),
            ):
                torch.mm(v.T, units.states.copy_(h), out=product)
            torch.sub(products[0], products[1], out=w.grad).div_(500)
            torch.sub(visible.states.sum(0), batch.sum(0), out=a.grad).div_(500)
            torch.sub(down.sum(0), up.sum(0), out=b.grad).div_(500)
            stepper.step()

    return work


def one_by_one(function, file, unpack):
    """All inputs of a file, on all cores as far as LAPACK uses them."""
    inputs = held(file, unpack)
    return lambda: [function(one) for one in inputs]


@functools.cache
def processes():
    """As many as there are cores, with one thread each. No threads: scipy's drivers keep Python's lock."""
    context = multiprocessing.get_context("spawn")
    return concurrent.futures.ProcessPoolExecutor(os.cpu_count(), context, alone)


def one_a_core(function, file, unpack):
    """As many inputs of a file at a time as there are cores."""
    pool = processes()
    return lambda: list(pool.map(functools.partial(of_file, function, file, unpack), range(len(held(file, unpack)))))


@functools.cache
def held(file, unpack):
    """The inputs that a file holds."""
    return unpack(np.fromfile(file))


def of_file(function, file, unpack, index):
    return function(held(file, unpack)[index])


def alone():
    threadpoolctl.threadpool_limits(1)
    torch.set_num_threads(1)


def matrices(numbers):
    return list(numbers.reshape(-1, 784, 500))


def models(numbers):
    """Of 500 singular values: diagonals, and what stands above."""
    return [(one[:500], one[500:]) for one in numbers.reshape(-1, 999)]


def singular_values(w):
    return np.linalg.svd(w, compute_uv=False)


def thin(w):
    return np.linalg.svd(w, full_matrices=False)[1]


def by_gram(w):
    return np.sqrt(np.maximum(np.linalg.eigvalsh(w.T @ w)[::-1], 0))


def torch_singular_values(w):
    return torch.linalg.svdvals(torch.from_numpy(w)).numpy()


def torch_by_gram(w):
    w = torch.from_numpy(w)
    return torch.linalg.eigvalsh(w.T @ w).flip(0).clamp(min=0).sqrt().numpy()


def chi_model(rows, columns):
    """The bidiagonal model of a normal matrix, rows >= columns: diagonal, above."""
    diagonal = np.sqrt(rng.chisquare(rows - np.arange(columns)))
    return diagonal, np.sqrt(rng.chisquare(columns - np.arange(1, columns)))


def of_model(model, driver):
    """Singular values as roots of the eigenvalues of the tridiagonal matrix, by one of LAPACK's drivers."""
    diagonal, above = model
    squares = diagonal**2
    squares[1:] += above**2
    found = scipy.linalg.eigh_tridiagonal(squares, diagonal[:-1] * above, eigvals_only=True, lapack_driver=driver)
    return np.sqrt(np.maximum(np.sort(found)[::-1], 0))
