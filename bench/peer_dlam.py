"""Peer of lib/solvers/dlam.ts: the same algorithm (exact backtracking, epsilon fixed, no Omega) in PyTorch, float32, z_L by the
same inner solver with the same stopping rule. Written for speed: no autograd, everything in place, rows in chunks, sums over the
data formed once. What our solver reports beside its steps (the terms of Lemma 1) is left out. With `exits` it also leaves out,
as ours does, what it knows to be zero: W, b and a have no gradient where p = z, and z = p needs no clip where that is feasible.

Rows are samples: with a[-1] = x, p[l] = a[l-1] w[l]^T + b[l], z[l] and a[l] are [N, d_l], l = 0, 1, ...; the last a is missing.
"""
import math

import torch

ROUNDING = 2.0**-22
DOUBLING_CAP = 40


def power_of_two(threshold):
    """The smallest of 1, 2, 4, ... that is not below the threshold; infinity, for no step, past the cap."""
    doublings = math.ceil(math.log2(threshold)) if threshold > 1 else 0
    return 2.0**doublings if doublings <= DOUBLING_CAP else math.inf


def norm(t):
    return torch.linalg.vector_norm(t).item()


class Dlam:
    """Folder: x.f32 [rows, widths[0]], y.f32 [rows, widths[-1]], w1.f32 [d_1, d_0], b1.f32 [d_1], ... warmUp: iterations
    after which the two sides are compared, and the clock starts."""

    def __init__(self, folder, rows, widths, rho, epsilon, output, tolerance, cap, warmUp, exits):
        read = lambda name, *shape: torch.from_file(f"{folder}/{name}.f32", size=math.prod(shape)).clone().view(shape)
        self.x, self.y = read("x", rows, widths[0]), read("y", rows, widths[-1])
        self.start = [(read(f"w{l}", d, below), read(f"b{l}", d)) for l, (d, below) in enumerate(zip(widths[1:], widths), 1)]
        self.rho, self.epsilon, self.tolerance, self.cap, self.warm_up = rho, epsilon, tolerance, cap, warmUp
        self.exits = exits
        self.solve = {"newton": self.newton, "fista": self.fista}[output]
        self.p, self.z = ([torch.empty(rows, d) for d in widths[1:]] for _ in range(2))
        self.a = [torch.empty(rows, d) for d in widths[1:-1]]
        self.slope = torch.empty(rows * max(widths[1:-1]))
        self.layout(4000)
        self.restart()

    def layout(self, size):
        """Rows in chunks of `size`, and scratch as large as a chunk's widest variable."""
        if getattr(self, "size", None) == size:
            return
        self.size, n = size, len(self.x)
        self.chunks = [slice(at, min(at + size, n)) for at in range(0, n, size)]
        self.scratch = [torch.empty(min(size, n) * max(len(b) for _, b in self.start)) for _ in range(7)]

    def like(self, t, count):
        """Scratch of t's shape."""
        return [s[: t.numel()].view(t.shape) for s in self.scratch[:count]]

    def ways(self):
        def way(size):
            self.layout(size)
            self.iteration()

        return {f"chunks of {size}": (lambda size=size: way(size)) for size in (1000, 4000, 12000, len(self.x))}

    def restart(self):
        """A forward pass from the start that was given, and the warm-up; the objective then."""
        self.w, self.b = [w.clone() for w, _ in self.start], [b.clone() for _, b in self.start]
        self.sums, self.inner = None, []
        self.coupled = [True] * len(self.w)  # p = z, a forward pass
        for l, z in enumerate(self.z):
            for r in self.chunks:
                z[r] = self.predict(l, r)
                if l < len(self.a):
                    torch.relu_(self.a[l][r].copy_(z[r]))
        for _ in range(self.warm_up):
            self.iteration()
        self.inner.clear()
        return self.objective()

    def inner_iterations(self):
        """Of z_L, the mean over chunks and iterations since the warm-up."""
        return sum(self.inner) / len(self.inner)

    def inputs(self, l, r):
        return self.a[l - 1][r] if l else self.x[r]

    def predict(self, l, r):
        return torch.addmm(self.b[l], self.inputs(l, r), self.w[l].t(), out=self.p[l][r])

    def iteration(self):
        for l in range(len(self.w)):
            self.update_weights(l)
            if l < len(self.a):
                self.update_hidden(l)
                self.update_activations(l)
        self.update_output()

    def update_weights(self, l):
        if self.exits and self.coupled[l]:
            return
        w, b, n = self.w[l], self.b[l], len(self.x)
        correlation, residual = torch.zeros_like(w), torch.zeros_like(b)
        known = self.sums if l == 0 else None
        gram, total = known or (torch.zeros(w.shape[1], w.shape[1]), torch.zeros(w.shape[1]))
        for r in self.chunks:
            a, p = self.inputs(l, r), self.p[l][r]
            e = torch.sub(p, self.z[l][r], out=self.like(p, 1)[0])
            correlation.addmm_(e.t(), a)
            residual += e.sum(0)
            if not known:
                gram.addmm_(a.t(), a)
                total += a.sum(0)
        if l == 0:
            self.sums = gram, total
        direction = correlation.mul_(self.rho)
        along = norm(direction) ** 2
        theta = power_of_two(self.rho * torch.sum((direction @ gram).mul_(direction)).item() / along) if along else math.inf
        change = direction.mul_(-1 / theta)
        b.sub_(residual, alpha=1 / n).sub_(change @ total, alpha=1 / n)
        w += change
        for r in self.chunks:
            self.predict(l, r)

    def update_hidden(self, l):
        was, self.coupled[l] = self.coupled[l], self.exits
        for r in self.chunks:
            a, p, z = self.a[l][r], self.p[l][r], self.z[l][r]
            (t,) = self.like(a, 1)
            if self.exits:
                below, above = (side.item() for side in torch.aminmax(torch.clamp_min(p, 0, out=t).sub_(a)))
                if max(above, -below) <= self.widened(p.max().item()):
                    if not was:
                        z.copy_(p)
                    continue
                self.coupled[l] = False
            torch.minimum(p, torch.add(a, self.epsilon, out=t), out=z)
            low = torch.threshold_(torch.sub(a, self.epsilon, out=t), 0.0, -math.inf)  # no lower bound where a <= epsilon
            torch.maximum(z, low, out=z)

    def widened(self, largest):
        """epsilon, and the rounding of a sum of epsilon and h(z)."""
        return self.epsilon + ROUNDING * (self.epsilon + max(largest, 0.0))

    def update_activations(self, l):
        if self.exits and self.coupled[l + 1]:
            return
        w = self.w[l + 1]
        scaled = self.rho * w
        along, largest = 0.0, 0.0
        slope = self.slope[: self.a[l].numel()].view(self.a[l].shape)
        for r in self.chunks:
            p, z = self.p[l + 1][r], self.z[l + 1][r]
            torch.mm(torch.sub(p, z, out=self.like(p, 1)[0]), scaled, out=slope[r])
            along += norm(slope[r]) ** 2
            largest = max(largest, self.z[l][r].max().item())
        if along == 0:
            return
        bound = self.widened(largest)
        images, steepest = 0.0, 0.0
        for r in self.chunks:
            g, a = slope[r], self.a[l][r]
            images += norm(g @ w.t()) ** 2
            h, s = self.like(a, 2)
            room = torch.sub(a, torch.clamp_min(self.z[l][r], 0, out=h), out=h)
            room.mul_(torch.sign(g, out=s)).add_(bound).clamp_min_(1e-30)
            steepest = max(steepest, torch.div(torch.abs(g, out=s), room, out=s).max().item())
        tau = power_of_two(max(self.rho * images / along, steepest))
        if tau == math.inf:
            return
        self.coupled[l + 1] = False
        for r in self.chunks:
            a = self.a[l][r]
            h, low = self.like(a, 2)
            torch.clamp_min(self.z[l][r], 0, out=h)
            torch.sub(h, self.epsilon, out=low)
            a.sub_(slope[r], alpha=1 / tau).clamp_(low, h.add_(self.epsilon))
            self.predict(l + 1, r)

    def update_output(self):
        counts = [self.solve(self.z[-1][r], self.y[r], self.p[-1][r]) for r in self.chunks]
        self.coupled[-1] = False
        self.inner.append(sum(counts) / len(counts))

    def newton(self, z, y, m):
        """lib/prox/cross-entropy.ts's `newton`, z in place; its iterations."""
        rho, floor, last = self.rho, ROUNDING * (math.sqrt(len(m)) + self.rho * norm(m)), math.inf
        old, p, gradient, t, step, weights = self.like(z, 6)
        old.copy_(z)
        for iterations in range(self.cap + 1):
            torch.softmax(z, 1, out=p)
            torch.sub(z, m, out=gradient).mul_(rho).add_(p).sub_(y)
            residual = norm(gradient)
            travelled = norm(torch.sub(z, old, out=t)) if iterations else 0.0
            at_rounding = residual <= floor and residual > last / 2
            if residual <= self.tolerance * rho * travelled or at_rounding or iterations == self.cap:
                return iterations
            last = residual
            torch.div(p, torch.add(p, rho, out=t), out=weights)
            torch.div(gradient, t, out=step)
            common = torch.mul(weights, gradient, out=t).sum(1, keepdim=True)
            common /= weights.sum(1, keepdim=True).mul_(rho)
            step.addcmul_(weights, common)
            low, high = torch.aminmax(step, dim=1, keepdim=True)
            beta = high.sub_(low).clamp_min_(1e-6)
            z.sub_(step.mul_(torch.log1p(beta).div_(beta)))

    def fista(self, z, y, m):
        """The same by `fista`."""
        rho, floor = self.rho, ROUNDING * (math.sqrt(m.numel()) + self.rho * norm(m))
        lipschitz = 0.5 + rho
        old, v, x, gradient, d, d_old, t = self.like(z, 7)
        for copy in (old, v, x):
            copy.copy_(z)
        momentum, beta, travelled = 1.0, 0.0, math.inf
        for iterations in range(1, self.cap + 1):
            torch.softmax(v, 1, out=gradient).sub_(y).add_(torch.sub(v, m, out=t), alpha=rho)
            residual = norm(gradient)
            # z becomes the new x, x the old one
            torch.sub(v, gradient, alpha=1 / lipschitz, out=z)
            torch.sub(z, x, out=d)
            if beta > 0:
                aligned = beta * torch.dot(d_old.view(-1), d.view(-1)).item()
                if aligned > 0 and aligned > norm(d) ** 2:
                    momentum = 1.0
            following = (1 + math.sqrt(1 + 4 * momentum * momentum)) / 2
            beta = (momentum - 1) / following
            momentum = following
            torch.add(z, d, alpha=beta, out=v)
            x.copy_(z)
            d, d_old = d_old, d
            if residual <= self.tolerance * rho * travelled:
                travelled = norm(torch.sub(z, old, out=t))
            if residual <= max(self.tolerance * rho * travelled, floor):
                break
        return iterations

    def objective(self):
        """R + sum phi, summed over samples: ours must reach the same."""
        risk = torch.nn.functional.cross_entropy(self.z[-1], self.y, reduction="sum").item()
        return risk + self.rho / 2 * sum(norm(p - z) ** 2 for p, z in zip(self.p, self.z))


CASES = {"dlam": Dlam}
