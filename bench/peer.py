"""The bench's peer: a library (peer_numpy.py or peer_torch.py) in a long-lived process, timed one repetition per request.

Requests and answers are JSON lines on stdin and stdout:
    {"do": "hello"}                                     -> {"python", "libraries": {name: version}, "kernels": [...]}
    {"do": "prepare", "case": NAME, "arguments": {...}} -> {"way": the fastest, "seconds": {way: seconds}}
    {"do": "time", "repeat": R}                         -> {"seconds": per repetition of the fastest way}
    {"do": "time", "repeat": R, "what": METHOD}         -> the same for another method of the case
    {"do": "ask", "what": METHOD, "arguments": {...}}   -> {"answer": ...}
A case is a class whose `ways()` gives every sensible way to write the operation in the library; `prepare` tries them all
and keeps the fastest, so that ours is measured against the peer at its best. An error is answered as {"error": traceback}.

Usage: python peer.py numpy|torch THREADS
"""
import gc
import importlib
import json
import os
import platform
import sys
import time
import traceback


class Session:
    def __init__(self, library):
        self.library = library
        self.case = None
        self.way = None

    def hello(self):
        return {"python": platform.python_version(), **self.library.describe()}

    def prepare(self, case, arguments):
        self.case = self.way = None
        gc.collect()
        self.case = self.library.make(case, arguments)
        ways = self.case.ways()
        if len(ways) == 1:  # nothing to choose, and it may take a minute
            (best,) = ways
            self.way = ways[best]
            return {"way": best, "seconds": {}}
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

    def ask(self, what, arguments):
        return {"answer": getattr(self.case, what)(**arguments)}


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
    name, threads = sys.argv[1:]
    library = importlib.import_module(f"peer_{name}")  # each has its own environment, without the other's packages
    session = Session(library.Library(int(threads)))
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
