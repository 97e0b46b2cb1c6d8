/**
 * HTML as tagged templates. Whatever is put into one is escaped, unless it is itself markup: so no caption, setting or reason can become
 * an element. Attribute values are written between double quotes in the templates.
 */
export class Markup {
  constructor(readonly text: string) {}
}

export type Content = string | number | Markup | null | readonly Content[]

/** `html\`<p>${text}</p>\``: strings and numbers are escaped, markup and arrays are put in as they are, null is nothing. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(strings.map((string, i) => string + (i < contents.length ? textOf(contents[i]!) : '')).join(''))
}

function textOf(content: Content): string {
  if (content === null) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'object') return content.map(textOf).join('')
  return escapeHtml(String(content))
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** JSON that the page's script reads when it needs it. A '<' in it would end the element or open a comment. */
export function jsonBlock(value: unknown): Markup {
  return new Markup(`<script type="application/json">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`)
}
