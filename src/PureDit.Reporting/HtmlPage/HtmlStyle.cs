namespace PureDit.Reporting;

internal static class HtmlStyle
{
    public const string Css =
        """

        :root{color-scheme:light dark;--page:#f4f6f8;--card:#ffffff;--ink:#1b2027;--muted:#5b6570;--edge:#dfe3e8;
        --good:#1c7c4c;--fair:#9a6700;--poor:#b3261e;--code:#eef1f4}
        @media (prefers-color-scheme:dark){:root{--page:#0d1117;--card:#151a21;--ink:#e6eaef;--muted:#9aa4af;--edge:#2b323b;
        --good:#4ac58a;--fair:#e3b341;--poor:#ff8178;--code:#1c232b}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--ink);
        font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",sans-serif}
        main{max-width:1180px;margin:0 auto;padding:20px 14px 48px}
        h1{font-size:1.6rem;line-height:1.2;margin:.2em 0}
        h2{font-size:1.15rem;margin:2em 0 .6em}
        p{max-width:44em;margin:.5em 0}
        .lead{color:var(--muted);font-size:1.05rem}
        .tiles{display:grid;gap:10px;grid-template-columns:repeat(auto-fit,minmax(155px,1fr));margin:14px 0}
        .tile{background:var(--card);border:1px solid var(--edge);border-left:4px solid var(--tone,var(--edge));border-radius:8px;
        padding:10px 12px;--tone:var(--edge)}
        .tile .label,.tile .detail{color:var(--muted);font-size:.82rem;line-height:1.35}
        .tile .value{font-size:1.5rem;font-weight:650;line-height:1.3;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
        .tile .verdict{color:var(--tone);font-size:.82rem;font-weight:600}
        .tile.good{--tone:var(--good)}.tile.fair{--tone:var(--fair)}.tile.poor{--tone:var(--poor)}
        .figures{display:grid;gap:14px;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));align-items:start;margin:14px 0}
        figure{margin:0;background:var(--card);border:1px solid var(--edge);border-radius:8px;overflow:hidden;max-width:720px}
        figure svg{display:block;width:100%;height:auto}
        figcaption{color:var(--muted);font-size:.88rem;line-height:1.45;padding:0 14px 12px}
        .wide{overflow-x:auto;background:var(--card);border:1px solid var(--edge);border-radius:8px;margin:14px 0}
        table{border-collapse:collapse;width:100%;font-size:.92rem}
        th,td{text-align:left;padding:7px 12px;border-top:1px solid var(--edge);vertical-align:top}
        thead th{border-top:0;color:var(--muted);font-weight:600;white-space:nowrap}
        .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        pre{background:var(--code);border-radius:8px;padding:12px 14px;overflow-x:auto;font-size:.84rem;line-height:1.45}
        details{background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:0 14px;margin:14px 0}
        summary{cursor:pointer;padding:10px 0;font-weight:600}
        @media print{body{background:none}.tile,figure,.wide,details{break-inside:avoid}}

        """;
}
