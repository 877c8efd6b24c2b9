/** The page's style: light or dark by the reader's setting, one column that fits 360 pixels. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--panel:#f5f6f8;--ink:#1b1f24;--dim:#545d68;--line:#d5dae1;--link:#0b57c2;
--good:#146c3c;--bad:#b3261e;--warn:#7a4f00;--answered:#2f6fde;--refused:#c9372c;--elsewhere:#a15c00;--left:#7a4fbf;--failed:#4d5663;
--slots:#0f766e;--flight:#2f6fde;--limit:#c9372c;--good-ground:#d3e9dc;--warn-ground:#f1e6c4;--bad-ground:#f4b9b3;--faint-ground:#fbe4e1}
@media(prefers-color-scheme:dark){:root{--bg:#13161a;--panel:#1d2127;--ink:#e7eaee;--dim:#a3adb9;--line:#39414c;--link:#82b4ff;
--good:#5fd08f;--bad:#ff8b7e;--warn:#f2bd4b;--answered:#6ea1ff;--refused:#ff7b6e;--elsewhere:#f0a545;--left:#bb9bf5;--failed:#9aa4b1;
--slots:#2dd4bf;--flight:#6ea1ff;--limit:#ff7b6e;--good-ground:#1c3b2a;--warn-ground:#443818;--bad-ground:#6b2722;--faint-ground:#3a2325}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.page{max-width:960px;margin:0 auto;padding:16px 24px 48px}
h1{font-size:1.6rem;line-height:1.25;margin:.6em 0 .5em;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2em 0 .6em;padding-bottom:.2em;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1.4em 0 .4em;overflow-wrap:anywhere}
p{margin:.4em 0;overflow-wrap:anywhere}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--bg);padding:8px;z-index:1}
nav ul,.legend{list-style:none;margin:.4em 0;padding:0;display:flex;flex-wrap:wrap;gap:.3em 1.1em}
nav a{display:inline-block;padding:.2em 0}
.status{border:1px solid var(--line);border-left:8px solid var(--tone);background:var(--panel);border-radius:6px;padding:12px 18px;margin:0}
.status strong{color:var(--tone);font-size:1.2rem;letter-spacing:.03em;text-transform:uppercase}
.good{--tone:var(--good)}.bad{--tone:var(--bad)}.warn{--tone:var(--warn)}.plain,.dim,.strong,.command{--tone:var(--ink)}
.t-good{color:var(--good)}.t-bad{color:var(--bad)}.t-warn{color:var(--warn)}.t-dim{color:var(--dim)}.t-strong{font-weight:600}.t-command{font-family:ui-monospace,monospace}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25em 1.2em;margin:.6em 0}
dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
figure{margin:1.2em 0}figcaption h3{margin-top:0}figcaption p,.legend{color:var(--dim);font-size:.9rem}
svg{display:block;width:100%;height:auto}.narrow{display:none}
.mark{display:inline-block;width:18px;height:11px;margin-right:.45em;border:2px solid;border-radius:2px;vertical-align:-1px}
.mark.answered{color:var(--answered);background:var(--answered)}.mark.refused{color:var(--refused)}
.mark.elsewhere{color:var(--elsewhere);border-style:dashed}.mark.left{color:var(--left);background:color-mix(in srgb,var(--left) 35%,transparent)}
.mark.failed{color:var(--failed);background:var(--failed)}
.mark.slots,.mark.flight,.mark.limit,.mark.whole,.mark.due,.mark.token{height:0;border-width:3px 0 0;vertical-align:4px;border-radius:0}
.mark.whole{color:var(--flight)}.mark.due{color:var(--left);border-top-style:dashed}.mark.token{color:var(--slots)}
.mark.slots{color:var(--slots)}.mark.flight{color:var(--flight);border-width:2px 0 0}.mark.limit{color:var(--limit);border-top-style:dashed;border-width:2px 0 0}
.scroll{margin:.8em 0;overflow:auto;border:1px solid var(--line);border-radius:6px}.tall{max-height:32rem}
table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{padding:.3em .75em;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
thead th{background:var(--panel);position:sticky;top:0;color:var(--dim);font-weight:600;white-space:nowrap}
tbody th{font-weight:600}tr:last-child>*{border-bottom:0}.right{text-align:right;white-space:nowrap}
tr:target>*{background:color-mix(in srgb,var(--link) 22%,transparent)}
.heat td{background:var(--ground);border:2px solid var(--bg);text-align:center;padding:0;vertical-align:middle}
.heat .good{--ground:var(--good-ground)}.heat .warn{--ground:var(--warn-ground)}.heat .bad{--ground:var(--bad-ground)}.heat .faint{--ground:var(--faint-ground)}
.heat td a{display:block;padding:.45em .5em;color:var(--ink);text-decoration-color:var(--tone);text-underline-offset:.2em}.heat td.bad:not(.faint) a{font-weight:700}
.heat tbody th{position:sticky;left:0;background:var(--bg);font-weight:600;min-width:8.5em}.heat tbody th span{display:block;font-weight:400;color:var(--dim);overflow-wrap:anywhere}.heat thead th{text-align:center;white-space:normal}
caption{text-align:left;padding:.5em .75em;color:var(--dim)}
summary{cursor:pointer;padding:.3em 0;color:var(--link)}
code,pre{font:.88rem/1.5 ui-monospace,SFMono-Regular,Menlo,monospace}
pre{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:12px 14px;overflow-x:auto}
code{overflow-wrap:anywhere}
.evidence{border-left:3px solid var(--line);padding-left:.9em;margin:.7em 0}
button{font:inherit;padding:.5em 1.1em;border:1px solid var(--line);border-radius:6px;background:var(--panel);color:var(--ink);cursor:pointer}
footer{margin-top:3em;color:var(--dim);font-size:.88rem}
@media(max-width:680px){.page{padding:8px 16px 32px}.wide{display:none}.narrow{display:block}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5em}
h1{font-size:1.3rem}th,td{padding:.3em .5em}}
@media print{.wide{display:block}.narrow{display:none}.tall{max-height:none}nav,button{display:none}}
`;
