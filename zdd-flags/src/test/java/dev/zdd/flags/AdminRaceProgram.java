package dev.zdd.flags;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.function.LongConsumer;

/**
 * A process that changes a flag many times, beside another one that does the same: each change adds
 * one millionth to its percentage, so the sum tells whether one was lost. It says READY, begins
 * when it gets a line, and says the version of each of its changes and, last, how often it was
 * refused.
 */
final class AdminRaceProgram {
  private AdminRaceProgram() {}

  public static void main(String[] args) throws Exception {
    RedisClient client = RedisClient.create();
    RedisURI uri = RedisURI.create("127.0.0.1", Integer.parseInt(args[0]));
    try (FlagStore store = RedisFlagWriter.of(client, uri, "shop", Duration.ofMinutes(1))) {
      FlagAdmin admin = FlagAdmin.of(store);
      PresentFlags first = admin.read();
      System.out.println("READY");
      System.in.read();
      int conflicts =
          race(admin, first, Integer.parseInt(args[1]), v -> System.out.println("VERSION " + v));
      System.out.println("CONFLICTS " + conflicts);
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  /** Changes the flag "a" that often, from {@code first} on; how many attempts were refused. */
  static int race(FlagAdmin admin, PresentFlags first, int times, LongConsumer versions)
      throws Exception {
    FlagChange change = new FlagChange("racer", "to see whether it is lost");
    int conflicts = 0;
    PresentFlags present = first;
    for (int done = 0; done < times; present = admin.read()) {
      FlagDefinition flag = present.flag("a");
      Percentage before = flag == null ? null : flag.percentage();
      Percentage next = new Percentage(before == null ? 1 : before.ppm() + 1);
      if (admin.setPercentage("a", next, present.revision(), change)
          instanceof ChangeOutcome.Changed changed) {
        versions.accept(changed.revision().version());
        done++;
      } else {
        conflicts++;
      }
    }
    return conflicts;
  }
}
