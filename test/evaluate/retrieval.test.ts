import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Codes } from 'blockwise/dist/evaluate/binary-codes'
import { countDistances, DISTANCES, type LabelledCodes, sortByLabel } from 'blockwise/dist/evaluate/hamming'
import { type RetrievalScore, scoreRetrieval } from 'blockwise/dist/evaluate/retrieval'
import { clearInterrupt, requestInterrupt } from 'blockwise/dist/interruption'
import { keyedRandom } from 'blockwise/dist/random'
import { expect } from 'chai'
import * as fc from 'fast-check'
import { rejection } from './problems'

/** Packs texts of 0 and 1, bit 0 first. */
function packed(texts: readonly string[]): Codes {
  const word = (text: string) => Number.parseInt(`0${[...text].reverse().join('')}`, 2)
  return {
    bits: texts[0]!.length,
    low: Uint32Array.from(texts, (text) => word(text.slice(0, 32))),
    high: Uint32Array.from(texts, (text) => word(text.slice(32))),
  }
}

interface Texts {
  readonly codes: readonly string[]
  readonly labels: readonly number[]
}

const labelled = ({ codes, labels }: Texts): LabelledCodes => ({
  codes: packed(codes),
  labels: Uint8Array.from(labels),
})

const distance = (a: string, b: string): number => [...a].filter((bit, j) => bit !== b[j]).length

function permutations<T>(all: readonly T[]): T[][] {
  if (all.length === 0) return [[]]
  return all.flatMap((one, i) => permutations([...all.slice(0, i), ...all.slice(i + 1)]).map((rest) => [one, ...rest]))
}

/** Brute force: every order of the items that respects the distances is written out, and the measures averaged. */
function byAllOrders(queries: Texts, items: Texts, ks: readonly number[]): RetrievalScore {
  const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const perQuery = queries.codes.map((code, q) => {
    const far = items.codes.map((item) => distance(code, item))
    const orders = permutations(items.codes.map((_, i) => i)).filter((order) =>
      order.every((item, place) => place === 0 || far[order[place - 1]!]! <= far[item]!),
    )
    const scores = orders.map((order) => {
      const right = order.map((item) => items.labels[item] === queries.labels[q])
      const hits = (k: number) => right.slice(0, k).filter(Boolean).length
      const ranks = right.flatMap((is, place) => (is ? [place + 1] : []))
      return {
        precision: ks.map((k) => hits(k) / k),
        recall: ks.map((k) => hits(k) / ranks.length),
        averagePrecision: average(ranks.map((rank) => hits(rank) / rank)),
      }
    })
    const over = (pick: (score: (typeof scores)[number]) => number) => average(scores.map(pick))
    return {
      precision: ks.map((_, i) => over((score) => score.precision[i]!)),
      recall: ks.map((_, i) => over((score) => score.recall[i]!)),
      averagePrecision: over((score) => score.averagePrecision),
    }
  })
  return {
    at: ks.map((k, i) => ({
      k,
      precision: average(perQuery.map(({ precision }) => precision[i]!)),
      recall: average(perQuery.map(({ recall }) => recall[i]!)),
    })),
    meanAveragePrecision: average(perQuery.map(({ averagePrecision }) => averagePrecision)),
  }
}

function expectEqual(found: RetrievalScore, expected: RetrievalScore): void {
  const numbers = ({ at, meanAveragePrecision }: RetrievalScore) => [
    ...at.flatMap(({ k, precision, recall }) => [k, precision, recall]),
    meanAveragePrecision,
  ]
  expect(numbers(found)).to.have.length(numbers(expected).length)
  for (const [i, value] of numbers(found).entries()) expect(value).to.be.closeTo(numbers(expected)[i]!, 1e-12)
}

/** Random codes, with a length of which there are many ties when it is short. */
function randomCodes(key: string, rows: number, bits: number, classes: number): Texts {
  const random = keyedRandom(key)
  return {
    codes: Array.from({ length: rows }, () =>
      Array.from({ length: bits }, () => (random.uniform() < 0.5 ? '0' : '1')).join(''),
    ),
    labels: Array.from({ length: rows }, (_, i) => (i < classes ? i : Math.floor(random.uniform() * classes))),
  }
}

