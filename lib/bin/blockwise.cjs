#!/usr/bin/env node
'use strict'
/**
 * `npx blockwise`: committed JavaScript, for `npm ci` links a command only when its file is there. Checks that Node is new enough,
 * compiles lib/ when a source is newer than its last compilation, and hands over to dist/cli/main.js.
 */
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const library = path.resolve(__dirname, '..')
const root = path.dirname(library)
const dist = path.join(library, 'dist')
const stamp = path.join(dist, '.compiled')
const lock = path.join(root, 'node_modules', '.blockwise-compiling')

function refuse(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/** As `engines` in package.json says; odd releases between the long-term ones get no repairs. */
function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24) return
  refuse(
    `Node ${process.versions.node} is not supported: 20.19 or newer, 22.12 or newer, or 24 or newer is needed.\n` +
      'To mend it: install one from https://nodejs.org/en/download',
  )
}

/** Modification time of the newest source, in milliseconds. */
function newestSource(folder = library) {
  let newest = 0
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory() && !['dist', 'node_modules', 'bin', 'shims'].includes(entry.name))
      newest = Math.max(newest, newestSource(file))
    else if (/\.ts$|^tsconfig\.json$/.test(entry.name)) newest = Math.max(newest, fs.statSync(file).mtimeMs)
  }
  return newest
}

function isStale() {
  const compiled = fs.statSync(stamp, { throwIfNoEntry: false })
  const settings = fs.statSync(path.join(root, 'tsconfig.base.json')).mtimeMs
  return !compiled || Math.max(newestSource(), settings) > compiled.mtimeMs
}

/** One at a time: whoever comes second waits, and finds nothing left to do. */
function compile() {
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  if (!fs.existsSync(compiler)) refuse("The npm packages are not installed.\nTo mend it: run 'npm ci'")
  while (!takeLock()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
  let status = 0
  try {
    if (!isStale()) return
    const began = new Date()
    status = spawnSync(process.execPath, [compiler, '-b', library], { stdio: ['ignore', 2, 2] }).status
    if (status === 0) {
      fs.writeFileSync(stamp, '')
      fs.utimesSync(stamp, began, began)
    }
  } finally {
    fs.rmSync(lock, { force: true })
  }
  if (status !== 0) refuse('lib/ does not compile: the errors are above.')
}

/** A lock whose owner died is removed for the next attempt. */
function takeLock() {
  try {
    fs.writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (ownerDied()) fs.rmSync(lock, { force: true })
    return false
  }
}

function ownerDied() {
  try {
    process.kill(Number(fs.readFileSync(lock, 'utf8')), 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

checkNode()
if (isStale()) compile()
require('../dist/cli/main.js').main(process.argv)
