package dev.zdd.health;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A shape in which what a probe says is written down. */
interface HealthFormat {
  /** An answer stays under 10 KiB, because kubelet reads no further; a little room for its end. */
  int LIMIT = 10_000;

  /** How much of a check's reason is shown. */
  int LONGEST_REASON = 200;

  /** What stands for a reason that is not for the reader. */
  String WITHHELD = "reason withheld";

  String contentType();

  /**
   * The body.
   *
   * @param probes one, or those that are answered together
   * @param verbose whether the reader asked for the checks
   * @param details what of them it may know
   * @param now a reading of the health's ticker
   */
  String body(List<HealthSnapshot> probes, boolean verbose, Details details, long now);

  /** The worst of {@code probes}. */
  static Status worst(List<HealthSnapshot> probes) {
    Status worst = Status.UP;
    for (HealthSnapshot probe : probes) {
      worst = worst.worse(probe.status());
    }
    return worst;
  }

  /** All their checks, the worst first: what does not fit is what is well. */
  static List<CheckSnapshot> worstFirst(List<HealthSnapshot> probes) {
    List<CheckSnapshot> all = new ArrayList<>();
    probes.forEach(probe -> all.addAll(probe.checks()));
    all.sort(Comparator.comparing(CheckSnapshot::status).reversed());
    return all;
  }

  /** Why a check is not up, as far as the reader may know; not for one without a reason. */
  static String reason(String reason, Details details) {
    if (details != Details.EVERYTHING) {
      return WITHHELD;
    }
    return reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + "...";
  }
}
