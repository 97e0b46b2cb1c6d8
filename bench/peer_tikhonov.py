"""Peer of lib/solvers/tikhonov-bcd.ts: the same algorithm for the skip network of Zhang & Brand (2017, Fig. 2) in NumPy,
float32, with a fixed number of inner iterations, written for speed: scalars folded into the matrices, constant terms
summed once, everything in place in buffers that fit the cache, rows in chunks.

u1 = relu(W1 x), u2 = relu(x + W2 u1), u3 = relu(x + u1 + W3 u2), output V u3; gamma_n = 0.1, theta_t = 1/t^2.

Two ways to use the cores: one chunk after another, BLAS with all threads; or one Python thread per core, each with its
own chunks and single-threaded BLAS, so that the elementwise passes run in parallel too.
"""
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.linalg import cho_factor, cho_solve

GAMMA = 0.1
F = np.float32


class Buffers:
    """Scratch of one worker: three layers of each kind, `rows` rows."""

    KINDS = ("z", "x", "next", "d", "d_old", "constant")

    def __init__(self, rows, width, classes):
        self.layers = {kind: [np.empty((rows, width), F) for _ in range(3)] for kind in self.KINDS}
        self.wide = [np.empty((rows, width), F) for _ in range(4)]
        self.narrow = np.empty((rows, classes), F)

    def three(self, kind, rows):
        return [layer[:rows] for layer in self.layers[kind]]


