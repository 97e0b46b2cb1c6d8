"""Which of the CUDA libraries that TensorFlow opens while it runs can be opened from the wheels beside it?

python3 test/engine/cuda-libraries.py <engine folder>

Asks TensorFlow's own loader (tsl::internal::DsoLoader), one process for each library, so that none is found only because another
one was loaded before. Prints a Markdown table.
"""
import ctypes
import os
import subprocess
import sys

# Functions of the loader. The last one opens whatever a GPU device needs before TensorFlow registers it.
NAMES = ["CudaDriver", "CudaRuntime", "Cublas", "CublasLt", "Cudnn", "Cufft", "Cusolver", "Cusparse", "Cupti", "Nccl"]
FUNCTIONS = [f"Get{name}DsoHandle" for name in NAMES] + ["TryDlopenCUDALibraries"]


def mapped():
    """Shared objects in this process."""
    with open("/proc/self/maps") as maps:
        return {line.split()[-1] for line in maps if ".so" in line or ".node" in line}


def probe(folder, name):
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    framework = ctypes.CDLL(os.path.join(folder, "tensorflow", "libtensorflow_framework.so.2"))
    ctypes.CDLL(os.path.join(folder, "tensorflow", "libtensorflow_cc.so.2"))
    before = mapped()
    opener = getattr(framework, f"_ZN3tsl8internal9DsoLoader{len(name)}{name}Ev")
    # absl::Status and absl::StatusOr<void*> come back through a hidden pointer: a status (1 is OK), then the handle.
    result = (ctypes.c_uint64 * 2)()
    opener.restype = None
    opener(ctypes.byref(result))
    print("ok" if result[0] == 1 else "not found")
    opened = (os.path.relpath(path, folder) for path in mapped() - before)
    print(", ".join(sorted(path for path in opened if not path.startswith(".."))))


def main():
    folder = os.path.realpath(sys.argv[1])
    if len(sys.argv) > 2:
        return probe(folder, sys.argv[2])
    print("| TensorFlow's loader | opened | from the engine's folder |\n| --- | --- | --- |")
    for name in FUNCTIONS:
        command = [sys.executable, __file__, folder, name]
        done = subprocess.run(command, capture_output=True, text=True)
        found, files = (done.stdout.split("\n") + ["", ""])[:2] if done.returncode == 0 else ("crashed", done.stderr[-200:])
        print(f"| `{name}` | {found} | {files} |")


main()
