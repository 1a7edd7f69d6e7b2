/** What a promise rejects with. `expect(…).rejects` runs the event loop inside itself, which answers from a worker do not survive. */
export const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => {
      throw new Error(`resolved with ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
