package dev.zdd.health;

import java.util.List;

/**
 * Text as the Kubernetes apiserver's {@code /readyz} writes it: {@code ok}; asked for more, or
 * failing, a line {@code [+]NAME ok} or {@code [-]NAME failed: reason withheld} for each check.
 */
final class KubernetesFormat implements HealthFormat {
  static final String TYPE = "text/plain";

  @Override
  public String contentType() {
    return TYPE + "; charset=utf-8";
  }

  @Override
  public String body(List<HealthSnapshot> probes, boolean verbose, Details details, long now) {
    HealthSnapshot probe = probes.get(0);
    boolean ok = probe.status().isOk();
    if (ok && !verbose) {
      return "ok";
    }
    StringBuilder text = new StringBuilder();
    if (details != Details.NOTHING) {
      for (CheckSnapshot check : HealthFormat.worstFirst(probes)) {
        String line = line(check, details);
        if (text.length() + line.length() > LIMIT) {
          text.append("...\n");
          break;
        }
        text.append(line);
      }
    }
    String name = probe.probe().path().substring(1);
    return text.append(name)
        .append(" check ")
        .append(ok ? "passed" : "failed")
        .append('\n')
        .toString();
  }

  private static String line(CheckSnapshot check, Details details) {
    if (check.status().isOk()) {
      return "[+]" + check.name() + " ok\n";
    }
    String reason = HealthFormat.reason(String.valueOf(check.reason()), details);
    // A reason of two lines would look like two checks.
    String one = reason.replaceAll("\\p{Cntrl}+", " ");
    return "[-]" + check.name() + " failed: " + one + "\n";
  }
}
