"""NumPy, and SciPy's BLAS and LAPACK, as a peer. For peer.py."""
import os

import numpy
import scipy
import scipy.linalg
from threadpoolctl import ThreadpoolController

import peer_basics
import peer_retrieval
import peer_sgd
import peer_tikhonov

CASES = {**peer_basics.CASES, **peer_tikhonov.CASES, **peer_sgd.CASES, **peer_retrieval.CASES}


class Library:
    def __init__(self, threads):
        self.threads = threads
        self.controller = ThreadpoolController()
        self.controller.limit(limits=threads)

    def describe(self):
        kernels = [
            {"library": os.path.basename(i["filepath"]), **{k: i.get(k) for k in ("version", "architecture", "num_threads")}}
            for i in self.controller.info()
            if i["user_api"] == "blas"
        ]
        return {"libraries": {"NumPy": numpy.__version__, "SciPy": scipy.__version__}, "kernels": kernels}

    def make(self, case, arguments):
        return CASES[case](threads=self.threads, blas=self.controller, **arguments)