describe('retrieval', () => {
  const fixture = JSON.parse(
    readFileSync(path.join(__dirname, '..', '..', 'fixtures', 'retrieval', 'retrieval.json'), 'utf8'),
  ) as { cases: (Pick<RetrievalScore, 'at'> & { items: Texts; queries: Texts; mean_average_precision: number })[] }
  for (const { items, queries, at, mean_average_precision } of fixture.cases)
    it(`gives NumPy's numbers for codes of ${items.codes[0]!.length} bits`, async () => {
      const found = await scoreRetrieval(
        labelled(queries),
        labelled(items),
        at.map(({ k }) => k),
      )
      expectEqual(found, { at, meanAveragePrecision: mean_average_precision })
    })

  it('equals the mean over all orders that respect the distances, ties of every kind included', async () => {
    const bit = fc.constantFrom('0', '1')
    const rows = (least: number, most: number) =>
      fc.array(fc.tuple(fc.tuple(bit, bit, bit), fc.nat({ max: 2 })), { minLength: least, maxLength: most })
    const texts = (all: [string[], number][]): Texts => ({
      codes: all.map(([code]) => code.join('')),
      labels: all.map(([, label]) => label),
    })
    await fc.assert(
      fc.asyncProperty(rows(1, 6), rows(1, 4), async (itemRows, queryRows) => {
        const items = texts(itemRows)
        const queries = texts(queryRows.filter(([, label]) => items.labels.includes(label)))
        fc.pre(queries.codes.length > 0)
        const ks = items.codes.map((_, i) => i + 1)
        expectEqual(await scoreRetrieval(labelled(queries), labelled(items), ks), byAllOrders(queries, items, ks))
      }),
      { seed: 1, numRuns: 150 },
    )
  })

  it('does not depend on the order of the items', async () => {
    const items = randomCodes('items', 200, 6, 5)
    const queries = labelled(randomCodes('queries', 20, 6, 5))
    const order = [...keyedRandom('order').permutation(200)]
    const mixed = { codes: order.map((i) => items.codes[i]!), labels: order.map((i) => items.labels[i]!) }
    expect(await scoreRetrieval(queries, labelled(mixed), [1, 17, 200])).to.deep.equal(
      await scoreRetrieval(queries, labelled(items), [1, 17, 200]),
    )
  })

  it('is 1 for codes that are the labels, and the share of the label for codes that are all equal', async () => {
    const labels = Array.from({ length: 60 }, (_, i) => i % 3)
    const codes = (of: (label: number) => string): LabelledCodes => labelled({ codes: labels.map(of), labels })
    const perfect = codes((label) => '1'.repeat(label * 8).padEnd(16, '0'))
    const best = await scoreRetrieval(perfect, perfect, [20])
    expectEqual(best, { at: [{ k: 20, precision: 1, recall: 1 }], meanAveragePrecision: 1 })
    const blind = codes(() => '0'.repeat(16))
    const chance = await scoreRetrieval(blind, blind, [20, 60])
    expect(chance.at[0]!.precision).to.be.closeTo(1 / 3, 1e-12)
    expect(chance.at[1]).to.deep.equal({ k: 60, precision: 1 / 3, recall: 1 })
    // Expected over random orders a little above 1/3: a hit is never before itself.
    expect(chance.meanAveragePrecision).to.be.within(1 / 3, 0.4)
  })

  it('refuses what cannot be ranked, with what was given and expected', async () => {
    const items = labelled({ codes: ['00', '01', '10'], labels: [0, 1, 1] })
    const refused = async (queries: LabelledCodes, ks: number[], all = items) =>
      (await rejection(scoreRetrieval(queries, all, ks))).message
    expect(await refused(items, [4])).to.match(/cut-off 4; expected a whole number from 1 to 3/)
    expect(await refused(items, [0])).to.match(/cut-off 0/)
    expect(await refused(items, [1.5])).to.match(/cut-off 1.5/)
    expect(await refused(labelled({ codes: ['000'], labels: [0] }), [1])).to.match(/queries of 3 bits .* items of 2/)
    expect(await refused({ ...items, labels: new Uint8Array(2) }, [1])).to.match(/2 labels for 3 codes of queries/)
    expect(await refused(labelled({ codes: ['00', '00'], labels: [1, 7] }), [1])).to.match(
      /no item has label 7 of query 1/,
    )
    expect(await refused(items, [1], { ...items, labels: new Uint8Array(0) })).to.match(/there are no items/)
  })

  it('stops when it is interrupted', async () => {
    const items = labelled(randomCodes('items', 100, 8, 2))
    requestInterrupt()
    try {
      expect((await rejection(scoreRetrieval(items, items, [1]))).name).to.equal('Interrupted')
    } finally {
      clearInterrupt()
    }
  })
})

describe('counting Hamming distances', () => {
  it('agrees with a comparison bit by bit, for codes with every kind of word', () => {
    const { codes, labels } = randomCodes('words', 300, 64, 3)
    const special = ['0'.repeat(64), '1'.repeat(64), `${'1'.repeat(32)}${'0'.repeat(32)}`, `${'0'.repeat(63)}1`]
    const all: Texts = { codes: [...codes, ...special], labels: [...labels, 0, 1, 2, 0] }
    const sorted = sortByLabel(labelled(all))
    for (const code of [...special, codes[5]!]) {
      const { low, high } = packed([code])
      for (const label of [0, 1, 2]) {
        const counts = new Int32Array(DISTANCES)
        countDistances(low[0]!, high[0]!, sorted.words, sorted.start[label]!, sorted.start[label + 1]!, counts)
        const expected = new Int32Array(DISTANCES)
        for (const [i, other] of all.codes.entries()) if (all.labels[i] === label) expected[distance(code, other)]! += 1
        expect(counts).to.deep.equal(expected)
      }
    }
  })
})
