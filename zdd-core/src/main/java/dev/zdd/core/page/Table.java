package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * Rows of the same kind.
 *
 * @param caption what they are
 * @param columns the columns' names; what stands in the first column names its row
 * @param rows the rows, the most important first; each with a value for each column
 * @param more how many rows there are that were left out
 */
public record Table(String caption, List<String> columns, List<List<Value>> rows, int more)
    implements Block {
  /** Copies the lists; refuses a row of another length than the columns'. */
  public Table {
    requireNonNull(caption, "caption");
    columns = List.copyOf(columns);
    rows = rows.stream().map(List::copyOf).toList();
    for (List<Value> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException(
            "a row of " + row.size() + " values (expected: " + columns.size() + ")");
      }
    }
    if (more < 0) {
      throw new IllegalArgumentException("more: " + more + " (expected: >= 0)");
    }
  }
}
