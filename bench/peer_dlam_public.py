"""A rendering of the authors' public loop for DLAM: github.com/xianggebenben/mDLAM at commit
d131ff569e87a3a50304181a7edfddce94bb4253, file mDLAM.py, to whose lines the comments refer. Written anew, the same tensor
operations in the same order, so that it costs what theirs costs: no in-place work, the objective formed anew at
every comparison, trial points by loops. For three layers, as there; columns are samples.

Settings: rho and epsilon of our row, epsilon held fixed (theirs is halved to .001, l. 369), mu = 0 (l. 258: .05), since ours has
no Omega; its terms are computed all the same. Our starting weights, which are N(0, .1^2) as theirs (l. 37-72). What the loop
only prints (gaps, accuracies, the objective at its end: l. 300, 326, 351-369) is left out.

Kept as it is there: momentum has the factor -1 and is applied to a difference that is 0 (l. 273-275: t_old stays 0 and the old value is
overwritten first); b_2 is moved only if its extrapolation is worse (l. 306-311), b_3 twice (l. 342); the checks of a_2, b_3 and
z_3 compare with other old blocks than their own (l. 322, 337, 346).
"""
import math

import torch

SLACK = 1e-9  # l. 156, 190
MOST_DOUBLINGS = 10  # l. 140, 205
FISTA_CAP, FISTA_TOLERANCE, FISTA_STEP = 500, 1e-4, 4  # l. 167, 171, 172
EXPONENT_LIMIT = 88.6  # l. 22


def softmax(z):  # l. 18-23
    powers = torch.exp(z)
    overflown = torch.eq(powers, float("inf"))
    largest = torch.exp(torch.tensor(EXPONENT_LIMIT)) * torch.ones(size=powers.size())
    powers = torch.where(overflown, largest, powers)
    return powers / (torch.sum(powers, dim=0) + 1e-10)


def risk(y, z):  # l. 26-34
    return -torch.sum(y * torch.log(softmax(z) + 1e-10))


