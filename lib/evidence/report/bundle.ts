/** Compiled CommonJS modules as one script for a page: what runs there is the code that is compiled and tested here. */
import { readFileSync } from 'node:fs'

/**
 * @param modules name by which the others require it -> file of the compiled module
 * @param start what is run at last; it may call `require`
 */
export function bundle(modules: Readonly<Record<string, string>>, start: string): string {
  const functions = Object.entries(modules).map(
    ([name, file]) => `${JSON.stringify(name)}(exports, require) {\n${textOf(file)}}`,
  )
  const script = `(() => {
const modules = {${functions.join(',\n')}}
const loaded = {}
const require = (name) => {
  if (!loaded[name]) modules[name](loaded[name] = {}, require)
  return loaded[name]
}
${start}
})()`
  return withinElement(script)
}

/** Inside a string or a comment of a script the end tag would end the element. */
export function withinElement(script: string): string {
  return script.replaceAll('</script', '<\\/script')
}

function textOf(file: string): string {
  return readFileSync(file, 'utf8').replace(/\/\/# sourceMappingURL=.*\n?$/, '')
}
