"""Peer cases without an algorithm: products, elementwise passes, symmetric positive definite solves. All float32."""
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh, inv, lapack, lstsq


def normal(*shape):
    return np.random.default_rng(1).standard_normal(shape, dtype=np.float32)


def spd(n):
    """A Gram matrix with a ridge, as in the solvers' regressions."""
    a = normal(2 * n, n)
    return a.T @ a / np.float32(n) + np.float32(0.5) * np.eye(n, dtype=np.float32)


class Product:
    """left [m, k] times right [k, n], either stored transposed."""

    def __init__(self, m, k, n, transposeLeft, transposeRight, threads, blas):
        left = normal(k, m).T if transposeLeft else normal(m, k)
        right = normal(n, k).T if transposeRight else normal(k, n)
        self.left, self.right = left, right
        self.out = np.empty((m, n), np.float32)

    def ways(self):
        return {
            "matmul(out=)": lambda: np.matmul(self.left, self.right, out=self.out),
            "@": lambda: self.left @ self.right,
        }


class Gram:
    """X^T X; NumPy recognises it and computes one triangle only (syrk)."""

    def __init__(self, rows, columns, threads, blas):
        self.x = normal(rows, columns)

    def ways(self):
        return {"x.T @ x (syrk)": lambda: self.x.T @ self.x}


class Elementwise:
    """relu(x), or y + a x, on rows x columns."""

    def __init__(self, operation, rows, columns, threads, blas):
        self.x, self.y = normal(rows, columns), normal(rows, columns)
        self.out = np.empty_like(self.x)
        self.operation = operation
        self.threads = threads
        self.pool = ThreadPoolExecutor(threads)
        self.part = {"relu": self.relu, "axpy": self.axpy}[operation]

    def relu(self, rows):
        np.maximum(self.x[rows], np.float32(0), out=self.out[rows])

    def axpy(self, rows):
        np.multiply(self.x[rows], np.float32(0.3), out=self.out[rows])
        np.add(self.out[rows], self.y[rows], out=self.out[rows])

    def by_rows(self, size):
        return [slice(at, at + size) for at in range(0, len(self.x), size)]

    def ways(self):
        small = self.by_rows(64)
        ways = {
            "whole, out=": lambda: self.part(slice(None)),
            "64 rows at a time, out=": lambda: [self.part(rows) for rows in small],
        }
        if self.threads > 1:
            share = (len(small) + self.threads - 1) // self.threads
            shares = [small[at : at + share] for at in range(0, len(small), share)]
            run = lambda rows_list: [self.part(rows) for rows in rows_list]
            ways[f"64 rows at a time, out=, {self.threads} threads"] = lambda: list(self.pool.map(run, shares))
        return ways


class Solve:
    """A Z = B for a symmetric positive definite A [n, n] and B [n, k]."""

    def __init__(self, n, k, threads, blas):
        self.a, self.b = spd(n), normal(n, k)
        self.fortran = np.asfortranarray(self.b)

    def inverse(self):
        """LAPACK's inverse from the Cholesky factor, both triangles filled."""
        factor, info = lapack.spotrf(self.a.T, lower=1, clean=1)
        half, info = lapack.spotri(factor, lower=1, overwrite_c=1)
        return half + np.tril(half, -1).T

    def ways(self):
        unchecked = {"check_finite": False}
        factor = lambda: cho_factor(self.a, lower=True, **unchecked)
        return {
            "np.linalg.solve": lambda: np.linalg.solve(self.a, self.b),
            "cho_factor + cho_solve": lambda: cho_solve(factor(), self.b, **unchecked),
            "cho_factor + cho_solve, B in column order": lambda: cho_solve(factor(), self.fortran, **unchecked),
            "np.linalg.inv @ B": lambda: np.linalg.inv(self.a) @ self.b,
            "spotrf + spotri, @ B": lambda: self.inverse() @ self.b,
        }


class Invert(Solve):
    """The inverse of a symmetric positive definite A [n, n]."""

    def __init__(self, n, threads, blas):
        super().__init__(n, 1, threads, blas)

    def ways(self):
        return {
            "np.linalg.inv": lambda: np.linalg.inv(self.a),
            "scipy.linalg.inv": lambda: inv(self.a, check_finite=False),
            "spotrf + spotri": self.inverse,
        }


class MinimumNorm:
    """Minimum-norm solution of A Z = B for A [n, n] symmetric, positive semidefinite, of lower rank, and B [n, k] in its range."""

    def __init__(self, n, rank, k, threads, blas):
        half = normal(2 * n, n)
        half[:, rank:] = 0
        self.a = half.T @ half / np.float32(n)
        self.b = self.a @ normal(n, k)

    def spectral(self, values, vectors):
        alive = values > 1e-5 * values.max()
        kept = vectors[:, alive]
        return kept @ ((kept.T @ self.b) / values[alive, None])

    def ways(self):
        return {
            "np.linalg.eigh": lambda: self.spectral(*np.linalg.eigh(self.a)),
            "scipy eigh (evd)": lambda: self.spectral(*eigh(self.a, driver="evd", check_finite=False)),
            "scipy eigh (evr)": lambda: self.spectral(*eigh(self.a, driver="evr", check_finite=False)),
            "scipy lstsq (gelsy)": lambda: lstsq(self.a, self.b, cond=1e-5, lapack_driver="gelsy", check_finite=False),
        }


CASES = {
    "product": Product,
    "gram": Gram,
    "elementwise": Elementwise,
    "solve": Solve,
    "invert": Invert,
    "minimum-norm": MinimumNorm,
}
