package dev.zdd.flags;

import org.jspecify.annotations.Nullable;

/**
 * How a decision ends, for all whom it ends so. Made ahead, so that deciding makes nothing.
 *
 * @param reason why, in a word
 * @param answer what is answered
 * @param why why, in a sentence; but for the numbers of {@code rollout}
 * @param rollout the percentage that decided; null if none did
 * @param choice which variant; null if there are none, or the answer is not {@link Answer#ON}
 */
record Ending(
    Reason reason,
    Answer answer,
    String why,
    @Nullable Rollout rollout,
    @Nullable VariantChoice choice) {

  /** What comes out. */
  enum Answer {
    ON,
    OFF,
    CALLERS_DEFAULT
  }

  static Ending on(Reason reason, String why, @Nullable VariantChoice choice) {
    return new Ending(reason, Answer.ON, why, null, choice);
  }

  static Ending off(Reason reason, String why) {
    return new Ending(reason, Answer.OFF, why, null, null);
  }

  static Ending callersDefault(Reason reason, String why) {
    return new Ending(reason, Answer.CALLERS_DEFAULT, why, null, null);
  }

  boolean enabled(boolean callersDefault) {
    return answer == Answer.ON || (answer == Answer.CALLERS_DEFAULT && callersDefault);
  }

  boolean isOn() {
    return answer == Answer.ON;
  }

  /** The variant for an id; null if there is none. */
  @Nullable Variant variant(String id) {
    return choice == null ? null : choice.pick(id);
  }
}
