/** A timeline as a picture: an SVG that needs nothing else, and a page with it. */
import type { TimelineSeries } from '../../apimachinery/timeline';
import { amountText, type Span, spanText, ticksOf } from './amounts';
import { boundsOf, type Panel, turnsOf, turnsText } from './panels';

const WIDTH = 960;
const LEFT = 64;
const RIGHT = 16;
const CHART = 110;
const HEAD = 44;
const GAP = 18;
const TOP = 36;
const BOTTOM = 34;
const PLOT = WIDTH - LEFT - RIGHT;
const MOST_TICKS = 13;
/** Told apart by those who see few colours, too (Okabe and Ito). */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9'];

export function timelineSvg(panels: readonly Panel[], span: Span): string {
  const height = TOP + panels.length * (HEAD + CHART + GAP) + BOTTOM;
  const x = (at: number) => round(LEFT + ((at - span.from) / (span.to - span.from)) * PLOT);
  const ticks = ticksOf(span, MOST_TICKS);
  const bottom = height - BOTTOM;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>Timeline, ${spanText(span)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" fill="#444444">${spanText(span)}</text>`,
    ...ticks.flatMap(({ at, text }) => [
      `<path d="M${x(at)} ${TOP}V${bottom}" stroke="#eeeeee" fill="none"/>`,
      `<text x="${x(at)}" y="${bottom + 18}" fill="#444444" text-anchor="middle">${text}</text>`,
    ]),
    ...panels.flatMap((panel, i) => panelParts(panel, span, TOP + i * (HEAD + CHART + GAP), x)),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function panelParts(panel: Panel, span: Span, top: number, x: (at: number) => number): string[] {
  const { title, unit, target, lines } = panel;
  const most = Math.max(target ?? 0, ...lines.map(({ points }) => boundsOf(points)?.most ?? 0)) || 1;
  const [above, below] = [top + HEAD, top + HEAD + CHART];
  const y = (value: number) => round(below - (Math.max(0, value) / most) * CHART);
  const wanted = target === undefined ? '' : `, wanted ${amountText(target, unit)}`;
  const parts = [
    `<text x="${LEFT}" y="${top + 16}" font-weight="600" fill="#111111">${escaped(`${title} (${unit})${wanted}`)}</text>`,
    `<path d="M${LEFT} ${above}H${LEFT + PLOT}M${LEFT} ${below}H${LEFT + PLOT}" stroke="#cccccc" fill="none"/>`,
    `<text x="${LEFT - 6}" y="${above + 4}" fill="#444444" text-anchor="end">${amountText(most, unit)}</text>`,
    `<text x="${LEFT - 6}" y="${below + 4}" fill="#444444" text-anchor="end">0</text>`,
  ];
  if (target !== undefined)
    parts.push(`<path d="M${LEFT} ${y(target)}H${LEFT + PLOT}" stroke="#888888" stroke-dasharray="4 4" fill="none"/>`);
  let at = LEFT;
  lines.forEach(({ name, points }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const words = `${name} ${summary(points, panel)}`;
    parts.push(
      `<path d="M${at} ${top + 31}h14" stroke="${colour}" stroke-width="2"/>`,
      `<text x="${at + 18}" y="${top + 35}" fill="#444444">${escaped(words)}</text>`,
    );
    at += 34 + words.length * 6.4;
  });
  // The first is the most important: it lies on top.
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i] as Panel['lines'][number];
    const path = pathOf(line.points, span, x, y);
    const words = escaped(`${title}: ${line.name} ${summary(line.points, panel)}`);
    parts.push(
      `<path d="${path}" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="1.5" fill="none"><title>${words}</title></path>`,
    );
  }
  return parts;
}

function summary(points: TimelineSeries['points'], { unit }: Panel): string {
  const bounds = boundsOf(points);
  if (!bounds) return '';
  return `${amountText(bounds.least, unit)} to ${amountText(bounds.most, unit)}, ${turnsText(points)}`;
}

/** A value holds until the next. */
function pathOf(
  points: TimelineSeries['points'],
  { to }: Span,
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  let path = '';
  let isOpen = false;
  for (const [at, value] of points) {
    if (isOpen) path += `H${x(at)}`;
    if (value === null) isOpen = false;
    else {
      path += isOpen ? `V${y(value)}` : `M${x(at)} ${y(value)}`;
      isOpen = true;
    }
  }
  return isOpen ? `${path}H${x(to)}` : path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

export function timelineHtml(panels: readonly Panel[], span: Span): string {
  const rows = panels.flatMap((panel) =>
    panel.lines.map(({ name, points }) => {
      const bounds = boundsOf(points);
      const amount = (value: number | null | undefined) =>
        value === null || value === undefined ? '' : amountText(value, panel.unit);
      const cells = [panel.title, name, amount(bounds?.least), amount(bounds?.most), amount(points.at(-1)?.[1])];
      return `<tr>${[...cells, String(turnsOf(points))].map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
    }),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Timeline, ${spanText(span)}</title>
<style>
body { font: 14px system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #111; background: #fff; }
svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: 0.2rem 1rem 0.2rem 0; border-bottom: 1px solid #ddd; }
</style>
</head>
<body>
${timelineSvg(panels, span)}<table>
<tr><th>Chart</th><th>Line</th><th>Least</th><th>Most</th><th>At the end</th><th>Turns</th></tr>
${rows.join('\n')}
</table>
</body>
</html>
`;
}
