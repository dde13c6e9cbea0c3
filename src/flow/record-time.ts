/** Times of records are Unix seconds, but for what some old tools wrote. */

/** Times above this are milliseconds (flowlogs-reader pull request 30). */
export const MAX_SECONDS = 1e11;
