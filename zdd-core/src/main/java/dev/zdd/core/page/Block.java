package dev.zdd.core.page;

/**
 * A piece of a section. The page shows at most {@value #MOST_ROWS} rows of one, and says how many
 * more there are.
 */
public sealed interface Block permits Facts, Entries, Table, Note, Form {
  /** How many rows of one block are shown. */
  int MOST_ROWS = 200;
}
