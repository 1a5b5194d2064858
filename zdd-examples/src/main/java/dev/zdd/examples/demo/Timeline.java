package dev.zdd.examples.demo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What each instance did when, in seconds since the first process was started. Thread-safe. */
final class Timeline {
  /** What an instance is doing, as seen from outside. */
  enum State {
    STARTING,
    READY,
    DRAINING,
    STOPPED
  }

  /** One stretch of one instance's life. */
  record Span(String instance, String version, State state, double from, double to) {}

  /** The end of one process. */
  record Exit(String instance, String version, double sigterm, double seconds, int code) {}

  private final long origin = System.nanoTime();

  // All guarded by this.
  private final Map<String, Span> open = new HashMap<>();
  private final List<Span> spans = new ArrayList<>();
  private final List<Exit> exits = new ArrayList<>();

  double now() {
    return at(System.nanoTime());
  }

  double at(long nanoTime) {
    return (nanoTime - origin) / 1e9;
  }

  synchronized void enter(String instance, String version, State state) {
    double now = now();
    Span before = open.put(instance, new Span(instance, version, state, now, now));
    if (before != null) {
      spans.add(until(before, now));
    }
  }

  synchronized void exited(Exit exit) {
    exits.add(exit);
  }

  /** All spans; those that still last end now. */
  synchronized List<Span> spans() {
    double now = now();
    List<Span> all = new ArrayList<>(spans);
    open.values().forEach(span -> all.add(until(span, now)));
    return all;
  }

  synchronized List<Exit> exits() {
    return List.copyOf(exits);
  }

  private static Span until(Span span, double end) {
    return new Span(span.instance(), span.version(), span.state(), span.from(), end);
  }
}
