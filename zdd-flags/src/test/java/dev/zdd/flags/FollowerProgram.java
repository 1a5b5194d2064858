package dev.zdd.flags;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.time.Duration;

/**
 * A process that follows flags in Redis. It says READY, then of each snapshot, when that is in
 * force, its version and what it answers for alice, and ends when its input does.
 */
final class FollowerProgram {
  private FollowerProgram() {}

  public static void main(String[] args) throws Exception {
    RedisClient client = RedisClient.create();
    RedisURI uri = RedisURI.create("127.0.0.1", Integer.parseInt(args[0]));
    RedisFlagSource source =
        RedisFlagSource.builder(client, uri, "shop")
            .pollInterval(Duration.ofHours(1)) // announcements only
            .timeout(Duration.ofMinutes(1))
            .build();
    try (Flags flags = Flags.of(source)) {
      Flag flag = flags.flag("a");
      flags.listen(snapshot -> {
        Decision decision = flag.explain("alice");
        System.out.println("SEEN " + decision.version() + " " + decision.enabled());
      });
      System.out.println("READY " + flag.explain("alice").version());
      while (System.in.read() >= 0) {
        // nobody writes anything
      }
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }
}
