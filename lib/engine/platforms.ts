/**
 * Where the engine can be set up, as data. Linux on x64 is the tested platform; for the others the table names the route that their
 * maintainers offer. Also which engine suits this machine: CUDA where `nvidia-smi` shows a GPU, the CPU elsewhere.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { SetupError } from './setup-error'

export type EngineKind = 'cpu' | 'cuda'

export const ENGINE_KINDS: readonly EngineKind[] = ['cpu', 'cuda']

/** How pip is told which wheels to take: tags of https://packaging.python.org/specifications/platform-compatibility-tags. */
export interface WheelTags {
  readonly platforms: readonly string[]
  readonly python: string
  readonly abi: string
}

interface Platform {
  /** As Node names it: process.platform and process.arch. */
  readonly id: string
  readonly name: string
  /** Absent where the suite does not bring the engine. */
  readonly wheels?: WheelTags
  /** What to do instead. */
  readonly route?: string
}

const CONTAINER =
  'run the suite in a Linux x64 container or virtual machine (glibc 2.27 or newer, e.g. node:22-bookworm)'
const OWN_BUILD =
  "or build TensorFlow's C library and the binding by https://www.tensorflow.org/install/source and https://github.com/tensorflow/tfjs/tree/master/tfjs-node#optional-build-optimal-tensorflow-from-source"

const PLATFORMS: readonly Platform[] = [
  {
    id: 'linux-x64',
    name: 'Linux x64',
    wheels: {
      // pip takes each tag literally: TensorFlow's wheel is for glibc 2.27, NVIDIA's are for several older ones.
      platforms: ['manylinux_2_27_x86_64', 'manylinux_2_25_x86_64', 'manylinux2014_x86_64', 'manylinux2010_x86_64'],
      python: '3.11',
      abi: 'cp311',
    },
  },
  { id: 'linux-arm64', name: 'Linux arm64', route: `${CONTAINER}, ${OWN_BUILD}` },
  { id: 'darwin-arm64', name: 'macOS on Apple silicon', route: `${CONTAINER}, ${OWN_BUILD}` },
  { id: 'darwin-x64', name: 'macOS on Intel', route: `${CONTAINER}, ${OWN_BUILD}` },
  {
    id: 'win32-x64',
    name: 'Windows x64',
    route:
      'use WSL2 (https://learn.microsoft.com/windows/wsl/install), where this suite is on Linux; TensorFlow offers GPUs on Windows only there too (https://www.tensorflow.org/install/pip#windows-wsl2)',
  },
]

/**
 * The tags of the wheels for this machine.
 * @throws SetupError naming the way out on a platform that the suite has no engine for, on a Linux without glibc, and on a processor
 *   without AVX, on which TensorFlow's wheels abort
 */
export function wheelTags(id = `${process.platform}-${process.arch}`): WheelTags {
  const platform = PLATFORMS.find((p) => p.id === id)
  if (!platform?.wheels) {
    const tested = PLATFORMS.filter((p) => p.wheels).map((p) => p.name)
    throw new SetupError(
      `the engine is not available for ${platform?.name ?? id}: it is set up on ${tested.join(', ')} only`,
      platform?.route ?? `${CONTAINER}, ${OWN_BUILD}`,
    )
  }
  if (isMusl())
    throw new SetupError(
      'TensorFlow needs the GNU C library (glibc 2.27 or newer), and this Linux has another one (musl, e.g. Alpine)',
      'use a Debian, Ubuntu or Fedora system or image, e.g. node:22-bookworm',
    )
  if (!hasAvx())
    throw new SetupError(
      "TensorFlow's wheels need a processor with AVX, which this one does not offer",
      'use another machine, or let the virtual machine pass the processor through (e.g. -cpu host)',
    )
  return platform.wheels
}

/** Names of the NVIDIA GPUs that the driver shows, in the order of CUDA_DEVICE_ORDER=PCI_BUS_ID; empty without a driver. */
export function gpuNames(): string[] {
  try {
    const shown = execFileSync('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 20_000,
    })
    return shown.split('\n').filter((line) => line.trim() !== '')
  } catch {
    return []
  }
}

/**
 * The engine that was asked for (the argument, else BLOCKWISE_ENGINE), else the one that suits the machine.
 * @throws SetupError for a name that is no engine
 */
export function chooseEngine(asked: string | undefined = process.env.BLOCKWISE_ENGINE): EngineKind {
  if (asked) {
    const kind = ENGINE_KINDS.find((k) => k === asked)
    if (kind) return kind
    throw new SetupError(
      `'${asked}' is no engine; expected ${ENGINE_KINDS.join(' or ')}`,
      'name one of them, or unset BLOCKWISE_ENGINE',
    )
  }
  return gpuNames().length > 0 ? 'cuda' : 'cpu'
}

function isMusl(): boolean {
  const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }
  return report.header.glibcVersionRuntime === undefined
}

function hasAvx(): boolean {
  try {
    return /^flags\s*:.*\bavx\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))
  } catch {
    return true // nothing to read it from: TensorFlow itself will say so
  }
}
