package dev.zdd.examples.demo;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What the shops executed, held against what the client saw. A POST that was answered must have run
 * exactly once; one that failed may have run or not, for the client cannot know, but never twice.
 *
 * @param answered how many POSTs were answered
 * @param once how many of those ran exactly once
 * @param twice those that ran more than once, each with where, the first of them
 * @param twiceCount how many those are
 * @param missing those that were answered and never ran, the first of them
 * @param missingCount how many those are
 * @param failedThatRan how many failed at the client and ran all the same
 * @param failedThatDidNot how many failed at the client and did not run
 * @param strangers how many ran that nobody sent
 */
record ExactlyOnce(
    long answered,
    long once,
    List<String> twice,
    long twiceCount,
    List<String> missing,
    long missingCount,
    long failedThatRan,
    long failedThatDidNot,
    long strangers) {
  private static final int KEPT = 50;

  /** Before anything was sent, or where there is nothing to compare. */
  static final ExactlyOnce NOTHING = of(List.of(), new Posts());

  /**
   * One POST as the shops recorded it.
   *
   * @param number the POST's own
   * @param times how often it ran
   * @param where the instances that ran it
   */
  record Execution(long number, int times, String where) {}

  static ExactlyOnce of(Iterable<Execution> executions, Posts posts) {
    BitSet answered = posts.answered();
    BitSet failed = posts.failed();
    BitSet ran = new BitSet();
    List<String> twice = new ArrayList<>();
    long twiceCount = 0;
    long once = 0;
    long strangers = 0;
    for (Execution execution : executions) {
      int number = Math.toIntExact(execution.number());
      ran.set(number);
      if (execution.times() > 1) {
        twiceCount++;
        keep(
            twice,
            "POST "
                + number
                + " ran "
                + execution.times()
                + " times: on "
                + execution.where()
                + (answered.get(number) ? ", answered" : ", not answered"));
      } else if (answered.get(number)) {
        once++;
      }
      if (!answered.get(number) && !failed.get(number)) {
        strangers++;
      }
    }
    BitSet missing = posts.answered();
    missing.andNot(ran);
    List<String> missed = new ArrayList<>();
    missing.stream().limit(KEPT).forEach(n -> missed.add("POST " + n + " was answered, not run"));
    BitSet failedThatRan = posts.failed();
    failedThatRan.and(ran);
    return new ExactlyOnce(
        answered.cardinality(),
        once,
        List.copyOf(twice),
        twiceCount,
        List.copyOf(missed),
        missing.cardinality(),
        failedThatRan.cardinality(),
        failed.cardinality() - failedThatRan.cardinality(),
        strangers);
  }

  private static void keep(List<String> list, String what) {
    if (list.size() < KEPT) {
      list.add(what);
    }
  }

  /** What was not exactly once, a line each; empty if all was well. */
  List<String> complaints() {
    List<String> complaints = new ArrayList<>();
    if (twiceCount > 0) {
      complaints.add(twiceCount + " POSTs ran more than once; first: " + twice.get(0));
    }
    if (missingCount > 0) {
      complaints.add(missingCount + " POSTs were answered and never ran; first: " + missing.get(0));
    }
    if (strangers > 0) {
      complaints.add(strangers + " POSTs ran that nobody sent");
    }
    return complaints;
  }

  /** One line for the table and the report. */
  String inWords() {
    return String.format(
        java.util.Locale.ROOT,
        "%,d of %,d answered POSTs ran exactly once, %,d twice, %,d never;"
            + " of %,d failed ones %,d ran",
        once,
        answered,
        twiceCount,
        missingCount,
        failedThatRan + failedThatDidNot,
        failedThatRan);
  }
}
