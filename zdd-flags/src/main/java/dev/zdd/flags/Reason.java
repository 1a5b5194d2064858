package dev.zdd.flags;

/**
 * Why a flag answered as it did. The names and their meaning are OpenFeature's (specification,
 * "resolution reason"), plus {@link #NO_UNIT}.
 */
public enum Reason {
  /** The flag is on for everyone: it has no percentage. Or it is overridden, on or off. */
  STATIC,
  /** A rule without a percentage is met, or the id is on the allow list (on) or deny list (off). */
  TARGETING_MATCH,
  /** The flag's percentage or a rule's decided, in or out. */
  SPLIT,
  /** The flag is switched off, it is not its time, or another flag that it requires is not so. */
  DISABLED,
  /** There was no id, or an empty one, to decide by: off. Not one of OpenFeature's. */
  NO_UNIT,
  /** No snapshot has been read yet: the caller's default. */
  DEFAULT,
  /**
   * The caller's default: the snapshot has no such flag (OpenFeature's FLAG_NOT_FOUND), the flag is
   * retired, or a regular expression took too many steps (OpenFeature's GENERAL).
   */
  ERROR
}
