package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import dev.zdd.examples.shop.ServerKind;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the demo was asked to do.
 *
 * @param size how many shops
 * @param perSecond requests started per second
 * @param rounds how often all are replaced
 * @param atLeast how many requests must have been sent before it ends
 * @param timeout no answer within this time of the intended start is a failure
 * @param announce what the shops get as {@code --announce}; null: what they see decides
 * @param noDrain whether the shops run without zdd's shutdown
 * @param resendRefused whether a client that balances hands a refused connection on
 * @param capture whether the packets are recorded
 */
record Settings(
    ServerKind server,
    Balancer.Kind balancer,
    Protocol protocol,
    Mix mix,
    int size,
    int perSecond,
    int rounds,
    int atLeast,
    Duration timeout,
    @Nullable Duration announce,
    boolean noDrain,
    boolean resendRefused,
    boolean capture) {
  // The slow requests take three seconds; the balancers wait for sixty.
  private static final Duration SHORTEST_TIMEOUT = Duration.ofSeconds(4);
  private static final Duration LONGEST_TIMEOUT = Duration.ofSeconds(60);
  // What the shop has for everything, unless it is told otherwise.
  private static final Duration SHOP_DEADLINE = Duration.ofSeconds(25);

  Settings {
    between("--instances", size, 2, 9);
    between("--rps", perSecond, 1, 5000);
    between("--rounds", rounds, 1, 10_000);
    between("--requests", atLeast, 0, 10_000_000);
    if (timeout.compareTo(SHORTEST_TIMEOUT) < 0 || timeout.compareTo(LONGEST_TIMEOUT) > 0) {
      throw new Refusal("--timeout: " + timeout + " (expected: 4s to 60s)");
    }
    if (announce != null && announce.compareTo(SHOP_DEADLINE) >= 0) {
      throw new Refusal("--announce: " + announce + " (expected: < " + SHOP_DEADLINE + ")");
    }
    if (protocol == Protocol.H2 && !server.speaksHttp2()) {
      throw new Refusal(
          "--protocol: h2 with --server " + name(server) + " (expected: h1, h1-close)");
    }
    if (protocol == Protocol.H2 && balancer == Balancer.Kind.NGINX) {
      throw new Refusal(
          "--protocol: h2 with --lb nginx (expected: h1, h1-close; nginx speaks no HTTP/2 to its"
              + " upstreams)");
    }
    if (resendRefused && balancer != Balancer.Kind.CLIENT) {
      throw new Refusal(
          "--resend-refused: with --lb " + name(balancer) + " (expected: --lb client)");
    }
  }

  private static void between(String option, int value, int low, int high) {
    if (value < low || value > high) {
      throw new Refusal(option + ": " + value + " (expected: " + low + " to " + high + ")");
    }
  }

  int restarts() {
    return rounds * size;
  }

  /** For the table and the report, in the order to show. */
  Map<String, String> labels() {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("server", name(server));
    labels.put("balancer", name(balancer) + (resendRefused ? ", passes refusals on" : ""));
    labels.put("protocol", protocol.toString());
    labels.put("instances", String.valueOf(size));
    labels.put("rounds", rounds + ", so " + restarts() + " restarts");
    labels.put("load", perSecond + " requests per second: " + mix);
    labels.put("drain", drain());
    labels.put(
        "java", System.getProperty("java.vm.version") + ", " + System.getProperty("os.name"));
    return labels;
  }

  private String drain() {
    if (noDrain) {
      return "none";
    }
    return announce == null
        ? "announces until it is noticed"
        : "announces for " + announce.toMillis() + " ms";
  }

  static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
