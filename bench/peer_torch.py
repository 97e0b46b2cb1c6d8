"""PyTorch on the CPU as a peer, without autograd. For peer.py."""
import re

import torch

import peer_dlam
import peer_dlam_public
import peer_proximal

CASES = {**peer_dlam.CASES, **peer_dlam_public.CASES, **peer_proximal.CASES}


class Library:
    def __init__(self, threads):
        torch.set_num_threads(threads)  # MKL's as well
        torch.set_grad_enabled(False)

    def describe(self):
        mkl = re.search(r"Math Kernel Library Version (\S+?)-", torch.__config__.show())
        kernel = {
            "library": "MKL" if mkl else "BLAS",
            "version": mkl.group(1) if mkl else "of the wheel",
            "architecture": torch.backends.cpu.get_cpu_capability(),
            "num_threads": torch.get_num_threads(),
        }
        return {"libraries": {"PyTorch": torch.__version__}, "kernels": [kernel]}

    def make(self, case, arguments):
        return CASES[case](**arguments)
