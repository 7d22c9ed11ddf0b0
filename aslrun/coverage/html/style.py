"""The looks of the page, light and dark."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --text: #16191f; --faint: #5f6b7a; --line: #d5dbdb;
  --hit: #d9f2e0; --part: #fff1cc; --missed: #fde0e0; --bad: #c62828; --good: #1d8102; --link: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --ground: #16191f; --text: #e6e8eb; --faint: #9aa5b1;
  --line: #3a4350; --hit: #12351f; --part: #43350c; --missed: #4a1d1d; --bad: #ff8a80; --good: #7ddc8b;
  --link: #79b8ff; } }
body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; overflow-wrap: anywhere; }
h1 b, h2 b { margin-left: .5em; }
a { color: var(--link); }
section { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: .5rem; }
.wide, .drawing, .source { overflow-x: auto; }
.drawing { padding: .5rem; } .drawing svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; }
.ratios th, .ratios td { padding: .2rem .7rem; text-align: right; font-variant-numeric: tabular-nums;
  font-weight: normal; white-space: nowrap; }
.ratios td:last-child, .ratios th:last-child { text-align: left; }
.ratios th:first-child { text-align: left; padding-left: 0; } .ratios thead th { color: var(--faint); }
.ratios tfoot th, .ratios tfoot td { border-top: 1px solid var(--line); font-weight: bold; }
.ratios .missed, .note { color: var(--bad); } .ratios .nothing, .misses i { color: var(--faint); }
.misses i { font-style: normal; } .all { color: var(--good); }
meter { width: 7rem; vertical-align: middle; }
.source { border: 1px solid var(--line); border-radius: 4px; font: 13px/1.45 ui-monospace, monospace; }
.source table { width: 100%; } .source td { padding: 0 .6rem; vertical-align: top; }
.source td:nth-child(-n+2) { color: var(--faint); text-align: right; user-select: none; width: 1%;
  white-space: nowrap; }
.source td:nth-child(2) { border-right: 3px solid transparent; } .source pre { display: inline; margin: 0;
  font: inherit; }
.source .hit td:nth-child(2) { border-color: var(--good); }
.source .part td { background: var(--part); } .source .missed td { background: var(--missed); }
.source .missed td:nth-child(2) { border-color: var(--bad); }
.source tr:target td { outline: 1px solid var(--link); }
.why { color: var(--bad); font-family: system-ui, sans-serif; margin-left: 2em; }
"""
