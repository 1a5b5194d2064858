package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing of which much is known: a check, a flag. Immutable: each method returns a changed copy.
 *
 * @param title its name
 * @param badge how it is
 * @param tags what kind of thing it is, in a word or two each
 * @param aside one value at the end of the line: for how long; null if there is none
 * @param note why it is so, in a sentence; empty if there is nothing to say
 * @param picture a small picture: a timeline, a bar; null if there is none
 * @param facts the rest, shown when the line is opened
 */
public record Entry(
    String title,
    Badge badge,
    List<String> tags,
    @Nullable Value aside,
    String note,
    @Nullable Value picture,
    List<Fact> facts) {
  /** Copies the lists. */
  public Entry {
    requireNonNull(title, "title");
    requireNonNull(badge, "badge");
    requireNonNull(note, "note");
    tags = List.copyOf(tags);
    facts = List.copyOf(facts);
  }

  /** A thing of which only this is known. */
  public static Entry of(String title, Badge badge) {
    return new Entry(title, badge, List.of(), null, "", null, List.of());
  }

  /** With these words beside its name. */
  public Entry tags(List<String> words) {
    return new Entry(title, badge, words, aside, note, picture, facts);
  }

  /** With this at the end of the line. */
  public Entry aside(Value value) {
    return new Entry(title, badge, tags, value, note, picture, facts);
  }

  /** With this sentence. */
  public Entry note(String sentence) {
    return new Entry(title, badge, tags, aside, sentence, picture, facts);
  }

  /** With this picture. */
  public Entry picture(Value small) {
    return new Entry(title, badge, tags, aside, note, small, facts);
  }

  /** With these facts. */
  public Entry facts(List<Fact> known) {
    return new Entry(title, badge, tags, aside, note, picture, known);
  }
}
