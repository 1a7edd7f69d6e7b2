/** The page at `/`: that the server runs, what it serves, and how to connect. Plain HTML; all values are checked ids or numbers. */
export const landingPage = ({
  types,
  rooms,
  connections,
}: {
  readonly types: readonly string[];
  readonly rooms: number;
  readonly connections: number;
}): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Quorate</title>
<link rel="stylesheet" href="/landing.css">
<main>
  <header>
    <svg viewBox="0 0 24 24" width="44" height="44" aria-hidden="true"><circle cx="12" cy="12" r="9.2"/><circle class="seat" cx="12" cy="4" r="2.1"/><circle class="seat" cx="18.9" cy="16" r="2.1"/><circle class="seat" cx="5.1" cy="16" r="2.1"/></svg>
    <div>
      <h1>Quorate</h1>
      <p>Rooms that are state machines. This server is up.</p>
    </div>
  </header>
  <dl>
    <div><dt>Rooms now</dt><dd>${rooms}</dd></div>
    <div><dt>Connections now</dt><dd>${connections}</dd></div>
    <div><dt>Room types</dt><dd>${types.length}</dd></div>
  </dl>
  <section>
    <h2>Connect</h2>
    <p>One WebSocket per room. The first frame is a <code>hello</code>; SPEC.md in the repository has every frame.</p>
    <ul>
      ${types.map((type) => `<li><code>/rooms/${type}/<em>any-id</em></code></li>`).join("\n      ")}
    </ul>
    <pre><code>{"type":"hello","payload":{"protocol":1,"client":"c1","machine":1,"nextSeq":1,"token":"Ada"}}
{"type":"command","payload":{"seq":1,"event":{"type":"chat.send","text":"Hello"}}}</code></pre>
  </section>
  <footer>Health: <a href="/livez">livez</a> · <a href="/readyz">readyz</a></footer>
</main>
</html>
`;
