"""The page's style sheet: tables, chips, sources; nothing that a theme option can say."""

CSS = """
<style>
.block-container{max-width:1080px;padding:2.6rem 2.5rem 6rem}
[data-testid="stBottomBlockContainer"]{max-width:1080px;padding-left:2.5rem;padding-right:2.5rem}
[data-testid="stHtml"] a,[class*="st-key-sources-"] button p{color:#0b6b5d;text-decoration:underline;
  text-underline-offset:2px}
[class*="st-key-sources-"] button{padding:0;min-height:1.7rem;text-align:left;justify-content:flex-start}
[class*="st-key-example-"] button{justify-content:flex-start;text-align:left}
[data-testid="stSidebar"] .stButton button{justify-content:flex-start;text-align:left}
h1.brand{font-size:1.55rem;font-weight:650;margin:0 0 .15rem;padding:0;letter-spacing:-.01em}
p.tagline{color:#53625e;margin:0 0 .8rem}
.scroll{overflow-x:auto;margin:.2rem 0 .6rem}
table.grid{border-collapse:collapse;width:100%;font-size:.86rem;line-height:1.4}
table.grid caption{caption-side:top;text-align:left;font-weight:600;font-size:.95rem;padding:.3rem 0;color:#1c2523}
table.grid th{text-align:left;font-weight:600;color:#53625e;background:#f4f6f5;padding:.4rem .6rem;
  border:0;border-bottom:1px solid #d9e0de;white-space:nowrap}
table.grid td{vertical-align:top;padding:.45rem .6rem;border:0;border-bottom:1px solid #e7ecea}
table.grid tbody.total td{background:#f4f6f5;border-bottom:0}
table.grid tbody tr:not(:last-child) td{border-bottom:0;padding-bottom:.1rem}
td.note{padding-top:0}
table.duty td:nth-child(4),table.options td:nth-child(-n+4):not(:first-child){font-variant-numeric:tabular-nums}
.soft{color:#53625e;font-size:.8rem}
.chip{display:inline-block;border-radius:999px;padding:0 .5rem;font-size:.74rem;line-height:1.35rem;
  background:#e9eeec;color:#33413d;white-space:nowrap}
.chip.issuer_verified,.chip.document_seen,.chip.applied{background:#d9efe9;color:#0a5449}
.chip.claimed,.chip.needs_fact{background:#fbeecb;color:#6b4a00}
.chip.expired,.chip.revoked{background:#f8dcd9;color:#8a1f13}
.chip.sample{background:#e4e2f4;color:#3d3580}
.cert{margin-bottom:.2rem}
.score{white-space:nowrap}
.bar{display:inline-block;width:46px;height:6px;border-radius:3px;background:#e1e7e5;margin-right:.4rem;
  vertical-align:middle;overflow:hidden}
.bar span{display:block;height:6px;background:#0b6b5d}
ul.why,ul.plain{margin:0;padding-left:1.05rem;font-size:.86rem;line-height:1.45}
ul.why li,ul.plain li{margin:0 0 .12rem;font-size:inherit}
ul.why{color:#33413d;columns:2;column-gap:2rem}
ul.plain a{color:#0b6b5d}
ul.why li{break-inside:avoid}
li.gap{color:#8a5200}
details{margin:.4rem 0;font-size:.92rem}
summary{cursor:pointer;font-weight:600;margin-bottom:.2rem}
p.head{font-weight:600;margin:.5rem 0 .2rem;font-size:.92rem}
.passage{white-space:pre-wrap;overflow-wrap:anywhere;border-left:3px solid #e1e7e5;padding:.2rem 0 .2rem .8rem;
  margin:.5rem 0;line-height:1.5}
.passage.quoted{border-left-color:#0b6b5d;background:#eef6f3}
.passage h4{font-size:.85rem;margin:0 0 .2rem;padding:0;color:#53625e;font-weight:600}
.facts{color:#53625e;font-size:.88rem;margin:0 0 .4rem}
.activity{color:#53625e;font-size:.85rem;margin:0}
.activity.busy::before{content:"";display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.5em;
  border:2px solid #cbd5d2;border-top-color:#0b6b5d;animation:turn 1s linear infinite}
.activity.done::before{content:"✓";margin-right:.5em;color:#0b6b5d}
@keyframes turn{to{transform:rotate(360deg)}}
@media (prefers-reduced-motion:reduce){.activity.busy::before{animation:none}}
@media (max-width:640px){
  .block-container,[data-testid="stBottomBlockContainer"]{padding-left:1rem;padding-right:1rem}
  [data-testid^="stChatMessageAvatar"]{display:none}
  table.grid thead{position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0 0 0 0)}
  table.grid,table.grid tbody,table.grid tr,table.grid td,table.grid caption{display:block;width:100%}
  table.grid tbody{border:1px solid #d9e0de;border-radius:8px;margin-bottom:.6rem;padding:.3rem 0}
  table.grid tbody td{border:0;padding:.22rem .7rem;display:grid;grid-template-columns:6.2rem 1fr;gap:.5rem}
  table.grid td:has(>div:empty){display:none}
  table.grid td::before{content:attr(data-label);color:#53625e;font-size:.78rem}
  ul.why{columns:1}
}
</style>
"""
