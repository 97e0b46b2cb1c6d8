import { tf } from 'blockwise/dist/engine/tensorflow'
import { networkScores } from 'blockwise/dist/evaluate/network-scores'
import { sequential } from 'blockwise/dist/network/architecture'
import { expect } from 'chai'

describe('networkScores', () => {
  it('agrees with the forward pass written out, over several chunks of rows', () => {
    const architecture = sequential([2, 2], { bias: true })
    const weights = { kernels: [[tf.tensor2d([1, 0, 0, 2], [2, 2])]], biases: [tf.tensor1d([0, -0.5])] }
    const set = (rows: number, checksum: string) => {
      const x = Array.from({ length: rows }, (_, i) => [(i % 7) / 8, (i % 5) / 8])
      const labels = Uint8Array.from({ length: rows }, (_, i) => i % 2)
      const y = Array.from(labels, (label) => [1 - label, label])
      return { x: tf.tensor2d(x), y: tf.tensor2d(y), labels, checksum, rows: x }
    }
    const [train, test] = [set(4100, 'a'), set(30, 'b')]
    const expected = ({ rows, labels }: { rows: number[][]; labels: Uint8Array }) => {
      const out = rows.map(([a, b]) => [a!, 2 * b! - 0.5])
      const correct = out.filter(([first, second], i) => (second! > first! ? 1 : 0) === labels[i]).length
      const loss = out.reduce((sum, [first, second], i) => {
        return sum + 0.5 * ((first! - (1 - labels[i]!)) ** 2 + (second! - labels[i]!) ** 2)
      }, 0)
      return { accuracy: correct / rows.length, loss: loss / rows.length }
    }
    const before = tf.memory().numTensors
    const scores = networkScores(architecture, { train, test })
    const { train_loss, train_accuracy, test_accuracy } = scores.evaluate(weights)
    expect(tf.memory().numTensors).to.equal(before)
    expect(train_accuracy).to.equal(expected(train).accuracy)
    expect(test_accuracy).to.equal(expected(test).accuracy)
    expect(train_loss! / expected(train).loss).to.be.closeTo(1, 1e-6)
    expect(scores.what).to.deep.equal({ scores: 'network', train: 'a', test: 'b' })
    const more = networkScores(architecture, { train, test, test200: train })
    expect(more.evaluate(weights)['test_accuracy_200']).to.equal(expected(train).accuracy)
    expect(more.what).to.deep.equal({ scores: 'network', train: 'a', test: 'b', test200: 'a' })
    tf.dispose([train.x, train.y, test.x, test.y, weights.kernels[0]![0]!, weights.biases[0]!])
  })
})
