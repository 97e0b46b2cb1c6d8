/** Where the repository is: the folder with notebooks/ and results/. BLOCKWISE_ROOT names another one (tests). */
import path from 'node:path'

export function repositoryRoot(): string {
  const given = process.env.BLOCKWISE_ROOT
  // this file is lib/dist/notebook/root.js
  return given ? path.resolve(given) : path.resolve(__dirname, '..', '..', '..')
}
