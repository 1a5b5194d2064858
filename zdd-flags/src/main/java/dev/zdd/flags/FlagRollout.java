package dev.zdd.flags;

import java.io.IOException;

/**
 * What drives and judges the rollout of one flag: where it stands, up, down, and how it went for
 * whom. Raising is careful and lowering is not: who raises must have seen what is there, while who
 * lowers has a reason to whatever is there.
 *
 * <p>All but {@link #counts} ask the store, and block and throw as {@link FlagAdmin} does; each
 * change is audited. Thread-safe.
 */
public interface FlagRollout {
  /** Of the flag of {@code exposures}, as {@code admin}'s store has it. */
  static FlagRollout of(FlagAdmin admin, FlagExposures exposures) {
    return new AdminRollout(admin, exposures);
  }

  /** The flag's key. */
  String key();

  /** Where it stands. */
  RolloutPosition position() throws IOException, InterruptedException;

  /**
   * Raises the percentage, if the store still holds {@code expected}. Is never tried again by
   * itself: somebody who changed the flag meanwhile may have lowered it.
   *
   * @throws IllegalArgumentException if the present percentage is as high; nothing was written
   */
  ChangeOutcome raise(Percentage to, FlagRevision expected, FlagChange change)
      throws IOException, InterruptedException;

  /**
   * Lowers the percentage, whoever else changes flags: in conflict it reads and tries again as long
   * as the present percentage is higher than {@code to}, so it is never a {@link
   * ChangeOutcome.Conflict}; {@link ChangeOutcome.Unchanged} if it is that low already. Whatever it
   * throws for the store's sake, call it again: a second time does no harm.
   */
  ChangeOutcome lower(Percentage to, FlagChange change) throws IOException, InterruptedException;

  /** How it went in the present step, in this process. Never blocks. */
  ExposureCounts counts();
}
