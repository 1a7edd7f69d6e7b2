/** A bar chart as SVG text: a group per workload, a bar per server; shorter is better. */

export interface Group {
  readonly title: string;
  readonly bars: readonly { readonly label: string; readonly value: number }[];
}

const width = 760;
const labelWidth = 130;
const valueWidth = 70;
const barHeight = 18;
const barGap = 4;
const groupGap = 34;
const top = 40;

export function barChart(title: string, groups: readonly Group[], digits: number): string {
  const parts: string[] = [];
  let y = top;
  for (const { title: name, bars } of groups) {
    // Each group has its own scale: the shapes differ by more than a chart can show.
    const longest = Math.max(...bars.map(({ value }) => value));
    parts.push(`<text x="0" y="${y + 14}" font-weight="600">${escaped(name)}</text>`);
    y += 24;
    for (const { label, value } of bars) {
      const length = Math.max(1, ((width - labelWidth - valueWidth) * value) / longest);
      const fill = label.startsWith("quorate") ? "#2f6fdb" : "#a8b0ba";
      parts.push(
        `<text x="${labelWidth - 8}" y="${y + 13}" text-anchor="end">${escaped(label)}</text>`,
        `<rect x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2" fill="${fill}"/>`,
        `<text x="${(labelWidth + length + 6).toFixed(1)}" y="${y + 13}">${value.toFixed(digits)}</text>`,
      );
      y += barHeight + barGap;
    }
    y += groupGap - 24;
  }
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="#24292f">`;
  const background = `<rect width="${width}" height="${y}" fill="#ffffff"/>`;
  return `${[head, `<title>${escaped(title)}</title>`, background, `<text x="0" y="20" font-size="15" font-weight="600">${escaped(title)}</text>`, ...parts].join("\n")}\n</svg>\n`;
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
