/** The ledger's filter: claims of the checked verdicts and the chosen paper are shown, and how many that are is said. */

export function filterLedger(form: HTMLFormElement): void {
  const section = form.parentElement!
  const papers = [...section.querySelectorAll<HTMLElement>('.paper')]
  const boxes = [...form.querySelectorAll<HTMLInputElement>('[name=verdict]')]
  const select = form.querySelector('select')!

  const apply = (): void => {
    const verdicts = boxes.filter(({ checked }) => checked).map(({ value }) => value)
    let shown = 0
    let all = 0
    for (const paper of papers) {
      const chosen = select.value === '' || select.value === paper.dataset.paper
      const claims = [...paper.querySelectorAll<HTMLElement>('.claim')]
      for (const claim of claims) claim.hidden = !chosen || !verdicts.includes(claim.dataset.verdict!)
      const open = claims.filter(({ hidden }) => !hidden).length
      paper.hidden = open === 0
      shown += open
      all += claims.length
    }
    form.querySelector('output')!.textContent = `${shown} claim${shown === 1 ? '' : 's'} of ${all} shown`
    section.querySelector<HTMLElement>('.none')!.hidden = shown > 0
  }

  /** A link to a claim that the filter hides opens the filter. */
  const reveal = (): void => {
    const claim = document.getElementById(decodeURIComponent(location.hash.slice(1)))
    if (!claim?.matches('.claim[hidden]')) return
    select.value = ''
    for (const box of boxes) if (box.value === claim.dataset.verdict) box.checked = true
    apply()
    claim.scrollIntoView()
  }

  form.addEventListener('change', apply)
  form.addEventListener('submit', (event) => event.preventDefault())
  addEventListener('hashchange', reveal)
  // A browser gives a page that is come back to its old choices.
  apply()
  reveal()
}
