/** The headless suite as a process, without the set-up that `blockwise run` does first: root, python, notebooks... */
import { chooseNotebooks, listNotebooks } from 'blockwise/dist/notebook/catalog'
import { runSuite } from 'blockwise/dist/notebook/suite'

const [root = '', python = '', ...ids] = process.argv.slice(2)
const notebooks = chooseNotebooks(listNotebooks(root), ids)
void runSuite({ root, python, notebooks, profile: 'smoke', fresh: true }).then((code) => {
  process.exitCode = code
})
