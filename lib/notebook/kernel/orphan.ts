/**
 * Ends this process when the one that started it is gone: a front end that was killed cannot tell its kernels to stop. A thread watches,
 * so that it works while the event loop is busy.
 */
import { Worker } from 'node:worker_threads'

const watcher = `
const { workerData } = require('node:worker_threads')
setInterval(() => { if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL') }, 500)`

/** Jupyter sets JPY_PARENT_PID for kernels that are not to outlive it. */
export function endWithParent(): void {
  const parent = Number(process.env.JPY_PARENT_PID)
  if (!parent) return
  // 1 adopted us already: the parent died before this line
  if (process.ppid === 1 && parent !== 1) process.exit(1)
  new Worker(watcher, { eval: true, workerData: process.ppid }).unref()
}
