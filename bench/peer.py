"""The bench's peer: NumPy (and SciPy's BLAS and LAPACK) in a long-lived process, timed one repetition per request.

Requests and answers are JSON lines on stdin and stdout:
    {"do": "hello"}                                     -> {"python", "numpy", "scipy", "blas": [...]}
    {"do": "prepare", "case": NAME, "arguments": {...}} -> {"way": the fastest, "seconds": {way: seconds}}
    {"do": "time", "repeat": R}                         -> {"seconds": per repetition of the fastest way}
    {"do": "time", "repeat": R, "what": METHOD}         -> the same for another method of the case
    {"do": "ask", "what": METHOD}                       -> {"answer": ...}
A case is a class whose `ways()` gives every sensible way to write the operation in NumPy; `prepare` tries them all and
keeps the fastest, so that ours is measured against the peer at its best. An error is answered as {"error": traceback}.

Usage: python peer.py THREADS
"""
import gc
import json
import os
import platform
import sys
import time
import traceback

import numpy
import scipy
import scipy.linalg
from threadpoolctl import ThreadpoolController

import peer_basics
import peer_sgd
import peer_tikhonov

CASES = {**peer_basics.CASES, **peer_tikhonov.CASES, **peer_sgd.CASES}


class Session:
    def __init__(self, threads):
        self.threads = threads
        self.controller = ThreadpoolController()
        self.controller.limit(limits=threads)
        self.case = None
        self.way = None

    def hello(self):
        kernels = [
            {"library": os.path.basename(i["filepath"]), **{k: i.get(k) for k in ("version", "architecture", "num_threads")}}
            for i in self.controller.info()
            if i["user_api"] == "blas"
        ]
        versions = {"python": platform.python_version(), "numpy": numpy.__version__, "scipy": scipy.__version__}
        return {**versions, "blas": kernels}

    def prepare(self, case, arguments):
        self.case = None
        gc.collect()
        self.case = CASES[case](threads=self.threads, blas=self.controller, **arguments)
        ways = self.case.ways()
        seconds = {}
        for name, way in ways.items():
            way()  # warm-up
            tries = [clock(way) for _ in range(3 if clock(way) < 0.5 else 1)]
            seconds[name] = min(tries)
        best = min(seconds, key=seconds.get)
        self.way = ways[best]
        self.way()  # leaves the case set up for the fastest way
        return {"way": best, "seconds": seconds}

    def time(self, repeat, what=None):
        return {"seconds": clock(getattr(self.case, what) if what else self.way, repeat)}

    def ask(self, what):
        return {"answer": getattr(self.case, what)()}


def clock(action, repeat=1):
    gc.disable()
    start = time.perf_counter()
    for _ in range(repeat):
        action()
    seconds = time.perf_counter() - start
    gc.enable()
    return seconds / repeat


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever prints goes to stderr: stdout carries answers alone
    session = Session(int(sys.argv[1]))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(session, request.pop("do"))(**request)
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
