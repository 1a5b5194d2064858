package dev.zdd.flags;

/** A flag that does not fit the others of its snapshot, though it is right by itself. */
final class FlagMisfitException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String flag;

  FlagMisfitException(String flag, String what) {
    super("flag " + Quoted.of(flag) + ": " + what);
    this.flag = flag;
  }

  /** Its key. */
  String flag() {
    return flag;
  }
}
