package dev.zdd.flags;

/**
 * Why a flag answered as it did. The names and their meaning are OpenFeature's (specification,
 * "resolution reason"), plus {@link #NO_UNIT}.
 */
public enum Reason {
  /** The flag is on for everyone: it has no percentage. Or it is overridden, on or off. */
  STATIC,
  /** The id is on the allow list. */
  TARGETING_MATCH,
  /** The percentage decided, in or out. */
  SPLIT,
  /** The flag is switched off. */
  DISABLED,
  /** There was no id, or an empty one, to decide by: off. Not one of OpenFeature's. */
  NO_UNIT,
  /** No snapshot has been read yet: the caller's default. */
  DEFAULT,
  /** The snapshot has no such flag: the caller's default. OpenFeature's FLAG_NOT_FOUND. */
  ERROR
}