class PublicDlam:
    """Folder as for peer_dlam.Dlam."""

    def __init__(self, folder, rows, widths, rho, epsilon, mu, warmUp):
        read = lambda name, *shape: torch.from_file(f"{folder}/{name}.f32", size=math.prod(shape)).clone().view(shape)
        self.rho, self.epsilon, self.mu = rho, epsilon, mu
        # x, y are views of [N, features] and [N, classes] (l. 237, 238)
        self.x, self.y = read("x", rows, widths[0]).t(), read("y", rows, widths[-1]).t()
        self.v = v = {}
        below = self.x
        for l in (1, 2, 3):
            v[f"w{l}"], v[f"b{l}"] = read(f"w{l}", widths[l], widths[l - 1]), read(f"b{l}", widths[l], 1)
            v[f"z{l}"] = torch.matmul(v[f"w{l}"], below) + v[f"b{l}"]
            if l < 3:
                below = v[f"a{l}"] = torch.relu(v[f"z{l}"])
        v["z3"] = torch.ones(self.y.shape)  # l. 70-72
        v["z3"][self.y == 0] = -1
        v["z3"][self.y == 1] = 1
        self.t_old = 0
        self.inner = []
        for _ in range(warmUp):
            self.iteration()
        self.inner.clear()

    def ways(self):
        return {"as published": self.iteration}

    def inner_iterations(self):
        return sum(self.inner) / len(self.inner)

    # phi, its gradients and its quadratic models: l. 77-126

    def phi(self, a, w, b, z):
        e = z - torch.matmul(w, a) - b
        return self.rho / 2 * torch.sum(e * e) + self.mu / 2 * torch.norm(w) * torch.norm(w)

    def phi_by_a(self, a, w, b, z):
        return self.rho * torch.matmul(torch.transpose(w, 0, 1), torch.matmul(w, a) + b - z)

    def phi_by_w(self, a, w, b, z):
        return self.rho * torch.matmul(torch.matmul(w, a) + b - z, a.T) + self.mu * w

    def phi_by_b(self, a, w, b, z):
        return torch.mean(self.rho * (torch.matmul(w, a) + b - z), dim=1).reshape(-1, 1)

    def phi_by_z(self, a, w, b, z):
        return self.rho * (z - b - torch.matmul(w, a))

    def omega(self, w):
        return self.mu / 2 * torch.norm(w) * torch.norm(w)

    def model_w(self, new, theta, a, w, b, z):
        d = new - w
        slope = torch.sum(self.phi_by_w(a, w, b, z) * d)
        return self.phi(a, w, b, z) + self.omega(new) + slope + torch.sum(theta * d * d) / 2

    def model_a(self, new, tau, a, w, b, z):
        d = new - a
        return self.phi(a, w, b, z) + torch.sum(self.phi_by_a(a, w, b, z) * d) + torch.sum(tau * d * d) / 2

    # The blocks: l. 129-210

    def update_w(self, a, b, z, old):
        gradient = self.phi_by_w(a, old, b, z)
        theta, doublings = 1, 0
        new = old - gradient / theta
        while self.phi(a, new, b, z) + self.omega(new) > self.model_w(new, theta, a, old, b, z):
            theta *= 2
            new = old - gradient / theta
            doublings += 1
            if doublings > MOST_DOUBLINGS:
                return old
        return new

    def update_b(self, a, w, z, old):
        return old - self.phi_by_b(a, w, old, z) / self.rho

    def update_z(self, a_below, w, b, a, old):
        gradient = self.phi_by_z(a_below, w, b, old)
        bounded = a - self.epsilon >= SLACK
        z = torch.minimum(old - gradient / self.rho, a + self.epsilon - SLACK)
        z[bounded] = torch.maximum(z[bounded], a[bounded] - self.epsilon + SLACK)
        return z

    def update_output(self, a, w, b, old):
        rho, step = self.rho, FISTA_STEP
        gradient = self.phi_by_z(a, w, b, old)
        value, momentum = 1e11, 1.0
        z = point = old
        iterations = 0
        while iterations < FISTA_CAP:
            value_old = value
            d = z - (old - gradient / rho)
            value = risk(self.y, z) + rho / 2 * torch.sum(d * d)
            if abs(value - value_old) < FISTA_TOLERANCE:
                break
            momentum_old = momentum
            momentum = (1 + math.sqrt(1 + 4 * momentum * momentum)) / 2
            gamma = (1 - momentum_old) / momentum
            by_risk = softmax(z) - self.y
            point_old = point
            point = (rho * (old - gradient / rho) + (z - step * by_risk) / step) / (rho + 1 / step)
            z = (1 - gamma) * point + gamma * point_old
            iterations += 1
        self.inner.append(iterations)
        return z

    def update_a(self, w, b, z_above, z, old):
        centre = torch.relu(z)
        gradient = self.phi_by_a(old, w, b, z_above)
        high, low = centre + self.epsilon, centre - self.epsilon
        inside = lambda a: torch.maximum(torch.minimum(a, high - SLACK), low + SLACK)
        tau, doublings = 1, 0
        new = inside(old - gradient / tau)
        while self.phi(new, w, b, z_above) > self.model_a(new, tau, old, w, b, z_above):
            tau *= 2
            new = inside(old - gradient / tau)
            doublings += 1
            if doublings > MOST_DOUBLINGS:
                return old
        return new

    # The loop: l. 227-235, 271-350

    def objective(self, **instead):
        """With some variables replaced by others."""
        v = {**self.v, **instead}
        total = risk(self.y, v["z3"])
        total = total + self.phi(self.x, v["w1"], v["b1"], v["z1"])
        total = total + self.phi(v["a1"], v["w2"], v["b2"], v["z2"]) + self.phi(v["a2"], v["w3"], v["b3"], v["z3"])
        return total + self.omega(v["w1"]) + self.omega(v["w2"]) + self.omega(v["w3"])

    def block(self, name, update, compared=None, at_once=True):
        """Extrapolates, updates, and updates from the old value instead where the objective is larger than with the old blocks
        `compared`, itself by default; `at_once` false: only then. Returns the old value."""
        v, old = self.v, self.v[name]
        v[name] = old + (self.t_old - 1) / self.t * (old - old)
        if at_once:
            v[name] = update(v[name])
        if self.objective() > self.objective(**(compared or {name: old})):
            v[name] = update(old)
        return old

    def iteration(self):
        v, x = self.v, self.x
        self.t = (1 + math.sqrt(1 + 4 * self.t_old * self.t_old)) / 2
        self.block("w1", lambda w: self.update_w(x, v["b1"], v["z1"], w))
        self.block("b1", lambda b: self.update_b(x, v["w1"], v["z1"], b))
        self.block("z1", lambda z: self.update_z(x, v["w1"], v["b1"], v["a1"], z))
        a1 = self.block("a1", lambda a: self.update_a(v["w2"], v["b2"], v["z2"], v["z1"], a))
        self.block("w2", lambda w: self.update_w(v["a1"], v["b2"], v["z2"], w))
        self.block("b2", lambda b: self.update_b(v["a1"], v["w2"], v["z2"], b), at_once=False)
        self.block("z2", lambda z: self.update_z(v["a1"], v["w2"], v["b2"], v["a2"], z))
        self.block("a2", lambda a: self.update_a(v["w3"], v["b3"], v["z3"], v["z2"], a), {"a1": a1, "a2": v["a2"]})
        w3 = self.block("w3", lambda w: self.update_w(v["a2"], v["b3"], v["z3"], w))
        self.block("b3", lambda b: self.update_b(v["a2"], v["w3"], v["z3"], b), {"w3": w3})
        v["b3"] = self.update_b(v["a2"], v["w3"], v["z3"], v["b3"])
        self.block("z3", lambda z: self.update_output(v["a2"], v["w3"], v["b3"], z), {"w3": w3})


CASES = {"dlam-public": PublicDlam}
