package dev.zdd.health;

/**
 * How much an endpoint shows to whom. What is never shown, to anybody: messages of exceptions,
 * hosts, URLs, credentials. A check's own reason ({@link HealthResult#reason}) is what its author
 * wrote; of an exception it is the type.
 */
public enum Details {
  /** The status of a probe or a group, and no check's name. */
  NOTHING,
  /** The checks by name, with their status and times; why one is not up is withheld. */
  NAMES,
  /** The checks and their reasons. */
  EVERYTHING
}
