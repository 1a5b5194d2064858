package dev.zdd.flags;

import java.util.List;

/** What flagd's targeting comes to for somebody. */
sealed interface FlagdOutcome {
  /** The default variant, or none. */
  record Default() implements FlagdOutcome {}

  /** That variant. */
  record Named(String variant) implements FlagdOutcome {}

  /**
   * One of these, by weight.
   *
   * @param salt what stands before the id; may be empty
   * @param unit the attribute that is divided by; {@link Condition#ID} for the targeting key
   */
  record Shares(String salt, String unit, List<Share> shares) implements FlagdOutcome {
    /** Copies the list. */
    public Shares {
      shares = List.copyOf(shares);
    }
  }

  /** So many of the whole. */
  record Share(String variant, int weight) {}

  /** An outcome for those who meet all of some conditions. */
  record Branch(List<Condition> when, FlagdOutcome outcome) {}
}
