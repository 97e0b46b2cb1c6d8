import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DATASET_NAMES, dataFolder, readManifest } from 'blockwise/dist/datasets/manifest'
import { expect } from 'chai'
import { manifestOf, removeFolders, smallContents, temporaryFolder, web } from './fixture'

describe('data/manifest.json', () => {
  afterEach(removeFolders)

  it('pins files of the size that their shape asks for', () => {
    const manifest = readManifest()
    for (const name of DATASET_NAMES)
      for (const { shape, bytes } of Object.values(manifest[name].files))
        expect(bytes).to.equal(4 + 4 * shape.length + shape.reduce((product, n) => product * n, 1))
    expect(manifest.mnist.checksum).to.not.equal(manifest['fashion-mnist'].checksum)
  })

  it('has the content checksum that sha256sum gives', () => {
    const { files, checksum } = readManifest().mnist
    const lines = Object.values(files).map(({ sha256, file }) => `${sha256}  ${file}\n`)
    const found = execFileSync('sha256sum', { input: lines.join('') }).toString()
    expect(found.slice(0, 64)).to.equal(checksum)
  })

  const written = (change: (manifest: Record<string, Record<string, unknown>>) => void): string => {
    const manifest = structuredClone(manifestOf(smallContents('mnist'), [web('https://example.org/')]))
    change(manifest as unknown as Record<string, Record<string, unknown>>)
    const path = join(temporaryFolder(), 'manifest.json')
    writeFileSync(path, JSON.stringify(manifest))
    return path
  }

  it('is refused, field by field, when it is not what it must be', () => {
    expect(() => readManifest(written((m) => void delete m['fashion-mnist']))).to.throw(/fashion-mnist/)
    const climbing = [{ kind: 'npm', package: 'p', version: '1.0.0', folder: '../..' }]
    expect(() => readManifest(written((m) => Object.assign(m.mnist!, { sources: climbing })))).to.throw(
      /sources\[0\]\.folder/,
    )
    const option = [{ kind: 'npm', package: '--prefix=/', version: '1.0.0', folder: 'data' }]
    expect(() => readManifest(written((m) => Object.assign(m.mnist!, { sources: option })))).to.throw(
      /sources\[0\]\.package/,
    )
    const foreign = [web('file:///etc/')]
    expect(() => readManifest(written((m) => Object.assign(m.mnist!, { sources: foreign })))).to.throw(
      /sources\[0\]\.base/,
    )
    const other = 'f'.repeat(64)
    expect(() => readManifest(written((m) => Object.assign(m.mnist!, { checksum: other })))).to.throw(
      /expected [0-9a-f]{64}, found f{64}/,
    )
    expect(() => readManifest(join(temporaryFolder(), 'none.json'))).to.throw(/cannot be read.*git checkout/)
  })

  it('is about the folder that BLOCKWISE_DATA names', () => {
    const before = process.env.BLOCKWISE_DATA
    try {
      process.env.BLOCKWISE_DATA = 'elsewhere'
      expect(dataFolder()).to.equal(join(process.cwd(), 'elsewhere'))
      delete process.env.BLOCKWISE_DATA
      expect(dataFolder()).to.match(/[\\/]data$/)
    } finally {
      if (before === undefined) delete process.env.BLOCKWISE_DATA
      else process.env.BLOCKWISE_DATA = before
    }
  })
})
