package dev.zdd.shutdown;

/** The two ways out of a JVM, so that a test can stand in for both. */
interface ProcessExit {
  /** Runs the JVM's shutdown hooks, then ends the process. Does not return. */
  void exit(int code);

  /** Ends the process at once. Does not return. */
  void halt(int code);

  /** The real ones. */
  static ProcessExit ofThisProcess() {
    return new ProcessExit() {
      @Override
      public void exit(int code) {
        Runtime.getRuntime().exit(code);
      }

      @Override
      public void halt(int code) {
        Runtime.getRuntime().halt(code);
      }
    };
  }
}
