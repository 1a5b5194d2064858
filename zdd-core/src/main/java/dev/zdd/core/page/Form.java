package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What somebody can do: fields to fill in, and one button, so that a stray Enter does what the
 * button says and nothing else. It is sent by POST to the page's own address, as {@link
 * dev.zdd.core.http.FormFields}. On a {@link FormPage} only: a {@link StatusPage} changes nothing,
 * and its policy forbids the browser to send any form.
 *
 * @param caption what it does
 * @param note what that means, in a sentence; empty if the caption says it all
 * @param hidden what is sent along and not shown
 * @param fields what is filled in
 * @param button what the button says, in the colour of its tone
 */
public record Form(
    String caption, String note, Map<String, String> hidden, List<Field> fields, Badge button)
    implements Block {
  /** Copies the collections. */
  public Form {
    requireNonNull(caption, "caption");
    requireNonNull(note, "note");
    hidden = Collections.unmodifiableMap(new TreeMap<>(hidden));
    fields = List.copyOf(fields);
    requireNonNull(button, "button");
  }

  /**
   * One line of text, which is required.
   *
   * @param name as it is sent
   * @param label as it is shown
   * @param value what stands in it at first
   * @param longest how many characters the browser takes
   */
  public record Field(String name, String label, String value, int longest) {
    /** Refuses null. */
    public Field {
      requireNonNull(name, "name");
      requireNonNull(label, "label");
      requireNonNull(value, "value");
      if (longest < 1) {
        throw new IllegalArgumentException("longest: " + longest + " (expected: >= 1)");
      }
    }
  }
}
