/** Registers the kernel with the Jupyter of a virtual environment, where JupyterLab and VS Code find it. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import writeFileAtomic from 'write-file-atomic'

export const kernelName = 'blockwise'

/** Writes <venv>/share/jupyter/kernels/blockwise/kernel.json, whole or not at all. Paths are this checkout's and this Node's. */
export function installKernelspec(venv: string): void {
  const folder = path.join(venv, 'share', 'jupyter', 'kernels', kernelName)
  mkdirSync(folder, { recursive: true })
  writeFileAtomic.sync(path.join(folder, 'kernel.json'), kernelspec())
}

/** Content of kernel.json, for comparing with what is installed. */
export function kernelspec(): string {
  const spec = {
    argv: [process.execPath, path.join(__dirname, 'kernel.js'), '{connection_file}'],
    display_name: 'TypeScript (blockwise)',
    language: 'typescript',
    interrupt_mode: 'signal',
  }
  return `${JSON.stringify(spec, null, 2)}\n`
}
