"""A Jupyter client of the kernel, for interrupt.test.ts: kernel.js, root. Prints one JSON object with what the kernel answered."""

import json
import os
import sys
import time

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

node, kernel, root = sys.argv[1:]
os.environ["BLOCKWISE_ROOT"] = root


class ThisKernel(KernelSpecManager):
    def get_kernel_spec(self, kernel_name):
        return KernelSpec(argv=[node, kernel, "{connection_file}"], language="typescript")


manager = KernelManager(kernel_name="blockwise", kernel_spec_manager=ThisKernel())
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)


def reply(message_id):
    while True:
        message = client.get_shell_msg(timeout=20)
        if message["parent_header"]["msg_id"] == message_id:
            return {key: message["content"].get(key) for key in ("status", "ename", "evalue")}


def interrupted(code):
    message_id = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=20)
        if message["msg_type"] == "stream" and "begun" in message["content"]["text"]:
            break
        if message["msg_type"] == "execute_input" and "while (true)" in message["content"]["code"]:
            time.sleep(0.3)  # a busy loop prints nothing before it ends
            break
    began = time.monotonic()
    manager.interrupt_kernel()
    answer = reply(message_id)
    answer["seconds"] = time.monotonic() - began
    return answer


answers = {}
loop = """
import { Interrupted, interruptRequested } from 'blockwise/dist/interruption'
console.log('begun')
let rounds = 0
while (!interruptRequested()) { rounds++; await new Promise(resolve => setTimeout(resolve, 20)) }
throw new Interrupted()
"""
answers["loop"] = interrupted(loop)
answers["deaf"] = interrupted("console.log('begun'); await new Promise(() => {})")
answers["busy"] = interrupted("let n = 0; while (true) { n++ }")
answers["after"] = reply(client.execute("1 + 1"))
ids = [client.execute(code) for code in ("1", "throw new Error('second')", "3")]
answers["all"] = [reply(message_id)["status"] for message_id in ids]
time.sleep(0.3)
answers["later"] = reply(client.execute("4"))
client.comm_info()
answers["comms"] = client.get_shell_msg(timeout=20)["msg_type"]
client.complete("Math.ma", 7)
answers["matches"] = client.get_shell_msg(timeout=20)["content"]["matches"][:1]
manager.shutdown_kernel()
client.stop_channels()
print(json.dumps(answers))
