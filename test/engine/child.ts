/** Run as a process by the tests: `node child.js <recipe.json> <python>` sets the engine up and prints what came of it, as JSON. */
import { readFileSync } from 'node:fs'
import { provision } from 'blockwise/dist/engine/provision'
import type { Recipe } from 'blockwise/dist/engine/recipe'

async function main(): Promise<void> {
  const recipe = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Recipe
  // root may write everywhere: the test of an unwritable cache gives its rights away, once the modules are loaded
  if (process.env.AS_NOBODY && process.getuid?.() === 0) process.setuid!(65534)
  try {
    console.log(JSON.stringify(await provision(recipe, process.argv[3]!)))
  } catch (error) {
    console.log(JSON.stringify({ name: (error as Error).name, message: (error as Error).message }))
    process.exitCode = 1
  }
}

void main()
