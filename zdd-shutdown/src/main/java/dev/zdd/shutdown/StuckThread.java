package dev.zdd.shutdown;

/** Not thrown: it carries the stack of a thread that does not end into the log, as a cause. */
final class StuckThread extends Exception {
  private static final long serialVersionUID = 1;

  StuckThread(Thread thread) {
    super(thread.getName() + " stands here");
    setStackTrace(thread.getStackTrace());
  }
}
