package dev.zdd.flags;

/** How a change of a flag has ended, if it is known: see {@link FlagAdmin}. */
public sealed interface ChangeOutcome {
  /**
   * It is done.
   *
   * @param revision what the store holds now, to be expected by the next change
   */
  record Changed(FlagRevision revision) implements ChangeOutcome {}

  /**
   * Nothing was changed: somebody else's change came first. Read, look whether it still makes
   * sense, and try again.
   *
   * @param present what the store holds instead of what was expected
   */
  record Conflict(FlagRevision present) implements ChangeOutcome {}

  /**
   * Nothing had to be changed: {@link FlagRollout#lower} only.
   *
   * @param present what the store holds
   */
  record Unchanged(FlagRevision present) implements ChangeOutcome {}
}
