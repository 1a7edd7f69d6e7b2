/** The page at `/` where no app has that place: the apps that are served here, and how to connect. All values are checked ids, numbers, or inert (page-build.ts). */
import type { PageCard } from "./page-build.ts";

interface Landing {
  readonly cards: readonly PageCard[];
  /** Of rooms. */
  readonly types: readonly string[];
  readonly rooms: number;
  readonly connections: number;
}

export const landingPage = ({ cards, types, rooms, connections }: Landing): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="#f6f3ee">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#151311">
<title>Quorate</title>
<link rel="icon" type="image/svg+xml" href="${icon}">
<link rel="stylesheet" href="/landing.css">
</head>
<body>
<main>
  <header>
    ${mark("mark", 56)}
    <h1>Quorate</h1>
    <p>Rooms that are state machines</p>
  </header>
${cards.length === 0 ? "" : apps(cards)}  <section class="server" aria-labelledby="server">
    <h2 id="server">This server now</h2>
    <dl>
      ${fact("Rooms", rooms)}
      ${fact("Connections", connections)}
      ${fact("Room types", types.length)}
    </dl>
    <details${cards.length === 0 ? " open" : ""}>
      <summary>Connect a client of your own</summary>
      <p>One WebSocket for each room. The first frame is a <code>hello</code>; SPEC.md in the repository has every frame.</p>
      <ul>
        ${types.map((type) => `<li><code>/rooms/${type}/<em>any-id</em></code></li>`).join("\n        ")}
      </ul>
      <pre><code>{"type":"hello","payload":{"protocol":1,"client":"c1","machine":1,"nextSeq":1,"token":"Ada"}}</code></pre>
    </details>
  </section>
  <footer>Health: <a href="/livez">livez</a> · <a href="/readyz">readyz</a></footer>
</main>
</body>
</html>
`;

const apps = (cards: readonly PageCard[]): string => `  <nav aria-label="Apps">
    <p class="hint">Open one in two windows: what happens in one shows in the other.</p>
    <ul class="cards">
      ${cards.map(card).join("\n      ")}
    </ul>
  </nav>
`;

const card = ({ path, title, description, icon }: PageCard): string =>
  `<li class="card">${icon === undefined ? mark("icon mark", 48) : `<img class="icon" src="${icon}" alt="" width="48" height="48">`}<h2><a href="${path}">${title}</a></h2><p>${description}</p><span class="path">${path}</span></li>`;

/** Three seats at a round table. */
const mark = (names: string, size: number): string =>
  `<svg class="${names}" viewBox="0 0 24 24" width="${size}" height="${size}" aria-hidden="true"><circle cx="12" cy="12.4" r="8.4"/><circle class="seat" cx="12" cy="4" r="2.4"/><circle class="seat" cx="19.3" cy="16.6" r="2.4"/><circle class="seat" cx="4.7" cy="16.6" r="2.4"/></svg>`;

const fact = (what: string, count: number): string => `<div><dt>${what}</dt><dd>${count}</dd></div>`;

/** As data, so that no browser asks for another file. */
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Crect width='24' height='24' rx='6.5' fill='%233450d6'/%3E%3Ccircle cx='12' cy='12.4' r='5.9' fill='none' stroke='%23fff' stroke-opacity='.55' stroke-width='1.3'/%3E%3Cg fill='%23fff'%3E%3Ccircle cx='12' cy='6.4' r='2'/%3E%3Ccircle cx='17.1' cy='15.4' r='2'/%3E%3Ccircle cx='6.9' cy='15.4' r='2'/%3E%3C/g%3E%3C/svg%3E";
