/**
 * The request of an upgrade, as text: an app's sign-in gets it at the hello and with every new token, and Bun's own object would hold two kilobytes
 * of every connection until then. From: upgrade.ts. To: connection.ts, renewals.ts.
 */
export class KeptRequest {
  readonly #url: string;
  readonly #headers: string;

  constructor({ url, headers }: Request) {
    this.#url = url;
    this.#headers = JSON.stringify([...headers]);
  }

  /** A new one each time. Its method is GET, as an upgrade's always is. */
  get(): Request {
    return new Request(this.#url, { headers: JSON.parse(this.#headers) as [string, string][] });
  }
}
