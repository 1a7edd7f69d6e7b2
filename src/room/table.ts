/**
 * Many rows of one kind in a machine's context, in the order of their ids: a list of pages, each a list of rows. It is plain data, so JSON, patches and
 * replay need to know nothing of it. Changing one row of a record copies every key, and what is copied is garbage at the next op; here it is one page, and
 * the list of them: 3 KB for ten thousand rows, where a record is a megabyte.
 */
export type Table<Row extends { readonly id: string }> = readonly (readonly Row[])[];

/** Rows of a page; with one more it becomes two. Two neighbours that fit into half of it become one. */
const pageRowsMax = 64;
const half = pageRowsMax / 2;
/** Beside the first page, and beside the last one. */
const full: readonly never[] = Array<never>(pageRowsMax);

export const table = {
  /** All of them, in order. O(n). */
  rows: <Row extends { readonly id: string }>(pages: Table<Row>): readonly Row[] => pages.flat(),

  /** O(log n). */
  get: <Row extends { readonly id: string }>(pages: Table<Row>, id: string): Row | undefined => {
    const page = pages[pageOf(pages, id)] ?? [];
    const row = page[place(page, id)];
    return row?.id === id ? row : undefined;
  },

  has: (pages: Table<{ readonly id: string }>, id: string): boolean => table.get(pages, id) !== undefined,

  /** With this row, in place of the one of the same id if there is one. The same table if it is in it. */
  put: <Row extends { readonly id: string }>(pages: Table<Row>, row: Row): Table<Row> => {
    const n = pageOf(pages, row.id);
    const page = pages[n] ?? [];
    const at = place(page, row.id);
    if (page[at] === row) return pages;
    const changed = page[at]?.id === row.id ? page.with(at, row) : page.toSpliced(at, 0, row);
    if (changed.length > pageRowsMax) return pages.toSpliced(n, 1, changed.slice(0, half), changed.slice(half));
    return pages.length === 0 ? [changed] : pages.with(n, changed);
  },

  /** The same table if there is no such row. */
  remove: <Row extends { readonly id: string }>(pages: Table<Row>, id: string): Table<Row> => {
    const n = pageOf(pages, id);
    const page = pages[n] ?? [];
    const at = place(page, id);
    if (page[at]?.id !== id) return pages;
    const left = page.toSpliced(at, 1);
    if (left.length === 0) return pages.toSpliced(n, 1);
    const [before = full, after = full] = [pages[n - 1], pages[n + 1]];
    if (left.length + after.length <= half) return pages.toSpliced(n, 2, [...left, ...after]);
    if (before.length + left.length <= half) return pages.toSpliced(n - 1, 2, [...before, ...left]);
    return pages.with(n, left);
  },
};

/** The one that has `id`, or would have it: the last one that does not begin after it. */
function pageOf(pages: Table<{ readonly id: string }>, id: string): number {
  return Math.max(0, below(pages.length, (i) => (pages[i]?.[0]?.id ?? "") <= id) - 1);
}

/** The first row that does not come before `id`. By UTF-16 code units, so that every machine orders alike. */
function place(rows: readonly { readonly id: string }[], id: string): number {
  return below(rows.length, (i) => (rows[i]?.id ?? "") < id);
}

/** How many of `length` are so; those come first. */
function below(length: number, isSo: (i: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isSo(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
