/** 'Show more rows': the rows of a table beyond the first ones lie in the page as JSON and become rows a piece at a time. */

const piece = 200

export function offerRows(button: HTMLButtonElement): void {
  const section = button.closest('section')!
  const body = section.querySelector('tbody')!
  const kinds = [...section.querySelectorAll('thead th')].map(({ className }) => className)
  let rest: string[][] | undefined

  const row = (cells: readonly string[]): HTMLElement => {
    const line = document.createElement('tr')
    for (const [i, text] of cells.entries()) {
      const cell = document.createElement('td')
      cell.className = kinds[i]!
      cell.textContent = text
      line.append(cell)
    }
    return line
  }

  button.addEventListener('click', () => {
    rest ??= JSON.parse(button.nextElementSibling!.textContent!) as string[][]
    body.append(...rest.splice(0, piece).map(row))
    if (rest.length > 0) {
      button.textContent = `Show more rows (${rest.length.toLocaleString('en-US')} left)`
      return
    }
    // The focus must not fall back to the top of the page with the button that held it.
    section.querySelector<HTMLElement>('.scroll')!.focus()
    button.remove()
  })
}
