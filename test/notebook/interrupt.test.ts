import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { python, Workplace } from './workplace'

const folder = path.resolve(__dirname, '..', '..', 'notebook')
const kernel = path.resolve(__dirname, '..', '..', '..', 'lib', 'dist', 'notebook', 'kernel.js')

interface Answer {
  readonly status: string
  readonly ename: string | null
  readonly evalue: string | null
  readonly seconds: number
}

describe('kernel, as JupyterLab uses it', function () {
  this.timeout(60_000)

  it('interrupts awaiting, deaf and busy cells, goes on afterwards, and aborts what was queued behind a failure', async () => {
    const place = new Workplace()
    try {
      const script = path.join(folder, 'interrupt.py')
      const { stdout } = await promisify(execFile)(python, [script, process.execPath, kernel, place.root])
      const answers = JSON.parse(stdout) as Record<string, Answer>
      expect(answers.loop).to.include({ status: 'error', ename: 'Interrupted', evalue: 'stopped by an interrupt' })
      expect(answers.loop?.seconds).to.be.lessThan(1)
      expect(answers.deaf).to.include({ status: 'error', ename: 'Interrupted' })
      expect(answers.busy).to.include({ status: 'error', ename: 'Interrupted' })
      expect(answers.after).to.include({ status: 'ok' })
      expect(answers.all).to.deep.equal(['ok', 'error', 'aborted'])
      expect(answers.later).to.include({ status: 'ok' })
      expect(answers.comms).to.equal('comm_info_reply')
      expect(answers.matches).to.deep.equal(['max'])
    } finally {
      place.remove()
    }
  })
})
