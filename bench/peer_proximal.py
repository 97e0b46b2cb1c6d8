"""A rendering of the public implementation of three-splitting proximal BCD: github.com/timlautk/BCD-for-DNNs-PyTorch at commit
1b9023eedb05bde798b8af630865bd97f34bde3f. bcd_dnn_mlp_mnist.ipynb (three hidden layers; "cell c, l. n" below is line n of code
cell c, all cells counted from 0) and bcd_dnn_mlp_mnist_deep_output.ipynb (ten; "deep") do the same to a layer. Written anew, the
same tensor operations in the same order, so that it costs what theirs costs: explicit inverses, biases repeated to all samples,
the prox by three masks, b with the old W, all samples at once. Left out: the predictions, losses and accuracies at an epoch's
end (cell 16, l. 42-75; deep: cell 24, l. 45-109). Their settings: gamma = rho = 1, alpha = 5 (cell 9, l. 26-35), deep 1 (deep: cell 16).

Columns are samples: x [d_0, N], u[l] and v[l] [d_l, N], l = 1 .. L; v[0] = x.
"""
import math

import torch


class Proximal:
    """Folder: x.f32 [rows, widths[0]], y.f32 [rows, widths[-1]], w1.f32 [d_1, d_0], b1.f32 [d_1], ..."""

    def __init__(self, folder, rows, widths, gamma, rho, alpha):
        self.given = {"folder": folder, "rows": rows, "widths": widths, "gamma": gamma, "rho": rho, "alpha": alpha}
        self.folder, self.rows, self.gamma, self.rho, self.alpha = folder, rows, gamma, rho, alpha
        self.y = self.read("y", rows, widths[-1]).t()  # cell 6, l. 14
        self.w, self.b, self.u, self.v = {}, {}, {}, {0: self.read("x", rows, widths[0]).t()}  # cell 6, l. 12
        self.last = len(widths) - 1
        for l in range(1, self.last + 1):  # cell 9, l. 8-24
            self.w[l], self.b[l] = self.read(f"w{l}", widths[l], widths[l - 1]), self.read(f"b{l}", widths[l], 1)
            self.u[l] = self.prediction(l)
            self.v[l] = torch.relu(self.u[l]) if l < self.last else self.u[l]

    def read(self, name, *shape):
        return torch.from_file(f"{self.folder}/{name}.f32", size=math.prod(shape)).clone().view(shape)

    def ways(self):
        return {"as published": self.epoch}

    def prediction(self, l):
        return torch.addmm(self.b[l].repeat(1, self.rows), self.w[l], self.v[l - 1])

    def epoch(self):  # cell 16, l. 6-40; deep: cell 24, l. 6-43 with cell 18
        gamma, rho, alpha, u, v, last = self.gamma, self.rho, self.alpha, self.u, self.v, self.last
        v[last] = (self.y + gamma * u[last] + alpha * v[last]) / (1 + gamma + alpha)
        predicted = torch.mm(self.w[last], v[last - 1]) + self.b[last].repeat(1, self.rows)
        u[last] = (gamma * v[last] + rho * predicted) / (gamma + rho)
        self.update_weights(last)
        for l in range(last - 1, 0, -1):
            self.update_v(l)
            centre = (rho * self.prediction(l) + alpha * u[l]) / (rho + alpha)
            u[l] = self.relu_prox(v[l], centre, (rho + alpha) / gamma)
            self.update_weights(l)

    def update_v(self, l):  # cell 11
        w, b, u, gamma, rho = self.w[l + 1], self.b[l + 1], self.u[l + 1], self.gamma, self.rho
        identity = torch.eye(w.size(1))
        activated = torch.relu(self.u[l])
        inverse = torch.inverse(rho * torch.mm(torch.t(w), w) + gamma * identity)
        self.v[l] = torch.mm(inverse, rho * torch.mm(torch.t(w), u - b.repeat(1, self.rows)) + gamma * activated)

    def update_weights(self, l):  # cell 12
        w, b, u, v, rho, alpha = self.w[l], self.b[l], self.u[l], self.v[l - 1], self.rho, self.alpha
        identity = torch.eye(v.size(0))
        right = alpha * w + rho * torch.mm(u - b.repeat(1, self.rows), torch.t(v))
        self.w[l] = torch.mm(right, torch.inverse(alpha * identity + rho * torch.mm(v, torch.t(v))))
        residual = torch.sum(u - torch.mm(w, v), dim=1).reshape(b.size())
        self.b[l] = (alpha * b + rho * residual) / (rho * self.rows + alpha)

    def relu_prox(self, a, b, gamma):  # cell 14
        threshold = gamma - math.sqrt(gamma * (gamma + 1))
        value = torch.empty(*a.size())
        both = (a + gamma * b) / (1 + gamma)
        negative = torch.min(b, torch.zeros(*a.size()))
        value = torch.where(a + gamma * b < 0, negative, torch.zeros(*a.size()))
        value = torch.where(
            ((a + gamma * b >= 0) & (b >= 0)) | ((a * threshold <= gamma * b) & (b < 0)), both, value
        )
        return torch.where((-a <= gamma * b) & (gamma * b <= a * threshold), b, value)

    def difference(self, epochs):
        """After so many epochs from the start: the largest difference of a block to that of the folder, u1_after.f32 [N, d_1],
        v1_after.f32, w1_after.f32, b1_after.f32, ..., relative to the block's norm."""
        fresh = Proximal(**self.given)
        for _ in range(epochs):
            fresh.epoch()
        worst = 0.0
        for l in range(1, fresh.last + 1):
            for name, own in (("u", fresh.u[l].t()), ("v", fresh.v[l].t()), ("w", fresh.w[l]), ("b", fresh.b[l])):
                other = self.read(f"{name}{l}_after", *own.size())
                worst = max(worst, (torch.dist(own, other) / torch.linalg.vector_norm(other)).item())
        return worst


CASES = {"proximal": Proximal}
