/** Loading and describing the installed engine, each time in a process of its own. */
import { mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineDescription } from 'blockwise/dist/engine/describe'
import { chooseEngine, wheelTags } from 'blockwise/dist/engine/platforms'
import { tfjsNodeFolder } from 'blockwise/dist/engine/recipe'
import { expect } from 'chai'
import { execa } from 'execa'
import { repository } from './tiny'

const engine = join(repository, 'lib', 'dist', 'engine')
const describeIt = `console.log(JSON.stringify(require(${JSON.stringify(join(engine, 'describe.js'))}).describeEngine()))`
const link = join(tfjsNodeFolder(), 'lib', 'napi-v8', 'tfjs_binding.node')

const node = (script: string, env: Record<string, string | undefined> = {}, ...before: string[]) => {
  const [program, ...args] = [...before, process.execPath, '-e', script]
  return execa(program!, args, { env, reject: false })
}

describe('engine/load', function () {
  this.timeout(60_000)

  it('loads TensorFlow without a word on stderr, and with all of them when asked', async () => {
    const quiet = await node(describeIt, { TF_CPP_MIN_LOG_LEVEL: undefined })
    expect(quiet).to.include({ stderr: '', exitCode: 0 })
    const loud = await node(describeIt, { TF_CPP_MIN_LOG_LEVEL: '0' })
    expect(loud.stderr).to.contain('oneDNN custom operations are on')
  })

  it('describes what computes', async () => {
    const found = JSON.parse(
      (await node(describeIt, { TF_NUM_INTRAOP_THREADS: undefined })).stdout,
    ) as EngineDescription
    expect(found.tensorflow).to.equal('2.21.0')
    expect(found.tfjs).to.equal('4.22.0')
    expect(found.device).to.match(/^(cpu|gpu: .+)$/)
    expect(found.processor).to.not.equal('')
    expect(found.engineKey).to.match(/^tensorflow-2\.21\.0-(cpu|cuda)-linux-x64-[0-9a-f]{10}$/)
    const threads = async (env: Record<string, string | undefined>, ...before: string[]) =>
      (JSON.parse((await node(describeIt, env, ...before)).stdout) as EngineDescription).threads
    expect(await threads({ TF_NUM_INTRAOP_THREADS: '3' })).to.equal(3)
    expect(await threads({ TF_NUM_INTRAOP_THREADS: undefined }, 'taskset', '-c', '0')).to.equal(1)
  })

  it('keeps true float32 on GPUs unless the user says otherwise', async () => {
    const script = `require(${JSON.stringify(join(engine, 'load.js'))}).prepare(); console.log(process.env.NVIDIA_TF32_OVERRIDE)`
    expect((await node(script, { NVIDIA_TF32_OVERRIDE: undefined })).stdout).to.equal('0')
    expect((await node(script, { NVIDIA_TF32_OVERRIDE: '1' })).stdout).to.equal('1')
  })

  it('puts the link back that npm ci removes, also when several processes do so at once', async () => {
    const dangling = `${link}.test`
    rmSync(dangling, { force: true })
    symlinkSync('/nonexistent', dangling)
    renameSync(dangling, link)
    const all = await Promise.all(Array.from({ length: 4 }, () => node(describeIt)))
    for (const { exitCode, stderr } of all) expect(exitCode, stderr).to.equal(0)
  })

  it('names the set-up where no engine is installed', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'blockwise-no-engine-'))
    const { stderr, exitCode } = await node(describeIt, { XDG_CACHE_HOME: empty, BLOCKWISE_ENGINE: undefined })
    expect(exitCode).to.not.equal(0)
    expect(stderr).to.contain('TensorFlow is not installed yet')
    expect(stderr).to.contain("run 'npx blockwise setup'")
    const asked = await node(describeIt, { XDG_CACHE_HOME: empty, BLOCKWISE_ENGINE: 'cuda' })
    expect(asked.stderr).to.contain("run 'npx blockwise setup --engine cuda'")
    rmSync(empty, { recursive: true })
  })
})

describe('engine/platforms', () => {
  it('has wheels for Linux x64 and names the way out elsewhere', () => {
    expect(wheelTags('linux-x64').platforms).to.include('manylinux_2_27_x86_64')
    expect(() => wheelTags('win32-x64')).to.throw(/not available for Windows x64.*\nTo mend it: use WSL2/s)
    expect(() => wheelTags('darwin-arm64')).to.throw(/macOS on Apple silicon.*tensorflow\.org\/install/s)
    expect(() => wheelTags('freebsd-x64')).to.throw(/not available for freebsd-x64: it is set up on Linux x64 only/)
  })

  it('refuses an engine of another name', () => {
    expect(chooseEngine('cuda')).to.equal('cuda')
    expect(() => chooseEngine('tpu')).to.throw(/'tpu' is no engine; expected cpu or cuda/)
  })
})
