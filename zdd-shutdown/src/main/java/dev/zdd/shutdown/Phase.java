package dev.zdd.shutdown;

/** The parts of a shutdown, in order. Each has a bound of its own inside the one deadline. */
public enum Phase {
  /** T0 to T1: the balancer has to notice. Everything is served. */
  ANNOUNCE,
  /** T1: the accept queue is emptied, then the listener closes. */
  UNBIND,
  /** T1 to T2: what is in flight finishes, and clients close their connections. */
  SETTLE,
  /**
   * T2 to T3: servers, then the application's own steps, phase by {@linkplain ClosePhase phase}.
   */
  CLOSE
}
