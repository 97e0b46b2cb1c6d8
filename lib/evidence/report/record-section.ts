/** The run record: where and when, of what code and data, and every run by its id. A figure links here. */
import { checksumAnchor, linkTo, linkToFile, recordAnchor } from './anchors'
import type { Experiment } from './experiment'
import { type Content, html, type Markup } from './markup'
import { isChecksum, type Measurement, type SortedRuns, sortRuns, type Training } from './runs'
import { counted, short, utcMinute } from './words'

export function recordSection({ id, record, notebook }: Experiment): Markup {
  const runs = sortRuns(record)
  const { profile, seeds, code } = record.notebook
  const { tensorflow, device, processor, threads } = record.engine
  const facts: [string, Content][] = [
    ['Notebook', notebook ? html`<a href="${linkToFile(notebook)}">${id}.ipynb</a>, executed` : id],
    ['Profile', `${profile}, ${counted(seeds, 'seed')}`],
    ['Device', `${device === 'cpu' ? 'CPU' : device}, ${processor}, ${counted(threads, 'thread')}`],
    ['Engine', `TensorFlow ${tensorflow}`],
    ['Finished', html`<time datetime="${record.finished}">${utcMinute(record.finished)}</time>`],
    ...(code === undefined ? [] : [['Notebook code', html`<code>${code}</code>`] as [string, Content]]),
    [
      'Whole record',
      html`<a href="${linkToFile(`${id}/run.json`)}">run.json</a>, with checksums of ${counted(Object.keys(record.files).length, 'file')}`,
    ],
  ]
  return html`
<section class="record" id="${recordAnchor(id)}">
<h3>Settings and run record</h3>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${checksums(id, 'Code hashes', 'sha256 over the code and all that it imports', runs.code)}
${checksums(id, 'Data checksums', 'sha256 over pixels and labels', runs.data)}
${trainings(id, runs)}
${runs.measurements.length > 0 ? measurements(id, runs.measurements) : null}
</section>`
}

function checksums(id: string, title: string, what: string, all: ReadonlyMap<string, string>): Markup | null {
  if (all.size === 0) return null
  return html`
<h4>${title} <span class="quiet">${what}</span></h4>
<ul class="checksums">${[...all].map(
    ([checksum, of]) => html`<li id="${checksumAnchor(id, checksum)}"><code>${checksum}</code> <span>${of}</span></li>`,
  )}</ul>`
}

const checksumLink = (id: string, checksum: string): Markup =>
  html`<a href="${linkTo(checksumAnchor(id, checksum))}"><code>${short(checksum)}</code></a>`

function trainings(id: string, { trainings }: SortedRuns): Markup | null {
  if (trainings.length === 0) return null
  const runs = trainings.reduce((sum, { seeds }) => sum + seeds.length, 0)
  const row = ({ method, settings, network, data, iterations, code, seeds }: Training): Markup => html`<tr>
<th scope="row">${method}</th>
<td class="settings">${settings}</td>
<td>${seeds.map(({ seed, run }) => html`<span class="run"><code>${run}</code> seed ${seed}</span>`)}</td>
<td class="number">${iterations}</td>
<td>${checksumLink(id, code)}</td>
<td>${data.dataset}, ${data.rows.toLocaleString('en-US')} rows<br>${checksumLink(id, data.checksum)}</td>
<td>${network}</td>
</tr>`
  return html`
<h4>Settings and training runs <span class="quiet">${counted(runs, 'run')} at ${counted(trainings.length, 'setting')}</span></h4>
<div class="scroll tall" tabindex="0" role="region" aria-label="Training runs of ${id}">
<table class="runs">
<thead><tr>${['Method', 'Settings', 'Run ids', 'Iterations', 'Code', 'Data', 'Network'].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${trainings.map(row)}</tbody>
</table>
</div>`
}

function measurements(id: string, all: readonly Measurement[]): Markup {
  const value = (text: string): Content => (isChecksum(text) ? checksumLink(id, text) : text)
  const row = ({ run, code, of }: Measurement): Markup => html`<tr>
<th scope="row"><code>${run}</code></th>
<td>${of.map(([name, text]) => html`<span class="run">${name} ${value(text)}</span>`)}</td>
<td>${checksumLink(id, code)}</td>
</tr>`
  return html`
<details><summary>${counted(all.length, 'measurement')} of runs and data</summary>
<div class="scroll tall" tabindex="0" role="region" aria-label="Measurements of ${id}">
<table class="runs">
<thead><tr><th scope="col">Id</th><th scope="col">Of</th><th scope="col">Code</th></tr></thead>
<tbody>${all.map(row)}</tbody>
</table>
</div></details>`
}
