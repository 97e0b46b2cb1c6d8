/** Run as a process by the tests: `node child.js <manifest.json> <data folder>` brings 'mnist' and lists what lies there. */
import { readFileSync } from 'node:fs'
import { ensureDataset } from 'blockwise/dist/datasets/ensure'
import { filesBelow } from './fixture'

async function main(): Promise<void> {
  const [manifestPath, folder] = process.argv.slice(2)
  const manifest = JSON.parse(readFileSync(manifestPath!, 'utf8'))
  // root may write everywhere: the test of an unwritable folder gives its rights away, once the modules are loaded
  if (process.env.AS_NOBODY && process.getuid?.() === 0) process.setuid!(65534)
  try {
    await ensureDataset('mnist', { manifest, folder: folder!, say: (line) => console.log(line) })
  } catch (error) {
    console.log(String(error))
    process.exitCode = 1
  }
  console.log(`left: ${filesBelow(folder!).join(' ')}`)
}

void main()
