"""Peer of the mini-batch solver: one epoch of Caffe's SGD rule with momentum on a sequential ReLU network, float32.

g = gradient of 1/(2B) sum |y - out|^2 + wd W;  h = m h + lr g;  W -= h;  lr = 0.01 (1 + 1e-4 it)^-0.75.
Written for speed: one BLAS call accumulates h = m h + lr/B * (input^T delta) in place, axpy applies decay and update.
"""
import numpy as np
from scipy.linalg.blas import saxpy, sgemm

MOMENTUM, DECAY = 0.9, 5e-4


class SgdEpoch:
    """Folder: x.f32 [rows, widths[0]], y.f32 [rows, widths[-1]], w1.f32 ... in the library's layout, [d_n, d_m]."""

    def __init__(self, folder, rows, widths, batch, threads, blas):
        read = lambda name, *shape: np.fromfile(f"{folder}/{name}.f32", np.float32).reshape(shape)
        self.x, self.y = read("x", rows, widths[0]), read("y", rows, widths[-1])
        self.w = [read(f"w{n}", widths[n], widths[n - 1]).T.copy() for n in range(1, len(widths))]
        self.h = [np.zeros_like(w) for w in self.w]
        self.b = [np.zeros(d, np.float32) for d in widths[1:]]
        self.hb = [np.zeros_like(b) for b in self.b]
        self.batch = batch
        self.updates = 0
        self.random = np.random.default_rng(1)
        self.losses = []

    def epoch(self, step):
        order = self.random.permutation(len(self.x))
        loss = 0.0
        for at in range(0, len(order), self.batch):
            rows = order[at : at + self.batch]
            loss += step(self.x[rows], self.y[rows])
        self.losses.append(loss / -(-len(order) // self.batch))

    def backward(self, x, y):
        """Yields (layer, input, delta) from the last layer to the first; returns the batch's loss through self.loss."""
        u = [x]
        last = len(self.w) - 1
        for n, (w, b) in enumerate(zip(self.w, self.b)):
            z = u[-1] @ w
            z += b
            u.append(z if n == last else np.maximum(z, np.float32(0), out=z))
        delta = u.pop() - y
        self.loss = float(np.vdot(delta, delta)) / (2 * len(y))
        for n in range(last, -1, -1):
            # below: the delta of the layer beneath, with the weights from before this update
            below = (delta @ self.w[n].T) if n else None
            if n:
                below *= u[n] > 0
            yield n, u[n], delta
            delta = below

    def rate(self):
        self.updates += 1
        return 0.01 * (1 + 1e-4 * (self.updates - 1)) ** -0.75

    def step_blas(self, x, y):
        rate = self.rate()
        for n, inputs, delta in self.backward(x, y):
            scale = rate / len(x)
            # in BLAS's column order every array is its transpose: H^T = m H^T + scale delta^T inputs
            sgemm(scale, delta.T, inputs.T, MOMENTUM, self.h[n].T, trans_b=1, overwrite_c=1)
            h, w = self.h[n].reshape(-1), self.w[n].reshape(-1)
            saxpy(w, h, a=rate * DECAY)
            saxpy(h, w, a=-1.0)
            self.hb[n] *= np.float32(MOMENTUM)
            self.hb[n] += scale * delta.sum(0) + (rate * DECAY) * self.b[n]
            self.b[n] -= self.hb[n]
        return self.loss

    def step_numpy(self, x, y):
        rate = self.rate()
        for n, inputs, delta in self.backward(x, y):
            delta *= np.float32(rate / len(x))
            g = inputs.T @ delta
            h, w = self.h[n], self.w[n]
            for i in range(0, len(w), 98):  # rows that stay in the cache
                rows = slice(i, i + 98)
                h[rows] *= np.float32(MOMENTUM)
                h[rows] += g[rows]
                np.multiply(w[rows], np.float32(rate * DECAY), out=g[rows])
                h[rows] += g[rows]
                w[rows] -= h[rows]
            self.hb[n] *= np.float32(MOMENTUM)
            self.hb[n] += delta.sum(0) + np.float32(rate * DECAY) * self.b[n]
            self.b[n] -= self.hb[n]
        return self.loss

    def first_epoch_loss(self):
        return self.losses[0]

    def ways(self):
        return {
            "sgemm with beta, saxpy": lambda: self.epoch(self.step_blas),
            "NumPy in place": lambda: self.epoch(self.step_numpy),
        }


CASES = {"sgd-epoch": SgdEpoch}
