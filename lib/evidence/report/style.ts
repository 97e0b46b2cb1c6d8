/**
 * The page's style. Colours are pairs for a light and a dark page; each text colour has at least 4.5 : 1 against the page and against
 * the cards. Figures keep their white background on a dark page.
 */
const colours = `
:root {
  color-scheme: light;
  --paper: #ffffff; --ground: #f6f6f4; --ink: #1b1d1f; --quiet: #595d61; --line: #d8d8d4; --link: #0a58a6; --mark: #fff3c4;
  --reproduced: #00664a; --partly: #7a5000; --not-reproduced: #a52a10; --not-testable: #5a4794; --not-run: #595d61;
}
@media (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --paper: #1d2125; --ground: #131619; --ink: #e7e8e6; --quiet: #a7adb3; --line: #3a4046; --link: #83bbf5; --mark: #3b3413;
    --reproduced: #5fd3aa; --partly: #e9b64d; --not-reproduced: #ff9b80; --not-testable: #bfaef2; --not-run: #a7adb3;
  }
}`

const text = `
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { overflow-y: scroll; -webkit-text-size-adjust: 100%; scroll-padding-top: 12px; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 "Open Sans", system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; overflow-wrap: break-word; }
h1, h2, h3, h4 { line-height: 1.25; margin: 0; }
h1 { font-size: 1.75rem; letter-spacing: -0.01em; }
h1 span { font-weight: 400; color: var(--quiet); }
h2 { font-size: 1.4rem; }
h3 { font-size: 1.1rem; margin: 2rem 0 0.6rem; }
h4 { font-size: 0.95rem; margin: 1.4rem 0 0.4rem; }
p { margin: 0.4rem 0; }
a { color: var(--link); text-underline-offset: 0.15em; }
code { font: 0.87em/1.4 ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.quiet, .source, .spread, .byline { color: var(--quiet); }
h4 .quiet { font-weight: 400; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 12px; top: -4rem; background: var(--paper); padding: 0.5rem 1rem; z-index: 1; }
.skip:focus { top: 12px; }
:target { scroll-margin-top: 12px; }
.claim:target, .checksums li:target { background: var(--mark); }
figure:target, .table:target, .record:target { outline: 3px solid var(--link); outline-offset: 6px; }`

/** Beside the contents from 1200 px on; a figure's margins at any width are those that the script counts with: 12 px. */
const frame = `
body { padding: 0 12px 4rem; }
header, nav, main { max-width: 900px; margin: 0 auto; }
header { padding: 1.5rem 0 0; }
.note { border-left: 4px solid var(--partly); background: var(--paper); padding: 0.5rem 0.8rem; }
nav ul { list-style: none; margin: 1rem 0; padding: 0; }
nav li { padding: 0.15rem 0; }
nav .place { color: var(--quiet); font-variant-numeric: tabular-nums; }
main > section { padding-top: 1.2rem; }
main > section + section { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 2rem; }
@media (min-width: 1200px) {
  body { display: grid; grid-template: auto 1fr / 210px 900px; column-gap: 40px; justify-content: center; }
  header { grid-area: 1 / 2; }
  header, nav, main { margin: 0; }
  main { grid-area: 2 / 2; }
  nav { grid-area: 1 / 1 / 3 / 2; font-size: 0.87rem; }
  nav ul { position: sticky; top: 2rem; margin-top: 2rem; max-height: calc(100vh - 4rem); overflow-y: auto; padding: 4px; }
  nav li { padding: 0.3rem 0; }
}`

