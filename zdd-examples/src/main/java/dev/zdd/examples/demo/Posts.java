package dev.zdd.examples.demo;

import java.util.BitSet;

/**
 * How each POST ended as the client saw it, by its number: a bit each, so that a million of them
 * take no room. Thread-safe.
 */
final class Posts {
  // Guarded by this.
  private final BitSet answered = new BitSet();
  private final BitSet failed = new BitSet();

  synchronized void ended(long number, boolean well) {
    (well ? answered : failed).set(Math.toIntExact(number));
  }

  synchronized BitSet answered() {
    return (BitSet) answered.clone();
  }

  synchronized BitSet failed() {
    return (BitSet) failed.clone();
  }
}
