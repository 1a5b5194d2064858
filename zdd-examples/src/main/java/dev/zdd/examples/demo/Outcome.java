package dev.zdd.examples.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The whole of a demo, after its end: what the table and the report are made from.
 *
 * @param settings what was asked, as label → value, in the order to show
 * @param tally every request
 * @param exactlyOnce what became of the POSTs
 * @param spans what each instance did when
 * @param exits how each replaced process ended
 * @param instances the instances' names, in order
 * @param newest the version that all should run at the end
 * @param servedLast the versions seen in the last moments of load
 * @param gone the instances whose last process was not running at the end
 * @param loadFrom when the load began, in seconds on the timeline
 * @param loadTo when it ended; everything else has ended by then too
 */
record Outcome(
    Map<String, String> settings,
    Tally tally,
    ExactlyOnce exactlyOnce,
    List<Timeline.Span> spans,
    List<Timeline.Exit> exits,
    List<String> instances,
    String newest,
    List<String> servedLast,
    List<String> gone,
    double loadFrom,
    double loadTo) {
  private static final long BUSY_MICROS = 1_000_000;

  /** What went wrong, a line each; empty if the demo has shown what it should. */
  List<String> complaints() {
    List<String> complaints = new ArrayList<>();
    if (tally.failed() > 0) {
      complaints.add(Words.failures(tally) + " of " + tally.sentSoFar() + " requests");
    }
    if (tally.failed() > 0 && tally.latestStartMicros() > BUSY_MICROS) {
      complaints.add(
          "the machine was too busy to measure: a request was started "
              + Words.millis(tally.latestStartMicros())
              + " after its time");
    }
    complaints.addAll(exactlyOnce.complaints());
    long unaccounted = tally.unaccounted();
    if (unaccounted != 0) {
      complaints.add(unaccounted + " requests neither answered nor failed");
    }
    for (Timeline.Exit exit : exits) {
      if (exit.code() != 0) {
        complaints.add(
            exit.instance()
                + " "
                + exit.version()
                + " exited with code "
                + exit.code()
                + " (expected: 0)");
      }
    }
    for (String instance : gone) {
      complaints.add(instance + " was not running at the end");
    }
    if (!servedLast.equals(List.of(newest))) {
      complaints.add("versions served at the end: " + servedLast + " (expected: " + newest + ")");
    }
    return complaints;
  }
}
