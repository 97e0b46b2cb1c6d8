"""Peer of lib/evaluate/retrieval.ts: mean average precision of 64-bit codes by Hamming distance, in NumPy: XOR and bit counts of blocks of
queries by all items, distances counted with bincount, then the expectation over the orders of equal distances.

Two ways to use the cores: none, or one Python thread per core (NumPy lets go of the interpreter's lock in these calls).
"""
from concurrent.futures import ThreadPoolExecutor

import numpy as np

DISTANCES = 65


class Retrieval:
    """Folder, as raw 32-bit words: queries.f32 [q, 3] and items.f32 [n, 3], each row low, high, label."""

    def __init__(self, folder, threads, blas):
        read = lambda name: np.fromfile(f"{folder}/{name}.f32", np.int32).reshape(-1, 3)
        codes = lambda words: np.ascontiguousarray(words[:, :2]).view(np.uint64).ravel()
        queries, items = read("queries"), read("items")
        items = items[np.argsort(items[:, 2], kind="stable")]
        self.queries, self.labels, self.items = codes(queries), queries[:, 2], codes(items)
        self.start = np.searchsorted(items[:, 2], np.arange(items[:, 2].max() + 2))
        self.harmonic = np.concatenate([[0], np.cumsum(1 / np.arange(1, len(items) + 1))])
        self.threads = threads

    def ways(self):
        ways = {f"blocks of {b}": (lambda b=b: self.score(b, 1)) for b in (4, 16)}
        if self.threads > 1:
            ways |= {f"blocks of {b}, {self.threads} threads": (lambda b=b: self.score(b, self.threads)) for b in (4, 16)}
        return ways

    def score(self, block, workers):
        starts = range(0, len(self.queries), block)
        one = lambda at: self.average_precisions(slice(at, at + block))
        if workers == 1:
            parts = [one(at) for at in starts]
        else:
            with ThreadPoolExecutor(workers) as pool:
                parts = list(pool.map(one, starts))
        self.found = float(np.concatenate(parts).mean())

    def average_precisions(self, rows):
        queries, labels = self.queries[rows], self.labels[rows]
        distance = np.bitwise_count(queries[:, None] ^ self.items[None, :])
        n = np.stack([np.bincount(d, minlength=DISTANCES) for d in distance])
        relevant = [d[self.start[l] : self.start[l + 1]] for d, l in zip(distance, labels)]
        r = np.stack([np.bincount(d, minlength=DISTANCES) for d in relevant])
        m, h = np.cumsum(n, axis=1) - n, np.cumsum(r, axis=1) - r
        s = self.harmonic[m + n] - self.harmonic[m]
        further = (r - 1) / np.maximum(n - 1, 1) * (n - (m + 1) * s)
        terms = r / np.maximum(n, 1) * ((h + 1) * s + further)
        return np.where(r > 0, terms, 0).sum(axis=1) / r.sum(axis=1)

    def mean_average_precision(self):
        return self.found


CASES = {"retrieval": Retrieval}
