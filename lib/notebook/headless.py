"""Executes one notebook with nbclient and tells the runner (headless.ts) how it goes, as JSON lines on standard output.

The job comes as JSON in the first argument: notebook, output (paths), cwd, kernel (argv, with '{connection_file}').
Standard input is the runner's lifeline: when it closes, the runner is gone, and so are the kernel and this process.
"""

import asyncio
import json
import os
import signal
import sys

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError


class ThisKernel(KernelSpecManager):
    """Knows one kernel: the one of the checkout that runs, whatever is installed."""

    def __init__(self, argv, **options):
        super().__init__(**options)
        self.argv = argv

    def get_kernel_spec(self, kernel_name):
        return KernelSpec(argv=self.argv, display_name="TypeScript (blockwise)", language="typescript")


def tell(event, **content):
    print(json.dumps({"event": event, **content}), flush=True)


def read(path):
    """The notebook, without outputs, each cell with an id that the next run gives it again."""
    with open(path, encoding="utf-8") as file:
        raw = json.load(file)
    for index, cell in enumerate(raw["cells"]):
        cell.setdefault("id", f"cell-{index}")
        cell.get("metadata", {}).pop("execution", None)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    raw["nbformat"], raw["nbformat_minor"] = 4, 5
    return nbformat.reads(json.dumps(raw), as_version=4)


def write(notebook, path, root):
    """Deterministic: neighbouring pieces of one stream, which timing cuts anywhere, become one, and paths below root are told from there."""
    for cell in notebook.cells:
        outputs = []
        for output in cell.get("outputs", []):
            last = outputs[-1] if outputs else None
            if last and output.output_type == last.output_type == "stream" and output.name == last.name:
                last.text += output.text
            else:
                outputs.append(output)
        if cell.cell_type == "code":
            cell.outputs = outputs
    below = json.dumps(os.path.join(root, ""), ensure_ascii=False)[1:-1]  # as it stands within a JSON string
    temporary = f"{path}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(nbformat.writes(notebook).replace(below, "") + "\n")
    os.replace(temporary, path)


class Run:
    def __init__(self, job):
        self.job = job
        self.notebook = read(job["notebook"])
        self.manager = AsyncKernelManager(
            kernel_name="blockwise", kernel_spec_manager=ThisKernel(job["kernel"]), shutdown_wait_time=5
        )
        self.client = NotebookClient(
            self.notebook,
            km=self.manager,
            kernel_name="blockwise",
            timeout=None,
            # a long output may arrive well after the reply
            iopub_timeout=60,
            startup_timeout=120,
            record_timing=False,
        )
        self.cell = 0
        self._process = None

    @property
    def process(self):
        """The kernel's process, from the moment it is started; kept after nbclient forgets it."""
        if self._process is None and self.manager.provisioner is not None:
            self._process = self.manager.provisioner.process
        return self._process

    async def execute(self):
        job = self.job
        # the kernel's own standard output must not mix with the JSON lines
        await self.client.async_start_new_kernel(cwd=job["cwd"], stdout=sys.stderr)
        tell("kernel", pid=self.process.pid)
        await self.client.async_start_new_kernel_client()
        code = [
            (index, cell)
            for index, cell in enumerate(self.notebook.cells)
            if cell.cell_type == "code" and cell.source.strip()
        ]
        for number, (index, cell) in enumerate(code, start=1):
            self.cell = number
            tell("cell", cell=number, cells=len(code))
            await self.client.async_execute_cell(cell, index, execution_count=number)

    def death(self):
        """How the kernel ended, or None while it lives."""
        code = self.process.poll() if self.process else None
        if code is None:
            return None
        return {"signal": signal.Signals(-code).name} if code < 0 else {"code": code}

    async def outcome(self):
        try:
            await self.execute()
            write(self.notebook, self.job["output"], self.job["cwd"])
            return {"event": "done"}
        except CellExecutionError as error:
            write(self.notebook, self.job["output"], self.job["cwd"])
            trace = [o.traceback for c in self.notebook.cells for o in c.get("outputs", []) if o.output_type == "error"]
            return {
                "event": "error",
                "cell": self.cell,
                "ename": error.ename,
                "evalue": error.evalue,
                "traceback": trace[-1] if trace else [],
            }
        except (DeadKernelError, RuntimeError):
            if self.process and self.death() is None:
                await asyncio.sleep(0.2)
            if not self.death():
                raise
            write(self.notebook, self.job["output"], self.job["cwd"])
            return {"event": "died", "cell": self.cell, **self.death()}

    async def end(self, gently):
        if self.process is None:
            return
        if gently and self.process.poll() is None:
            try:
                await self.manager.shutdown_kernel()
            except RuntimeError:
                pass  # it ended by itself
        # whatever is left of its process group
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        if self.client.kc is not None:
            self.client.kc.stop_channels()
        await self.manager.cleanup_resources()


async def main(job):
    run = Run(job)
    work = asyncio.ensure_future(run.outcome())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)

    def lifeline():
        if not os.read(0, 1024):
            loop.remove_reader(0)
            work.cancel()

    loop.add_reader(0, lifeline)
    outcome = None
    try:
        outcome = await work
    except asyncio.CancelledError:
        pass
    finally:
        await run.end(gently=outcome is not None)
    if outcome is None:
        sys.exit(1)
    tell(**outcome)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