class TikhonovBcd:
    """Folder: x.f32 [rows, width], y.f32 [rows, classes], w1.f32 w2.f32 w3.f32 [width, width], v.f32 [classes, width]."""

    def __init__(self, folder, rows, width, classes, inner, threads, blas):
        read = lambda name, *shape: np.fromfile(f"{folder}/{name}.f32", F).reshape(shape)
        self.x, self.y = read("x", rows, width), read("y", rows, classes)
        self.w = [read(f"w{n}", width, width) for n in (1, 2, 3)]
        self.v = read("v", classes, width)
        self.inner, self.threads, self.blas = inner, threads, blas
        u1 = np.maximum(self.x @ self.w[0].T, 0)
        u2 = np.maximum(self.x + u1 @ self.w[1].T, 0)
        u3 = np.maximum(self.x + u1 + u2 @ self.w[2].T, 0)
        self.u = [u1, u2, u3]
        self.star = [u.copy() for u in self.u]
        self.eigenvector = [np.random.default_rng(n).standard_normal(width, dtype=F) for n in (1, 2, 3)]
        self.data_gram = self.x.T @ self.x
        self.pool = ThreadPoolExecutor(threads)
        self.layout(1000, 1)
        self.step(1)
        self.step(2)
        self.compared = self.objective_now()

    # How the rows are shared out

    def layout(self, chunk, workers):
        """Rows in chunks, dealt to workers in equal stretches."""
        if getattr(self, "current", None) == (chunk, workers):
            return
        self.current = (chunk, workers)
        n, width = self.x.shape
        bounds = np.linspace(0, n, workers + 1).astype(int)
        self.shares = [
            [slice(at, min(at + chunk, stop)) for at in range(start, stop, chunk)]
            for start, stop in zip(bounds, bounds[1:])
        ]
        self.buffers = [Buffers(min(chunk, n), width, self.y.shape[1]) for _ in range(workers)]

    def share_out(self, work):
        """work(buffers, chunks) for every worker; the results as a list."""
        if len(self.shares) == 1:
            return [work(self.buffers[0], self.shares[0])]
        with self.blas.limit(limits=1):
            return list(self.pool.map(work, self.buffers, self.shares))

    def ways(self):
        """Layouts, tried on the U-step, which is most of an outer iteration."""

        def way(chunk, workers):
            self.layout(chunk, workers)
            self.inner_iterations()

        ways = {f"chunks of {c}, BLAS threads": (lambda c=c: way(c, 1)) for c in (500, 1000, 2000, len(self.x))}
        if self.threads > 1:
            for c in (500, 1000):
                ways[f"chunks of {c}, {self.threads} workers"] = lambda c=c: way(c, self.threads)
        return ways

    def outer_iteration(self):
        self.step(2)

    # U-step

    def curvature(self):
        """Largest eigenvalue of the Hessian without the proximity, raised by 2 %: power iteration, warm-started."""
        (_, w2, w3), v, g = self.w, self.v, F(GAMMA)
        a, b, c = self.eigenvector
        eigenvalue = 0.0
        for k in range(200):
            r1, r2, r3 = g * a, g * (b - w2 @ a), g * (c - a - w3 @ b)
            a, b, c = r1 - r2 @ w2 - r3, r2 - r3 @ w3, r3 + (v @ c) @ v
            norm = float(np.sqrt(np.vdot(a, a) + np.vdot(b, b) + np.vdot(c, c)))
            a, b, c = a / F(norm), b / F(norm), c / F(norm)
            settled = abs(norm - eigenvalue) <= 1e-4 * norm
            eigenvalue = norm
            if settled and k > 2:
                break
        self.eigenvector = [a, b, c]
        return 1.02 * eigenvalue

    def inner_iterations(self):
        """One U-step from the last U*: accelerated projected gradient with restart, `inner` iterations."""
        proximity = self.proximity
        s = 1.0 / (self.curvature() + proximity)
        sg, pull = F(s * GAMMA), F(s * proximity)
        forward, out = [(sg * w).T for w in self.w], F(s) * self.v

        def work(buffers, chunks):
            for rows in chunks:
                self.solve_chunk(buffers, rows, pull, sg, forward, out)

        self.share_out(work)

    def solve_chunk(self, buffers, rows, pull, sg, forward, out):
        data = self.x[rows]
        keep = F(1) - pull
        n = len(data)
        k1, k2, k3 = constants = buffers.three("constant", n)
        z, x, new = (buffers.three(kind, n) for kind in ("z", "x", "next"))
        d, d_old = buffers.three("d", n), buffers.three("d_old", n)
        q2, q3, t, scaled = (a[:n] for a in buffers.wide)
        few = buffers.narrow[:n]

        for k, u in zip(constants, self.u):
            np.multiply(u[rows], pull, out=k)
        np.matmul(data, forward[0], out=t)
        k1 += t
        np.matmul(self.y[rows], out, out=t)
        k3 += t
        np.multiply(data, sg, out=scaled)
        for star, a, b in zip(self.star, x, z):
            np.copyto(a, star[rows])
            np.copyto(b, star[rows])

        momentum, beta = 1.0, 0.0
        for _ in range(self.inner):
            z1, z2, z3 = z
            # q_n = s gamma_n (sum_m W_{n,m} u_m - u_n)
            np.matmul(z1, forward[1], out=q2)
            q2 += scaled
            q2 -= np.multiply(z2, sg, out=t)
            np.matmul(z2, forward[2], out=q3)
            q3 += scaled
            np.subtract(z1, z3, out=t)
            t *= sg
            q3 += t
            # new_n = max(0, keep z_n + constant_n + q_n - what the later layers pull); q_1 is made of z_1 and the constant
            n1, n2, n3 = new
            np.matmul(q2, self.w[1], out=t)
            np.multiply(z1, keep - sg, out=n1)
            n1 += k1
            n1 -= t
            n1 -= q3
            np.matmul(q3, self.w[2], out=t)
            np.multiply(z2, keep, out=n2)
            n2 += k2
            n2 += q2
            n2 -= t
            np.matmul(z3, self.v.T, out=few)
            np.matmul(few, out, out=t)
            np.multiply(z3, keep, out=n3)
            n3 += k3
            n3 += q3
            n3 -= t
            changed = aligned = 0.0
            for i in range(3):
                np.maximum(new[i], F(0), out=new[i])
                np.subtract(new[i], x[i], out=d[i])
                changed += float(np.vdot(d[i], d[i]))
                if beta > 0:
                    aligned += float(np.vdot(d_old[i], d[i]))
            if beta * aligned > changed:
                momentum = 1.0
            following = (1 + np.sqrt(1 + 4 * momentum * momentum)) / 2
            beta = (momentum - 1) / following
            momentum = following
            for i in range(3):
                if beta > 0:
                    np.multiply(d[i], F(beta), out=z[i])
                    z[i] += new[i]
                else:
                    np.copyto(z[i], new[i])
            x, new = new, x
            d, d_old = d_old, d
        for star, a in zip(self.star, x):
            star[rows] = a

    # Regressions

    def regress(self, weight, proximity, theta, old, inputs, target, gram=None):
        """old + theta (W* - old), solved for the change from old against its residual. target(rows, out) fills out."""
        if proximity == 0:
            return self.minimum_norm(old, inputs, target)

        def work(buffers, chunks):
            g, c = 0, 0
            for rows in chunks:
                a = inputs[rows]
                shape = (len(a), len(old))
                residual, t = (b[: len(a)] if b[: len(a)].shape == shape else np.empty(shape, F) for b in buffers.wide[:2])
                target(rows, residual)
                residual -= np.matmul(a, old.T, out=t)
                c += a.T @ residual
                if gram is None:
                    g += a.T @ a
            return g, c

        parts = self.share_out(work)
        correlation = sum(c for _, c in parts)
        ridged = gram.copy() if gram is not None else sum(g for g, _ in parts)
        ridged.flat[:: len(ridged) + 1] += F(proximity / weight)
        factor = cho_factor(ridged, lower=True, overwrite_a=True, check_finite=False)
        change = cho_solve(factor, correlation, check_finite=False).T
        return old + F(theta) * change

    def minimum_norm(self, old, inputs, target):
        """W* of t = 1, which is not timed: in double precision, with the cutoff of lib/engine/regression64.ts."""
        a, b = inputs.astype(np.float64), np.empty((len(inputs), len(old)), F)
        target(slice(None), b)
        values, vectors = np.linalg.eigh(a.T @ a)
        kept = values > 8 * len(values) * np.finfo(float).eps * values.max()
        alive = vectors[:, kept]
        return np.ascontiguousarray((alive @ ((alive.T @ (a.T @ b)) / values[kept, None])).T.astype(F))

    def step(self, t):
        theta = t**-2.0
        p = self.proximity = (1 - theta) ** 2
        self.inner_iterations()

        def relax(buffers, chunks):
            moved = 0.0
            for rows in chunks:
                for u, star in zip(self.u, self.star):
                    d = np.subtract(star[rows], u[rows], out=buffers.wide[0][: rows.stop - rows.start])
                    d *= F(theta)
                    u[rows] += d
                    moved += float(np.vdot(d, d))
            return moved

        self.change = sum(self.share_out(relax))
        u1, u2, u3 = self.u
        x = self.x
        self.v = self.regress(1.0, p, theta, self.v, u3, lambda r, out: np.copyto(out, self.y[r]))
        targets = (
            lambda r, out: np.copyto(out, u1[r]),
            lambda r, out: np.subtract(u2[r], x[r], out=out),
            lambda r, out: np.subtract(np.subtract(u3[r], x[r], out=out), u1[r], out=out),
        )
        grams = (self.data_gram, None, None)
        self.w = [
            self.regress(GAMMA, p, theta, w, inputs, target, gram)
            for w, inputs, target, gram in zip(self.w, (x, u1, u2), targets, grams)
        ]

    def objective_now(self):
        u1, u2, u3 = self.u
        w1, w2, w3 = self.w
        square = lambda r: float(np.vdot(r, r))
        penalties = square(u1 - self.x @ w1.T) + square(u2 - self.x - u1 @ w2.T) + square(u3 - self.x - u1 - u2 @ w3.T)
        return 0.5 * square(self.y - u3 @ self.v.T) + 0.5 * GAMMA * penalties

    def objective(self):
        """f of eq. 4 after t = 1, 2 from the start that was given: ours must reach the same."""
        return self.compared


CASES = {"tikhonov-bcd": TikhonovBcd}
