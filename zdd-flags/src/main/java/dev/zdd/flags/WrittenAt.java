package dev.zdd.flags;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When a document in Redis was written, as its write says: {@code 5f0c…@1764321450123}. By the
 * writer's clock, and later than the write that it replaced in any case.
 */
final class WrittenAt {
  private static final Pattern END = Pattern.compile("@([0-9]{1,15})\\z");

  private WrittenAt() {}

  /** In milliseconds since 1970; 0 if it does not say. */
  static long millis(FlagRevision revision) {
    Matcher end = END.matcher(revision.write());
    return end.find() ? Long.parseLong(end.group(1)) : 0;
  }
}
