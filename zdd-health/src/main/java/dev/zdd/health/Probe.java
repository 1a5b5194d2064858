package dev.zdd.health;

import java.util.Locale;

/** The three questions that an orchestrator or a balancer asks of a process. */
public enum Probe {
  /**
   * {@code /healthz}: would a restart help? Only for what a restart mends, so never for a
   * dependency. Up until a check says otherwise; unaffected by draining.
   */
  LIVENESS("/healthz", "alive", "dead"),
  /**
   * {@code /ready}: should requests be sent here? The lifecycle is READY, and every required check
   * is up.
   */
  READINESS("/ready", "ready", "not ready"),
  /**
   * {@code /startup}: has it started? The lifecycle has reached READY, and every required check has
   * been up once. What has been reached stays.
   */
  STARTUP("/startup", "started", "starting");

  private final String path;
  private final String yes;
  private final String no;

  Probe(String path, String yes, String no) {
    this.path = path;
    this.yes = yes;
    this.no = no;
  }

  String path() {
    return path;
  }

  String word(boolean ok) {
    return ok ? yes : no;
  }

  /** A check of this probe, as the log calls it. */
  String titleOf(String check) {
    return check + " (" + label() + ")";
  }

  /** In small letters, for logs and meters. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
