package dev.zdd.shutdown;

import dev.zdd.core.InFlight;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is in flight, in words for the log: method and path, never a query or a header. */
final class InFlightLines {
  private static final int LONGEST = 200;

  private InFlightLines() {}

  /** "GET /orders (12.3 s)". */
  static String describe(InFlight.Work work) {
    return printable(work.method())
        + " "
        + printable(work.target())
        + " ("
        + Seconds.of(work.age())
        + ")";
  }

  /** The same with the stack of the thread that is on it. */
  static String withStack(InFlight.Work work) {
    Thread thread = work.thread();
    return describe(work)
        + (thread == null
            ? ", asynchronous: no thread is on it"
            : ", thread " + thread.getName() + Bounded.stackOf(thread));
  }

  static @Nullable String oldest(List<InFlight.Work> work) {
    return work.isEmpty() ? null : describe(work.get(0));
  }

  /** A path comes from outside: nothing in it may forge a log line or flood the log. */
  static String printable(String text) {
    String head = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    return head.replaceAll("\\p{Cntrl}", "?");
  }
}