const ledger = `
.verdict { white-space: nowrap; font-weight: 600; }
.shape { vertical-align: -2px; margin-right: 0.4em; }
.verdict.reproduced { color: var(--reproduced); }
.verdict.partly { color: var(--partly); }
.verdict.not-reproduced { color: var(--not-reproduced); }
.verdict.not-testable { color: var(--not-testable); }
.verdict.not-run { color: var(--not-run); font-weight: 400; }
.caution { display: block; color: var(--quiet); font-size: 0.87rem; padding-left: 22px; }
.filter { margin: 1rem 0; }
.filter fieldset { border: 0; margin: 0; padding: 0; min-width: 0; display: flex; flex-wrap: wrap; gap: 6px; }
.filter legend { padding: 0; color: var(--quiet); font-size: 0.87rem; margin-bottom: 4px; }
.tally { display: flex; align-items: center; gap: 0.45rem; min-height: 44px; padding: 0.25rem 0.6rem; border: 1px solid var(--line); border-radius: 6px; background: var(--paper); cursor: pointer; }
.tally b { font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.tally input { width: 1rem; height: 1rem; margin: 0; accent-color: var(--link); }
.filter p { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; margin: 0.8rem 0 0; }
.filter select, button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--quiet); border-radius: 6px; min-height: 44px; padding: 0.25rem 0.8rem; max-width: 100%; cursor: pointer; }
.filter output { color: var(--quiet); }
.claims { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 6px; background: var(--paper); }
.claim { display: grid; grid-template: auto 1fr / 10.4rem 1fr 15rem; gap: 0.2rem 1.2rem; padding: 0.9rem 1rem; }
.claim + .claim { border-top: 1px solid var(--line); }
.claim p { margin: 0; }
.claim .source { font-size: 0.87rem; }
.claim.not-run { color: var(--quiet); }
.why { grid-column: 2; font-size: 0.92rem; }
.claim .why p { margin-top: 0.4rem; }
.rule { color: var(--quiet); }
.links { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; }
.numbers { grid-column: 3; grid-row: 1 / 3; margin: 0; font-variant-numeric: tabular-nums; }
.numbers div { display: grid; grid-template-columns: 5.2rem 1fr; }
.numbers dt { color: var(--quiet); font-size: 0.87rem; line-height: 1.7; }
.numbers dd { margin: 0; }
.value { font-weight: 600; }
.spread { display: block; font-size: 0.87rem; }
.decides { list-style: none; padding: 0; margin: 0; }
.decides li { display: grid; grid-template-columns: 10.4rem 1fr; gap: 0.2rem 1.2rem; padding: 0.2rem 0; }
@media (max-width: 700px) {
  .claim, .decides li { grid-template: auto / 1fr; padding: 0.8rem; }
  .decides li { padding: 0.4rem 0; }
  .outcome { display: flex; flex-wrap: wrap; gap: 0 0.8rem; }
  .caution { padding: 0; line-height: 1.75; }
  .why, .numbers { grid-area: auto; }
  .numbers { margin-top: 0.3rem; }
}`

const evidence = `
.byline, figcaption { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.2rem 1.1rem; font-size: 0.92rem; }
figure { margin: 0 0 2rem; }
plotted-figure { display: block; max-width: 100%; overflow: hidden; background: #ffffff; color: #1a1a1a; color-scheme: light; border-radius: 6px; }
plotted-figure img { width: 100%; }
figcaption { padding: 0.4rem 0; }
.table { margin-bottom: 1.6rem; }
.scroll { overflow: auto; border: 1px solid var(--line); border-radius: 6px; background: var(--paper); }
.table .scroll { max-height: 36rem; }
.tall { max-height: 30rem; }
table { border-collapse: collapse; font-size: 0.87rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.7rem; text-align: left; vertical-align: top; white-space: nowrap; }
thead th { position: sticky; top: 0; background: var(--paper); box-shadow: 0 1px var(--line); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
.number { text-align: right; }
tbody th { font-weight: 400; }
.settings { white-space: normal; min-width: 18rem; }
.run { display: block; }
.more { margin-top: 0.5rem; }
details { margin-top: 0.4rem; }
summary { cursor: pointer; min-height: 28px; width: fit-content; color: var(--link); }
.meanings { display: grid; grid-template-columns: fit-content(40%) 1fr; gap: 0.2rem 1rem; font-size: 0.92rem; }
.meanings dt { overflow-wrap: anywhere; }
.meanings dd { margin: 0; color: var(--quiet); }
.facts { margin: 0; }
.facts div { display: grid; grid-template-columns: 9rem 1fr; gap: 0 1rem; padding: 0.15rem 0; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.checksums { list-style: none; margin: 0; padding: 0; font-size: 0.92rem; }
.checksums li { padding: 0.2rem 0; overflow-wrap: anywhere; }
.checksums span { color: var(--quiet); }
@media (max-width: 700px) {
  .facts div { grid-template-columns: 1fr; padding: 0.25rem 0; }
}`

export const style: string = [colours, text, frame, ledger, evidence].join('\n')
