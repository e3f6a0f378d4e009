/**
 * The page's style sheet: system fonts, light and dark, wide and narrow, paper.
 *
 * @module
 */

/** CSS of the page; free of `&` and `<`, so that the page is well-formed XML too. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f5f7fa; --ink: #1b2430; --muted: #5a6675; --line: #dfe4eb;
  --track: #e8ecf2; --accent: #2563c9; --good: #19733c; --bad: #b3261e; --warn: #8a5a00;
  --good-back: #e3f4e8; --bad-back: #fce8e6; --warn-back: #fdf1d8;
  --limit: #b3261e; --floor: #1b2430; --on-fill: #131a24;
  --workspace: #8ab6f5; --constants: #f2c572; --code: #b9a2ee; --data: #85d3c5; --stack: #f19d95;
  --heap: #f0b3d3; --load-image: #d9cbb0; --reserved: #a9b2be; --other: #c8cfd8;
  --cycles-core: #9ba7b6; --cycles-fetch: #a488e8; --cycles-read: #5f9cf0; --cycles-write: #f0a35c;
  --hue0: #9cc3f7; --hue1: #f6cf87; --hue2: #a5dbb4; --hue3: #f4b0a9; --hue4: #c7b5f2;
  --hue5: #93d8d8; --hue6: #f2bcd9; --hue7: #d6d29a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11161d; --panel: #1a212b; --ink: #e6ebf2; --muted: #9aa7b8; --line: #2c3644;
    --track: #28313d; --accent: #7db0ff; --good: #7fd79b; --bad: #ff9a91; --warn: #f0c469;
    --good-back: #173323; --bad-back: #3d1d1b; --warn-back: #3a2e12;
    --limit: #ff7b70; --floor: #e6ebf2; --on-fill: #0c1118;
    --workspace: #6d9fe3; --constants: #d6a850; --code: #9f86dc; --data: #5fb8a8; --stack: #d97d74;
    --heap: #cf8cb3; --load-image: #b5a787; --reserved: #7b8592; --other: #929ba7;
    --cycles-core: #7d8998; --cycles-fetch: #9277dd; --cycles-read: #4a88e0; --cycles-write: #d98b42;
    --hue0: #7ba9e6; --hue1: #d9b062; --hue2: #7fc294; --hue3: #dc8f87; --hue4: #a997dd;
    --hue5: #6cbcbc; --hue6: #d597ba; --hue7: #b8b374;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 28px 20px 56px; max-width: 1080px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 40px 0 10px; padding-bottom: 4px; border-bottom: 1px solid var(--line); }
h3 { font-size: 15px; margin: 20px 0 6px; overflow-wrap: anywhere; }
h3 small { font-weight: 400; color: var(--muted); }
p { margin: 6px 0 12px; overflow-wrap: anywhere; }
.aside { color: var(--muted); font-size: 13px; }
code, td.mono, dd.mono { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 0.87em; }
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 16px; margin: 14px 0 0; }
dl.facts dt { color: var(--muted); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin: 20px 0 0; }
.tile { overflow-wrap: anywhere; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; }
.tile b { display: block; font-size: 21px; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile span { color: var(--muted); font-size: 13px; }
.tile.good b, .good { color: var(--good); }
.tile.bad b, .bad { color: var(--bad); }
figure { margin: 12px 0 20px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 4px 0 10px; font-size: 13px; color: var(--muted); }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; vertical-align: -1px; }
.legend .line { display: inline-block; width: 24px; margin-right: 6px; vertical-align: 4px; border-top: 2px dashed var(--limit); }
.legend .line.floor { border-top: 2px dotted var(--floor); }
svg.plot { display: block; width: 100%; height: auto; overflow: visible; }
svg.plot text { white-space: pre; }
.narrow { display: none; max-width: 520px; }
.side { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); gap: 4px 20px; }
.side figure { margin: 4px 0 12px; max-width: 520px; }
h4 { font-size: 14px; margin: 6px 0 2px; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: 8px 0 4px; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: baseline; }
th { color: var(--muted); font-weight: 600; }
th.number, td.number { text-align: right; }
th:last-child, td:last-child { padding-right: 0; }
td.wrap { white-space: normal; overflow-wrap: anywhere; min-width: 11em; }
td.name { white-space: normal; overflow-wrap: break-word; max-width: 40em; }
td small { color: var(--muted); }
th:first-child, td:first-child { position: sticky; left: 0; background: var(--page); }
tr.sub td { color: var(--muted); border-bottom-style: dotted; }
tr.sub td:first-child { padding-left: 16px; }
tr.sum td { font-weight: 600; border-bottom: 0; border-top: 2px solid var(--line); }
ul.findings { list-style: none; padding: 0; margin: 10px 0; }
ul.findings li { border-left: 4px solid var(--bad); background: var(--bad-back); border-radius: 0 6px 6px 0; padding: 8px 12px; margin: 8px 0; overflow-wrap: anywhere; }
ul.findings li.warning { border-color: var(--warn); background: var(--warn-back); }
ul.findings small { display: block; color: var(--muted); }
.verdict { padding: 8px 12px; border-radius: 6px; background: var(--good-back); color: var(--good); font-weight: 600; }
.verdict.bad { background: var(--bad-back); color: var(--bad); }
ul.notes { padding-left: 20px; margin: 8px 0; overflow-wrap: anywhere; }
footer { margin-top: 40px; color: var(--muted); font-size: 13px; }
@media (max-width: 760px) {
  body { padding: 18px 14px 40px; font-size: 15px; }
  h1 { font-size: 22px; }
  .wide { display: none; }
  .narrow { display: block; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tile { padding: 8px 10px; }
  .tile b { font-size: 17px; }
  dl.facts { column-gap: 12px; font-size: 14px; }
  table { font-size: 13px; }
  th, td { padding-right: 9px; }
  td.name { min-width: 9em; }
  td.wrap { min-width: 18em; }
}
@media print { body { max-width: none; } figure, tr { break-inside: avoid; } .scroll { overflow: visible; } }
`;
