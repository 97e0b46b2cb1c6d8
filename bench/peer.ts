/** The Python peer as a child process: one JSON line per request, one per answer (bench/peer.py says which). */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Library } from './case-names'

export interface PeerDescription {
  readonly python: string
  /** Version of each. */
  readonly libraries: Readonly<Record<string, string>>
  /** The kernels that each BLAS library chose for this processor, and its threads. */
  readonly kernels: readonly {
    readonly library: string
    readonly version: string
    readonly architecture: string
    readonly num_threads: number
  }[]
}

export class Peer {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #answers: AsyncIterator<string>
  #complaint = ''

  /** @param python interpreter of the library's environment */
  constructor(python: string, library: Library, threads: number) {
    this.#child = spawn(python, [join(__dirname, '..', 'peer.py'), library, String(threads)], {
      env: peerEnvironment(threads),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-4000)
    })
    this.#child.stdin.on('error', () => {}) // a peer that died is reported by the answer that does not come
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  describe(): Promise<PeerDescription> {
    return this.#request({ do: 'hello' })
  }

  /** Sets a case up; the peer tries all its ways of writing it and keeps the fastest. Resolves to that way's name. */
  async prepare(name: string, parameters: object): Promise<string> {
    return (await this.#request<{ way: string }>({ do: 'prepare', case: name, arguments: parameters })).way
  }

  /** Seconds per repetition of the prepared case, or of another of its methods. */
  async time(repeat: number, what?: string): Promise<number> {
    return (await this.#request<{ seconds: number }>({ do: 'time', repeat, what: what ?? null })).seconds
  }

  /** What another method of the prepared case answers. */
  async ask(what: string, parameters: object = {}): Promise<number> {
    return (await this.#request<{ answer: number }>({ do: 'ask', what, arguments: parameters })).answer
  }

  stop(): void {
    this.#child.kill()
  }

  async #request<T>(request: object): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#answers.next()
    if (done)
      throw new Error(`the Python peer ended while it was asked ${JSON.stringify(request)}:\n${this.#complaint}`)
    const answer = JSON.parse(value) as T & { error?: string }
    if (answer.error) throw new Error(`the Python peer failed at ${JSON.stringify(request)}:\n${answer.error}`)
    return answer
  }
}

/** Ours without what would keep OpenBLAS from its best kernels, and with as many threads for every library. */
function peerEnvironment(count: number): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _, ...environment } = process.env
  const threads = String(count)
  return {
    ...environment,
    OPENBLAS_NUM_THREADS: threads,
    MKL_NUM_THREADS: threads,
    OMP_NUM_THREADS: threads,
    PYTHONDONTWRITEBYTECODE: '1',
  }
}
