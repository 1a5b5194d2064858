package dev.zdd.core.page;

import java.util.Locale;

/**
 * How something is to be taken, from the calm to the alarming; its colour. A word always goes with
 * it.
 */
public enum Tone {
  /** Neither good nor bad: not begun, not known to matter. */
  NEUTRAL,
  /** As it should be. */
  GOOD,
  /** Worth a look. */
  WARNING,
  /** What somebody is woken for. */
  BAD;

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
